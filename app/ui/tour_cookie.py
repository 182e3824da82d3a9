"""A cookie by which the server knows a visitor who has seen the tour, or does not want to."""

from pathlib import Path
from typing import TypedDict

import streamlit as st

COOKIE = "muvae-tour"  # holds "seen" and nothing else
_tour = st.components.v2.component(
    "muvae_tour",
    html="<span hidden></span>",
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
)


class Payload(TypedDict):
    """The cookie's name, and whether it is to be set."""

    name: str
    seen: bool


def has_seen() -> bool:
    """Whether the browser came with the cookie."""
    return COOKIE in st.context.cookies


def remember(*, seen: bool) -> None:
    """Set the cookie where `seen`; always drawn, so that nothing moves when it becomes so."""
    data: Payload = {"name": COOKIE, "seen": seen}
    _tour(key="tour-cookie", data=data, height=1)
