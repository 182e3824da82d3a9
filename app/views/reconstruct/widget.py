"""A pad to draw on, or a picture, that every run encodes and reconstructs at each stroke."""

import base64
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.ui.live_view import live_component
from muvae import InvalidInputError
from muvae.datasets.spec import DatasetSpec
from muvae.types import IMAGE_SHAPE

_draw = live_component("draw", "views/reconstruct/widget")
_BYTES = IMAGE_SHAPE[1] * IMAGE_SHAPE[2]


def draw_pad(
    *,
    key: str,
    runs: Sequence[Mapping[str, Any]],
    images: Mapping[str, str],
    dataset: DatasetSpec,
    picture: NDArray[np.uint8] | None,
    on_drawing: Callable[[NDArray[np.uint8] | None], None] | None,
) -> None:
    """Show the pad, `picture` (uint8 [28,28]) on it, and what the runs make of the drawing.

    `runs` and `images` are as app/ui/live_payload.py describes them, each run with the `limit` of
    its codes besides. `on_drawing` hears of a drawing once the pen rests, of None once the pad is
    empty; without it there is no pad, the picture alone is shown.
    """

    def hear() -> None:
        # From the browser: whatever is not a picture is nobody's drawing.
        with suppress(InvalidInputError):
            drawn = read_drawing(st.session_state[key].get("drawing"))
            if on_drawing:
                on_drawing(drawn)

    _draw(
        key=key,
        data={
            "runs": [dict(run) for run in runs],
            "images": dict(images),
            "title": dataset.title,
            "classes": list(dataset.classes),
            "framing": {"side": dataset.framing.side, "byMass": dataset.framing.by_mass},
            "picture": None if picture is None else base64.b64encode(picture.tobytes()).decode(),
            "drawable": on_drawing is not None,
        },
        on_drawing_change=hear,
    )


def read_drawing(state: object) -> NDArray[np.uint8] | None:
    """A drawing uint8 [28,28] as the browser sends it, in base 64; None where the pad is empty.

    InvalidInputError where it is neither.
    """
    if state == "":
        return None
    try:
        if not isinstance(state, str) or len(state) > 2 * _BYTES:
            raise ValueError("not as much as a picture is")
        pixels = base64.b64decode(state, validate=True)
        return np.frombuffer(pixels, np.uint8).reshape(IMAGE_SHAPE[1:])
    except ValueError as error:
        raise InvalidInputError("a drawing is 784 grey levels in base 64") from error
