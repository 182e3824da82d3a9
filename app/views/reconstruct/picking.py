"""Which test images Reconstruct shows: at random, by class or by index."""

import streamlit as st
import torch

from app.data.random_images import random_indices
from app.state import url, values
from app.state.sidebar import Selection
from app.ui.glossary import helped
from app.ui.markdown import plain, sentence
from app.ui.widgets import seed_input, select_class, whole_number
from app.views.reconstruct.indices import parse_indices
from app.views.reconstruct.parameters import (
    CLASS,
    COUNT,
    INDICES,
    MOST,
    MOST_LETTERS,
    SEED,
    START,
)
from muvae import InvalidInputError


def at_random(selection: Selection) -> list[int]:
    """As many images as are asked for, by a seed."""
    count = _count()
    seed = seed_input(SEED, helped("Which images are drawn.", "seed"))
    return random_indices(len(selection.test), count, seed)


def by_class(selection: Selection) -> list[int]:
    """The images of a class, from its n-th."""
    count = _count()
    label = select_class("Class", CLASS, help="What the shown images are of.", width=160)
    own = torch.nonzero(selection.test.labels == label).flatten().tolist()
    if not own:
        st.info(f"No test image is of class {plain(selection.class_name(label))}.")
        url.end_page()
    start = whole_number(
        "From its n-th",
        START,
        step=count,
        help="The first of the shown images, counted from 0 among those of the class.",
        width=150,
    )
    return own[start : start + count]


def by_index(selection: Selection) -> list[int]:
    """The images whose numbers are typed."""
    key = values.place(INDICES)
    st.text_input(
        "Indices",
        values.value(INDICES),
        key=key,
        help=f"Numbers and ranges up to {MOST} images, such as 3, 17, 40-45.",
        max_chars=MOST_LETTERS,
        width=260,
    )
    try:
        return parse_indices(values.value(INDICES), len(selection.test), most=MOST)
    except InvalidInputError as error:
        st.error(f"{sentence(error)}.")
        url.end_page()


def _count() -> int:
    return whole_number("Images", COUNT, help="How many are shown.", width=130)
