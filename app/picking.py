"""Which test images Reconstruct shows: at random, by class or by index."""

import streamlit as st
import torch

from app.controls import seed_input
from app.indices import parse_indices
from app.selection import Selection
from muvae import InvalidInputError

MOST = 24


def at_random(selection: Selection) -> list[int]:
    """As many images as are asked for, by a seed."""
    count, seed = _count(), seed_input("reconstruct-seed")
    generator = torch.Generator().manual_seed(seed)
    return [
        int(index) for index in torch.randperm(len(selection.test), generator=generator)[:count]
    ]


def by_class(selection: Selection) -> list[int]:
    """The images of a class, from its n-th."""
    count = _count()
    label = st.selectbox(
        "Class",
        range(10),
        format_func=selection.class_name,
        key="class",
        bind="query-params",
        on_change=lambda: st.session_state.update(start=0),
        width=160,
    )
    own = torch.nonzero(selection.test.labels == label).flatten().tolist()
    start = int(
        st.number_input(
            "From its n-th",
            0,
            len(own) - 1,
            0,
            step=count,
            key="start",
            bind="query-params",
            width=150,
        )
    )
    return own[start : start + count]


def by_index(selection: Selection) -> list[int]:
    """The images whose numbers are typed."""
    text = st.text_input(
        "Indices",
        "0-9",
        key="indices",
        bind="query-params",
        help="Numbers and ranges up to 24 images, such as 3, 17, 40-45",
        width=260,
    )
    try:
        return parse_indices(text, len(selection.test), most=MOST)
    except InvalidInputError as error:
        st.error(str(error))
        st.stop()


def _count() -> int:
    return int(st.number_input("Images", 1, MOST, 10, key="count", bind="query-params", width=130))
