"""A pad to draw on, or a picture, that every run encodes and reconstructs at each stroke."""

import base64
from collections.abc import Callable, Sequence
from typing import TypedDict

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.ui import live_state
from app.ui.live_payload import ImagesPayload, RunPayload
from app.ui.live_view import live_component
from muvae import InvalidInputError
from muvae.datasets.spec import DatasetSpec
from muvae.images import ImageSpec

_draw = live_component("draw", "views/reconstruct/widget")


class Run(RunPayload):
    """A run, and the largest of its codes' coordinates, by size."""

    limit: float


class FramingPayload(TypedDict):
    """How drawings are laid out as the dataset's images are; see framing.js."""

    side: int
    byMass: bool


class PictureState(live_state.Numbered):
    """The picture that is kept, uint8 [H,W] in base 64; empty without one."""

    value: str


class Payload(TypedDict):
    """What the view draws."""

    runs: list[Run]
    images: ImagesPayload
    title: str
    classes: list[str]
    framing: FramingPayload
    picture: PictureState
    drawable: bool


def draw_pad(
    *,
    key: str,
    runs: Sequence[Run],
    images: ImagesPayload,
    dataset: DatasetSpec,
    picture: NDArray[np.uint8] | None,
    on_drawing: Callable[[NDArray[np.uint8] | None], None] | None,
) -> None:
    """Show the pad, `picture` (uint8 [H,W]) on it, and what the runs make of the drawing.

    `on_drawing` hears of a drawing once the pen rests, of None once the pad is empty; without it
    there is no pad, the picture alone is shown.
    """

    def keep(drawn: tuple[NDArray[np.uint8] | None]) -> None:
        if on_drawing:
            on_drawing(*drawn)

    def hear() -> None:
        told = st.session_state[key].get("drawing")
        live_state.hear(
            f"{key}-drawing", told, lambda value: _parse_drawing(value, dataset.image), keep
        )

    shown = "" if picture is None else base64.b64encode(picture.tobytes()).decode()
    data: Payload = {
        "runs": list(runs),
        "images": images,
        "title": dataset.title,
        "classes": list(dataset.classes),
        "framing": {"side": dataset.framing.side, "byMass": dataset.framing.by_mass},
        "picture": live_state.describe(f"{key}-drawing", shown),
        "drawable": on_drawing is not None,
    }
    _draw(key=key, data=data, on_drawing_change=hear)


def _parse_drawing(value: object, image: ImageSpec) -> tuple[NDArray[np.uint8] | None] | None:
    try:
        return (read_drawing(value, image),)
    except InvalidInputError:
        return None


def read_drawing(state: object, image: ImageSpec) -> NDArray[np.uint8] | None:
    """A drawing uint8 [H,W] as the browser sends it, in base 64; None where the pad is empty.

    InvalidInputError where it is neither.
    """
    if state == "":
        return None
    try:
        if not isinstance(state, str) or len(state) > 2 * image.pixels:
            raise ValueError("not as much as a picture is")
        pixels = base64.b64decode(state, validate=True)
        return np.frombuffer(pixels, np.uint8).reshape(image.height, image.width)
    except ValueError as error:
        raise InvalidInputError(f"a drawing is {image.pixels} grey levels in base 64") from error
