"""What Traverse starts from: base points, ranges, the order of dimensions, the place in the URL."""

import base64
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.data import statistics
from app.state import drawing, values
from app.state.sidebar import Selection
from app.views.traverse.parameters import (
    AT_DRAWING,
    AT_IMAGE,
    BY_KL,
    INDEX,
    QUANTILES,
    SLIDERS,
    Place,
)
from app.views.traverse.widget import MovesPayload
from muvae import Run
from muvae.analysis.latent import quantile_range
from muvae.analysis.metrics import active_mask


def base_code(run: Run, start: str, image: int) -> Tensor:
    """Where a run's traversal starts [D]: the origin, or the mean of a test image or drawing."""
    if start == AT_IMAGE:
        return run.codes.mean[image]
    code = drawing.drawing_code(run) if start == AT_DRAWING else None
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
    kl = statistics.kl(selection.dataset.name, run.name)
    low, high = code_range(run, kind)
    return {
        "base": base_code(run, start, image).tolist(),
        "low": low.tolist(),
        "high": high.tolist(),
        "order": dimensions(kl, order).tolist(),
        "active": active_mask(run.codes.mean.numpy()).tolist(),
    }


def dimensions(kl: NDArray[np.float64], order: str) -> NDArray[np.int64]:
    """The dimensions of a run with this KL [D] in the sliders' order [D]."""
    return np.argsort(-kl, kind="stable") if order == BY_KL else np.arange(len(kl))


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


def set_place(place: Place) -> None:
    """Keep where the sliders stand; those that the chosen runs lack stay where they were."""
    before = values.stored(SLIDERS)
    rest = before.positions[len(place.positions) :] if before else ()
    values.put(SLIDERS, replace(place, positions=(*place.positions, *rest)))


def reorder_sliders(selection: Selection, before: str) -> None:
    """Once the order is another one than `before`, keep the dimensions where they were moved to.

    Those of the first run that has the most of them: in others, other dimensions have its ranks.
    """
    place = values.value(SLIDERS)
    run = max(selection.runs, key=lambda run: run.config.latent.dim)
    kl = statistics.kl(selection.dataset.name, run.name)
    ranked = dimensions(kl, BY_KL).tolist()
    # By index, slider k moves dimension k; by KL, dimension ranked[k].
    new = ranked if before == INDEX else np.argsort(ranked).tolist()
    across, up = (new.index(axis) for axis in place.axes)
    positions = tuple(place.positions[at] for at in new)
    set_place(Place(positions, new.index(place.active), (across, up)))
