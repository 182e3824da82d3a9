"""The test images that are selected on the maps, kept from page to page."""

from collections.abc import Sequence

import streamlit as st

from app.selection import Selection

_STATE = "points"


def keep_points(selection: Selection, indices: Sequence[int]) -> None:
    """Keep the selected test images in the session, with the dataset that they are of."""
    st.session_state[_STATE] = (selection.dataset.name, list(indices))


def kept_points(selection: Selection) -> list[int]:
    """The selected test images in the order of their selection; none if of another dataset."""
    dataset, indices = st.session_state.get(_STATE, ("", []))
    if dataset != selection.dataset.name:
        return []
    return [index for index in indices if index < len(selection.test)]
