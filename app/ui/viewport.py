"""How wide the browser's page is, for figures that must be laid out on the server."""

from pathlib import Path
from typing import TypedDict

import streamlit as st

_viewport = st.components.v2.component(
    "muvae_viewport",
    html="<span hidden></span>",
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
)


class Payload(TypedDict):
    """What the server takes the page to be."""

    narrow: bool


def is_narrow() -> bool:
    """Whether the page is at most 640 px wide; False until the browser has said so."""
    state = st.session_state.get("viewport") or {}
    narrow = state.get("narrow") is True
    data: Payload = {"narrow": narrow}
    _viewport(key="viewport", data=data, on_narrow_change=lambda: None, height=1)
    return narrow
