"""Behind a button: what the controls and numbers of a live view are."""

import streamlit as st

from app.ui.glossary import link
from app.ui.help_texts import HELP


def button(view: str) -> None:
    """Draw the button; the texts open under it, for mouse, finger and keyboard alike."""
    with st.popover(
        "Help", icon=":material/help:", help="What the controls and numbers below are.", width=108
    ):
        lines = []
        for entry in HELP[view].values():
            terms = ", ".join(map(link, entry.terms))
            lines.append(f"- **{entry.name}**: {entry.text}" + f" More: {terms}." * bool(terms))
        st.markdown("\n".join(lines))
