"""A cookie by which the server knows a visitor who has seen the tour, or does not want to."""

from pathlib import Path

import streamlit as st

COOKIE = "muvae-tour"  # holds "seen" and nothing else
_tour = st.components.v2.component(
    "muvae_tour",
    html="<span hidden></span>",
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
)


def has_seen() -> bool:
    """Whether the browser came with the cookie."""
    return COOKIE in st.context.cookies


def remember(*, seen: bool) -> None:
    """Set the cookie where `seen`; always drawn, so that nothing moves when it becomes so."""
    _tour(key="tour-cookie", data={"name": COOKIE, "seen": seen}, height=1)
