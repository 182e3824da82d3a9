"""Pictures laid out as a dataset's images are; app/web/engine/framing.js does the same live."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # the process that reads uploads does without torch, which muvae imports
    from muvae.datasets.spec import Framing
    from muvae.images import ImageSpec

TIE = 1e-6  # pixels: a centre between two pixels goes the same way however its sum was rounded


class Layout(NamedTuple):
    """Where a picture goes in an image of height × width pixels: a dataset's framing and size."""

    side: int
    by_mass: bool
    height: int
    width: int

    @classmethod
    def of(cls, framing: Framing, image: ImageSpec) -> Self:
        """That of a dataset with this framing and images of this size."""
        return cls(framing.side, framing.by_mass, image.height, image.width)


def frame(grey: NDArray[np.uint8], layout: Layout) -> NDArray[np.uint8] | None:
    """Fit a picture uint8 [H,W], bright on black, into an image's size; None where all is black.

    The box around all that is not black is scaled by area average so that its longer side is
    the layout's, or less where an image that is no square needs it, then placed.
    """
    rows, columns = np.flatnonzero(grey.any(1)), np.flatnonzero(grey.any(0))
    if not len(rows):
        return None
    box = grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    tall, wide = box.shape
    limits = [(layout.side, max(box.shape)), (layout.width, wide), (layout.height, tall)]
    to, length = min(limits, key=lambda limit: limit[0] / limit[1])
    height, width = (_scaled(side, length, to) for side in box.shape)
    small = _averages(tall, height) @ box.astype(np.float64) @ _averages(wide, width).T
    top = _start(small.sum(1), layout.height, layout.by_mass)
    left = _start(small.sum(0), layout.width, layout.by_mass)
    framed = np.zeros((layout.height, layout.width), np.uint8)
    framed[top : top + height, left : left + width] = np.floor(small + 0.5)
    return framed


def _scaled(side: int, length: int, to: int) -> int:
    """A side of the box in the dataset's pixels, where `length` becomes `to`; at least one."""
    return max(1, math.floor(side * to / length + 0.5))


def _averages(length: int, cells: int) -> NDArray[np.float64]:
    """What each of `cells` takes of `length` pixels: weights [cells,length], each row's sum 1."""
    edges = np.arange(cells + 1) * (length / cells)
    pixels = np.arange(length)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    weights: NDArray[np.float64] = np.maximum(overlap, 0) * (cells / length)
    return weights


def _start(mass: NDArray[np.float64], side: int, by_mass: bool) -> int:
    """Where the scaled box begins along a side, from the mass of its rows or columns [n]."""
    slack = side - len(mass)
    if not by_mass:
        return math.ceil(slack / 2)
    centre = float((mass * (np.arange(len(mass)) + 0.5)).sum() / mass.sum())
    return min(max(math.ceil(side / 2 - centre - TIE), 0), slack)
