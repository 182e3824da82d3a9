"""What has the page drawn anew when a folder of runs came, changed or went while nobody clicked."""

from pathlib import Path

import streamlit as st

ADDRESS = "live/served"  # under the server's root
_watch = st.components.v2.component(
    "muvae_watch",
    html="<span hidden></span>",
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
)


def watch(version: str) -> None:
    """Have the browser ask the server now and then whether it still says `version`."""
    data = {"address": ADDRESS, "version": version}
    _watch(key="watch", data=data, on_changed_change=lambda: None, height=1)
