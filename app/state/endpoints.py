"""Codes that a page goes between or reckons with: test images, class means, groups, drawings."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from app.data import store
from app.state.drawing import drawing, drawing_code
from app.state.drawing import show_in_address as show_drawing
from app.state.selected_images import keep_points, kept_points
from app.state.selected_images import show_in_address as show_points
from app.state.sidebar import Selection
from app.ui.glossary import helped
from app.ui.markdown import plain
from app.ui.widgets import select, whole_number
from muvae import Run

IMAGE, MEAN, GROUP, DRAWING = "test image", "class mean", "group", "drawing"
KINDS = (IMAGE, MEAN, GROUP, DRAWING)
HELP = (
    "A test image's code; the mean of a class's test codes, or of the points selected on Clusters; "
    "or the code of the drawing made on Reconstruct."
)


@dataclass(frozen=True)
class Choice:
    """What an end is when nothing else is asked: its kind, and the number of image or class."""

    kind: str
    number: int = 0


@dataclass(frozen=True)
class End:
    """A code in every run: its name for people, and the code [D] of a run."""

    name: str
    code: Callable[[Run], Tensor]


def choose_end(selection: Selection, key: str, label: str, default: Choice) -> End | str:
    """The controls of one end, under keys that begin with `key`; a text says what there is not."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        kind = select(
            label,
            KINDS,
            usual=KINDS.index(default.kind),
            key=f"{key}-kind",
            help=helped(HELP, "code", "class-mean"),
            width=114,
        )
        number = _choose_number(selection, key, kind, default.number)
    return end_of(selection, kind, number)


def end_of(selection: Selection, kind: str, number: int = 0) -> End | str:
    """The end of a kind, `number` being that of an image or class; a text says what there is not.

    The text is one sentence, which says where a group or a drawing is made.
    """
    labels = selection.test.labels
    if kind == IMAGE:
        name = f"test image {number}, {selection.class_name(int(labels[number]))}"
        return End(name, lambda run: run.codes.mean[number])
    if kind == MEAN:
        indices = torch.nonzero(labels == number).flatten().tolist()
        if not indices:
            return f"No test image is of class {plain(selection.class_name(number))}."
        return _mean_of(f"mean of {selection.class_name(number)}", indices)
    if kind == GROUP:
        indices = kept_points(selection)
        if not indices:
            return "No group is selected yet: draw around points on Clusters."
        show_points(selection)
        return _mean_of(f"mean of the {len(indices)} selected", indices)
    if drawing() is None:
        return "There is no drawing yet: make one on Reconstruct, under Choose images: draw."
    show_drawing()
    return End("the drawing", _drawn)


def put(key: str, choice: Choice) -> None:
    """Make the end under `key` this; only before its controls are drawn, as in a callback."""
    st.session_state[f"{key}-kind"] = choice.kind
    if choice.kind in (IMAGE, MEAN):
        st.session_state[f"{key}-{choice.kind.split()[-1]}"] = choice.number


def swap(one: str, other: str) -> None:
    """Make each of two ends the other; only before their controls are drawn."""
    pairs = [(f"{one}-{part}", f"{other}-{part}") for part in ("kind", "image", "mean")]
    values = {key: st.session_state.get(key) for pair in pairs for key in pair}
    for left, right in pairs:
        for key, value in ((left, values[right]), (right, values[left])):
            if value is not None:  # of another kind, it has none
                st.session_state[key] = value


def send(dataset_name: str, indices: Sequence[int]) -> None:
    """Make test images Interpolate's ends: one its start, two both; of more, their mean its start.

    To be followed by a switch to the page.
    """
    if len(indices) > 2:
        test = store.test_split(dataset_name)
        keep_points(Selection(store.datasets()[dataset_name], test, ()), indices)
        put("start", Choice(GROUP))
        return
    for key, index in zip(("start", "end"), indices, strict=False):
        put(key, Choice(IMAGE, index))


def _choose_number(selection: Selection, key: str, kind: str, default: int) -> int:
    size = len(selection.test)
    if kind == IMAGE:
        number = whole_number(
            "Number",
            0,
            size - 1,
            min(default, size - 1),
            key=f"{key}-image",
            help=f"Of the test image: 0 to {size - 1}.",
            width=122,
        )
        st.button(
            "Any",
            key=f"{key}-any",
            help="A test image at random.",
            on_click=lambda: put(key, Choice(IMAGE, random.randrange(size))),
            width=60,
        )
        return number
    if kind == MEAN:
        return select(
            "Class",
            range(len(selection.dataset.classes)),
            usual=default if default < len(selection.dataset.classes) else 0,
            show=selection.class_name,
            key=f"{key}-mean",
            help=helped("The class whose codes are averaged.", "class-mean"),
            width=150,
        )
    return 0


def _mean_of(name: str, indices: Sequence[int]) -> End:
    return End(name, lambda run: run.codes.mean[list(indices)].mean(dim=0))


def _drawn(run: Run) -> Tensor:
    code = drawing_code(run)
    assert code is not None  # there is a drawing
    return code
