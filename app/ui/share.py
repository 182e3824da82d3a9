"""A button that copies the page's address, which holds what the page shows."""

from pathlib import Path

import streamlit as st

_FOLDER = Path(__file__).parent
_share = st.components.v2.component(
    "muvae_share",
    html='<button type="button" title="Copies the address of what you see.">Copy link</button>'
    '<span role="status"></span>',
    css=(_FOLDER / "share.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "share.js").read_text(encoding="utf-8"),
)


def copy_link() -> None:
    """Draw the button."""
    _share(key="share", height=44)
