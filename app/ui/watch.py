"""What has the page drawn anew when a folder of runs came, changed or went while nobody clicked."""

from pathlib import Path
from typing import TypedDict

import streamlit as st

ADDRESS = "live/served"  # under the server's root
_watch = st.components.v2.component(
    "muvae_watch",
    html="<span hidden></span>",
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
)


class Payload(TypedDict):
    """Where to ask, and what the answer is while nothing has changed."""

    address: str
    version: str


def watch(version: str) -> None:
    """Have the browser ask the server now and then whether it still says `version`."""
    data: Payload = {"address": ADDRESS, "version": version}
    _watch(key="watch", data=data, on_changed_change=lambda: None, height=1)
