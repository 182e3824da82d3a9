"""What a visitor reads where the script fails in a way that nobody foresaw."""

import streamlit as st

SENTENCE = (
    "Something here went wrong that should not have: reload the page, and if it comes back, tell "
    "whoever runs this server, whose log says what it was."
)


def tell(error: Exception) -> bool:
    """Say so in the page, in place of the exception, which Streamlit has logged; then True."""
    del error  # its text may hold paths of the server
    st.error(SENTENCE)
    return True
