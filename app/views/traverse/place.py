"""What Traverse starts from: base points, ranges, the order of dimensions, the place in the URL."""

import base64
from collections.abc import Sequence

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.data import store
from app.state import drawing, url
from app.state.sidebar import Selection
from app.views.traverse.widget import MovesPayload, Place
from muvae import Run
from muvae.analysis.latent import quantile_range
from muvae.analysis.metrics import active_mask

PAPER, QUANTILES = "the paper's", "measured quantiles"
ORIGIN, IMAGE, DRAWING = "the origin", "a test image", "the drawing"
INDEX, BY_KL = "by index", "by KL"


def base_code(run: Run, start: str, image: int) -> Tensor:
    """Where a run's traversal starts [D]: the origin, or the mean of a test image or drawing."""
    if start == IMAGE:
        return run.codes.mean[image]
    code = drawing.drawing_code(run) if start == DRAWING else None
    return torch.zeros(run.config.latent.dim) if code is None else code


def code_range(run: Run, kind: str) -> tuple[Tensor, Tensor]:
    """The ends of each dimension's range [D]: the paper's for the objective, or measured."""
    if kind == QUANTILES:
        return quantile_range(run.codes.mean)
    ends = torch.full((run.config.latent.dim,), run.objective.traversal)
    return -ends, ends


def describe(
    selection: Selection, run: Run, *, start: str, image: int, kind: str, order: str
) -> MovesPayload:
    """A run's part of what the sliders move."""
    kl = store.kl(selection.dataset.name, run.name)
    low, high = code_range(run, kind)
    dimensions = np.argsort(-kl, kind="stable") if order == BY_KL else np.arange(len(kl))
    return {
        "base": base_code(run, start, image).tolist(),
        "low": low.tolist(),
        "high": high.tolist(),
        "order": dimensions.tolist(),
        "active": active_mask(run.codes.mean.numpy()).tolist(),
    }


def slider_names(count: int, order: str) -> list[str]:
    """What the sliders move: a dimension by its number, or by its rank in each run."""
    return [f"z{at}" if order == INDEX else f"KL {at + 1}" for at in range(count)]


def describe_place(place: Place, names: Sequence[str]) -> str:
    """Where the sliders stand, in words: those that are not at the base point."""
    moved = [
        f"{name} at {position:+.2f}".replace("-", "−")
        for name, position in zip(names, place.positions, strict=True)
        if position
    ]
    return f"sliders: {', '.join(moved)} of ±1" if moved else "all sliders at the base point"


def pixels(image: NDArray[np.uint8]) -> str:
    """A grey image as live views take it: its pixels in base64."""
    return base64.b64encode(np.ascontiguousarray(image).tobytes()).decode()


def kept_place(count: int) -> Place:
    """Where the sliders stand: as a link asks, else as they were left, else at the base point."""
    place = st.session_state.get("place")
    if not isinstance(place, Place) or len(place.positions) != count:
        place = Place((0.0,) * count, 0, _first_axes(count))
    positions = url.take("z", lambda text: _positions(text, count))
    active = url.take("strip", lambda text: url.read_index(text.removeprefix("z"), count))
    axes = url.take("pad", lambda text: _axes(text, count))
    return Place(
        place.positions if positions is None else positions,
        place.active if active is None else active,
        place.axes if axes is None else axes,
    )


def _positions(text: str, count: int) -> tuple[float, ...] | None:
    """Positions of the first sliders, the others' being 0; None where the text names none."""
    numbers = [url.read_number(part, -1, 1) for part in text.split(",", count)]
    told = [number for number in numbers if number is not None]
    if len(told) < len(numbers) or len(told) > count:
        return None
    return (*told, *(0.0,) * (count - len(told)))


def _axes(text: str, count: int) -> tuple[int, int] | None:
    """The numbers of the pad's two sliders; None where the text names none."""
    match [url.read_index(part, count) for part in text.split(",", 2)]:
        case [int(across), int(up)]:
            return across, up
    return None


def _first_axes(count: int) -> tuple[int, int]:
    return (0, min(1, count - 1))


def keep_place(place: Place) -> None:
    """Keep where the sliders stand for the session."""
    st.session_state["place"] = place


def show_in_address(place: Place) -> None:
    """Write a place into the page's address; what stands at its default is left out."""
    usual = _first_axes(len(place.positions))
    moved = max((at + 1 for at, value in enumerate(place.positions) if value), default=0)
    wanted = {
        "z": ",".join(f"{position:g}" for position in place.positions[:moved]),
        "strip": f"z{place.active}" if place.active else "",
        "pad": "" if place.axes == usual else ",".join(map(str, place.axes)),
    }
    for name, value in wanted.items():
        url.show(name, value)
