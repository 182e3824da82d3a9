"""The widgets of the pages: each is drawn for a parameter, and says what it is for.

Each has its value in the session and as its usual one too: of two runs in quick succession a
browser may draw the second alone, which says nothing of the session's values.
"""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from app.state import values
from app.state.parameters import ClassLabel, Option, Real, Switch, Whole

T = TypeVar("T")
MOST_SEED = 999_999


def choose(
    label: str,
    parameter: Option[T],
    *,
    help: str,
    on_change: Callable[[], None] | None = None,
) -> T:
    """One of a few options side by side."""
    texts = [parameter.label(option) for option in parameter.options]
    key = values.place(parameter, *texts)
    with st.container(key=f"segments-{key}", width="content"):  # styled by app/web/layout.css
        st.segmented_control(
            label,
            parameter.options,
            default=values.value(parameter),
            required=True,
            format_func=parameter.label,
            key=key,
            help=help,
            on_change=on_change,
        )
    return values.value(parameter)


def select(label: str, parameter: Option[T], *, help: str, width: int) -> T:
    """One of many options in a list."""
    texts = [parameter.label(option) for option in parameter.options]
    key = values.place(parameter, *texts)
    st.selectbox(
        label,
        parameter.options,
        index=parameter.options.index(values.value(parameter)),
        format_func=parameter.label,
        key=key,
        help=help,
        width=width,
    )
    return values.value(parameter)


def select_class(label: str, parameter: ClassLabel, *, help: str, width: int) -> int:
    """One of the dataset's classes in a list."""
    classes = values.context().classes
    key = values.place(parameter, *classes)
    st.selectbox(
        label,
        range(len(classes)),
        index=values.value(parameter),
        format_func=lambda at: classes[at],
        key=key,
        help=help,
        width=width,
    )
    return values.value(parameter)


def whole_number(label: str, parameter: Whole, *, help: str, width: int, step: int = 1) -> int:
    """A whole number."""
    high = parameter.most(values.context())
    key = values.place(parameter, high, step)
    usual = values.value(parameter)
    st.number_input(label, parameter.low, high, usual, step=step, key=key, help=help, width=width)
    return values.value(parameter)


def slide(label: str, parameter: Real, *, help: str) -> float:
    """A number on a slider."""
    key = values.place(parameter)
    st.slider(
        label,
        parameter.low,
        parameter.high,
        values.value(parameter),
        step=parameter.step,
        key=key,
        help=help,
    )
    return values.value(parameter)


def slide_whole(label: str, parameter: Whole, *, help: str, width: int) -> int:
    """A whole number on a slider."""
    high = parameter.most(values.context())
    key = values.place(parameter, high)
    usual = values.value(parameter)
    st.slider(label, parameter.low, high, usual, step=1, key=key, help=help, width=width)
    return values.value(parameter)


def switch(label: str, parameter: Switch, *, help: str, width: int) -> bool:
    """Something that is on or off."""
    key = values.place(parameter)
    st.toggle(label, values.value(parameter), key=key, help=help, width=width)
    return values.value(parameter)


def seed_input(parameter: Whole, help: str) -> int:
    """A seed and a button that takes the next one."""

    def again() -> None:
        values.put(parameter, (values.value(parameter) + 1) % (MOST_SEED + 1))

    seed = whole_number("Seed", parameter, help=help, width=140)
    st.button(
        "Again",
        icon=":material/refresh:",
        on_click=again,
        key=f"{parameter.name}-again",
        help="Take the next seed.",
        width=98,
    )
    return seed


def seed_parameter(name: str) -> Whole:
    """A seed, at first 0."""
    return Whole(name=name, high=MOST_SEED)
