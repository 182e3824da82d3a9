"""Which test images Reconstruct shows: at random, by class or by index."""

import streamlit as st
import torch

from app.data.random_images import IMAGES, random_indices
from app.state import url
from app.state.sidebar import Selection
from app.ui.glossary import helped
from app.ui.markdown import plain, sentence
from app.ui.widgets import seed_input, select, whole_number
from app.views.reconstruct.indices import parse_indices
from muvae import InvalidInputError

MOST = 24
MOST_LETTERS = 200


def at_random(selection: Selection) -> list[int]:
    """As many images as are asked for, by a seed."""
    count = _count()
    seed = seed_input("reconstruct-seed", helped("Which images are drawn.", "seed"))
    return random_indices(len(selection.test), count, seed)


def by_class(selection: Selection) -> list[int]:
    """The images of a class, from its n-th."""
    count = _count()
    label = select(
        "Class",
        range(len(selection.dataset.classes)),
        show=selection.class_name,
        key="class",
        help="What the shown images are of.",
        on_change=lambda: st.session_state.update(start=0),
        width=160,
    )
    own = torch.nonzero(selection.test.labels == label).flatten().tolist()
    if not own:
        st.info(f"No test image is of class {plain(selection.class_name(label))}.")
        st.stop()
    start = whole_number(
        "From its n-th",
        0,
        len(own) - 1,
        0,
        step=count,
        key="start",
        help="The first of the shown images, counted from 0 among those of the class.",
        width=150,
    )
    return own[start : start + count]


def by_index(selection: Selection) -> list[int]:
    """The images whose numbers are typed."""
    text = st.text_input(
        "Indices",
        "0-9",
        key="indices",
        bind="query-params",
        help=f"Numbers and ranges up to {MOST} images, such as 3, 17, 40-45.",
        max_chars=MOST_LETTERS,
        width=260,
    )
    url.compare("indices", text)
    try:
        return parse_indices(text, len(selection.test), most=MOST)
    except InvalidInputError as error:
        st.error(f"{sentence(error)}.")
        st.stop()


def _count() -> int:
    return whole_number(
        "Images", 1, MOST, IMAGES, key="count", help="How many are shown.", width=130
    )
