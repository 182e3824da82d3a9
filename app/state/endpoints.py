"""Codes that a page goes between or reckons with: test images, class means, groups, drawings."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
import torch
from torch import Tensor

from app.state import values
from app.state.choice import DATASET
from app.state.drawing import drawing, drawing_code
from app.state.parameters import ClassLabel, Option, Parameter, Whole
from app.state.selected_images import selected_images
from app.state.sidebar import Selection
from app.ui.glossary import helped
from app.ui.markdown import plain
from app.ui.widgets import select, select_class, whole_number
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
class Endpoint:
    """A code in every run: its name for people, and the code [D] of a run."""

    name: str
    code: Callable[[Run], Tensor]


@dataclass(frozen=True)
class EndpointParameters:
    """The three parameters of an end: its kind, and the number of its image and of its class."""

    kind: Option[str]
    image: Whole
    mean: ClassLabel

    def list(self) -> tuple[Parameter[Any], ...]:
        """All of them."""
        return (self.kind, self.image, self.mean)


def endpoint_parameters(key: str, default: Callable[[str], Choice]) -> EndpointParameters:
    """The parameters of an end, each dataset's own; by default what it is of a dataset by name."""

    def number(dataset: str, kind: str) -> int:
        choice = default(dataset)
        return choice.number if choice.kind == kind else 0

    return EndpointParameters(
        Option(
            name=f"{key}-kind",
            scope=(DATASET,),
            options=KINDS,
            initial=lambda context: default(context.dataset).kind,
        ),
        Whole(
            name=f"{key}-image",
            scope=(DATASET,),
            high=lambda context: context.size - 1,
            initial=lambda context: number(context.dataset, IMAGE),
        ),
        ClassLabel(
            name=f"{key}-mean",
            scope=(DATASET,),
            initial=lambda context: number(context.dataset, MEAN),
        ),
    )


def choose_endpoint(
    selection: Selection, parameters: EndpointParameters, label: str
) -> Endpoint | str:
    """The controls of one end; a text says what there is not."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        kind = select(
            label,
            parameters.kind,
            help=helped(HELP, "code", "class-mean"),
            width=114,
        )
        number = _choose_number(selection, parameters, kind)
    return endpoint_of(selection, kind, number)


def endpoint_of(selection: Selection, kind: str, number: int = 0) -> Endpoint | str:
    """The end of a kind, `number` being that of an image or class; a text says what there is not.

    The text is one sentence, which says where a group or a drawing is made.
    """
    labels = selection.test.labels
    if kind == IMAGE:
        name = f"test image {number}, {selection.class_name(int(labels[number]))}"
        return Endpoint(name, lambda run: run.codes.mean[number])
    if kind == MEAN:
        indices = torch.nonzero(labels == number).flatten().tolist()
        if not indices:
            return f"No test image is of class {plain(selection.class_name(number))}."
        return _mean_of(f"mean of {selection.class_name(number)}", indices)
    if kind == GROUP:
        indices = selected_images()
        if not indices:
            return "No group is selected yet: draw around points on Clusters."
        return _mean_of(f"mean of the {len(indices)} selected", indices)
    if drawing() is None:
        return "There is no drawing yet: make one on Reconstruct, under Choose images: draw."
    return Endpoint("the drawing", _drawn)


def put(parameters: EndpointParameters, choice: Choice) -> None:
    """Make an end this; only before its controls are drawn, as in a callback."""
    values.put(parameters.kind, choice.kind)
    if choice.kind == IMAGE:
        values.put(parameters.image, choice.number)
    if choice.kind == MEAN:
        values.put(parameters.mean, choice.number)


def swap(one: EndpointParameters, other: EndpointParameters) -> None:
    """Make each of two ends the other; only before their controls are drawn."""
    for left, right in zip(one.list(), other.list(), strict=True):
        before = values.value(left)
        values.put(left, values.value(right))
        values.put(right, before)


def sent(indices: Sequence[int]) -> dict[str, str]:
    """The address's values that make test images Interpolate's ends.

    Of one it is the start, of two both; of more, which are to be selected, their mean is the start.
    """
    if len(indices) > 2:
        return {"start-kind": GROUP}
    found: dict[str, str] = {}
    for key, index in zip(("start", "end"), indices, strict=False):
        found |= {f"{key}-kind": IMAGE, f"{key}-image": str(index)}
    return found


def _choose_number(selection: Selection, parameters: EndpointParameters, kind: str) -> int:
    size = len(selection.test)
    if kind == IMAGE:
        number = whole_number(
            "Number", parameters.image, help=f"Of the test image: 0 to {size - 1}.", width=122
        )
        st.button(
            "Any",
            key=parameters.image.name.replace("image", "any"),
            help="A test image at random.",
            on_click=lambda: values.put(parameters.image, random.randrange(size)),
            width=60,
        )
        return number
    if kind == MEAN:
        return select_class(
            "Class",
            parameters.mean,
            help=helped("The class whose codes are averaged.", "class-mean"),
            width=150,
        )
    return 0


def _mean_of(name: str, indices: Sequence[int]) -> Endpoint:
    return Endpoint(name, lambda run: run.codes.mean[list(indices)].mean(dim=0))


def _drawn(run: Run) -> Tensor:
    code = drawing_code(run)
    assert code is not None  # there is a drawing
    return code
