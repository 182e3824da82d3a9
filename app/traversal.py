"""What Traverse starts from: base points, ranges, the order of dimensions, the place in the URL."""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from torch import Tensor

from app import address, cache, drawing
from app.components.live.traverse import Place, parse_place
from app.selection import Selection
from muvae import Run
from muvae.latent import quantile_range
from muvae.metrics import active_mask

PAPER, QUANTILES = "the paper's", "measured quantiles"
ORIGIN, IMAGE, DRAWING = "the origin", "a test image", "the drawing"
INDEX, BY_KL = "index", "KL"


def base_code(run: Run, start: str, image: int) -> Tensor:
    """Where a run's traversal starts [D]: the origin, or the mean of a test image or drawing."""
    if start == IMAGE:
        return run.codes.mean[image]
    code = drawing.drawing_code(run) if start == DRAWING else None
    return torch.zeros(run.config.model.latent_dim) if code is None else code


def code_range(run: Run, kind: str) -> tuple[Tensor, Tensor]:
    """The ends of each dimension's range [D]: the paper's for the objective, or measured."""
    if kind == QUANTILES:
        return quantile_range(run.codes.mean)
    ends = torch.full((run.config.model.latent_dim,), run.objective.traversal)
    return -ends, ends


def describe(
    selection: Selection, run: Run, *, start: str, image: int, kind: str, order: str
) -> dict[str, Any]:
    """A run's part of what the sliders move; the keys are those of `traversals`."""
    kl = cache.kl(selection.dataset.name, run.name)
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


def pixels(image: NDArray[np.uint8]) -> str:
    """A grey image as live views take it: its pixels in base64."""
    return base64.b64encode(np.ascontiguousarray(image).tobytes()).decode()


def kept_place(count: int) -> Place:
    """Where the sliders stand: as they were left in the session, else as the URL says."""
    place = st.session_state.get("place")
    if isinstance(place, Place) and len(place.positions) == count:
        return place
    told = _from_address(st.query_params, count)
    return parse_place(told, count) or Place((0.0,) * count, 0, _first_axes(count))


def _from_address(parameters: Mapping[str, str], count: int) -> dict[str, Any]:
    """The place that the page's address names, unchecked; empty where it is not of numbers."""
    try:
        positions = [float(text) for text in parameters.get("z", "").split(",") if text]
        axes = [int(text) for text in parameters.get("pad", "").split(",") if text]
        active = int(parameters.get("strip", "z0").removeprefix("z"))
    except ValueError:
        return {}
    return {
        "positions": positions + [0.0] * (count - len(positions)),
        "active": active,
        "axes": axes or list(_first_axes(count)),
    }


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
        address.show(name, value)
