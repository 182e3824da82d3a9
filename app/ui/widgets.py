"""The widgets of the pages: each says what it is for, and is in the address.

What a link asks of one that it does not take is told (app/state/url.py).
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

from app.state import url

T = TypeVar("T")
Number = TypeVar("Number", int, float)
MOST_SEED = 999_999


def choose(
    label: str, options: Sequence[str], *, key: str, help: str, show: Callable[[str], str] = str
) -> str:
    """One of a few options side by side, the first until another is chosen."""
    with st.container(key=f"segments-{key}", width="content"):  # styled by app/web/layout.css
        value = st.segmented_control(
            label,
            options,
            default=options[0],
            required=True,
            format_func=show,
            key=key,
            bind="query-params",
            help=help,
        )
    value = value or options[0]  # a link that names no option, as in "?map=", leaves none chosen
    url.compare(key, show(value))
    return value


def select(
    label: str,
    options: Sequence[T],
    *,
    key: str,
    help: str,
    width: int,
    usual: int = 0,
    show: Callable[[T], str] = str,
    on_change: Callable[[], None] | None = None,
) -> T:
    """One of many options in a list, that at place `usual` until another is chosen."""
    value = st.selectbox(
        label,
        options,
        index=usual,
        format_func=show,
        key=key,
        bind="query-params",
        help=help,
        on_change=on_change,
        width=width,
    )
    url.compare(key, show(value))
    return value


def whole_number(
    label: str, low: int, high: int, usual: int, *, key: str, help: str, width: int, step: int = 1
) -> int:
    """A whole number from low to high."""
    value = int(
        st.number_input(
            label,
            low,
            high,
            usual,
            step=step,
            key=key,
            bind="query-params",
            help=help,
            width=width,
        )
    )
    url.compare(key, str(value))
    return value


def slide(
    label: str,
    low: Number,
    high: Number,
    usual: Number,
    step: Number,
    *,
    key: str,
    help: str,
    width: int | None = None,
) -> Number:
    """A number on a slider."""
    value = st.slider(
        label,
        low,
        high,
        usual,
        step,
        key=key,
        bind="query-params",
        help=help,
        width=width or "stretch",
    )
    url.compare(key, str(value))
    return value


def switch(label: str, *, key: str, help: str, width: int) -> bool:
    """Something that is on or off; at first off."""
    value = st.toggle(label, key=key, bind="query-params", help=help, width=width)
    url.compare(key, str(value))
    return value


def seed_input(key: str, help: str) -> int:
    """A seed and a button that takes the next one."""

    def again() -> None:
        st.session_state[key] = (int(st.session_state[key]) + 1) % (MOST_SEED + 1)

    seed = whole_number("Seed", 0, MOST_SEED, 0, key=key, help=help, width=140)
    st.button(
        "Again",
        icon=":material/refresh:",
        on_click=again,
        key=f"{key}-again",
        help="Take the next seed.",
        width=98,
    )
    return seed
