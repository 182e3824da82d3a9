"""Pictures laid in 28×28 as a dataset's are; app/web/engine/framing.js does the same live."""

import math

import numpy as np
from numpy.typing import NDArray

from muvae.datasets.spec import Framing
from muvae.types import IMAGE_SHAPE

SIDE = IMAGE_SHAPE[-1]
TIE = 1e-6  # pixels: a centre between two pixels goes the same way however its sum was rounded


def frame(grey: NDArray[np.uint8], framing: Framing) -> NDArray[np.uint8] | None:
    """Fit a picture uint8 [H,W], bright on black, into 28×28; None where it is all black.

    The box around all that is not black is scaled by area average so that its longer side is
    `framing.side`, then placed.
    """
    rows, columns = np.flatnonzero(grey.any(1)), np.flatnonzero(grey.any(0))
    if not len(rows):
        return None
    box = grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (_scaled(length, max(box.shape), framing.side) for length in box.shape)
    down, across = _averages(box.shape[0], height), _averages(box.shape[1], width)
    small = down @ box.astype(np.float64) @ across.T
    top, left = (_start(small.sum(1 - axis), framing.by_mass) for axis in (0, 1))
    image = np.zeros((SIDE, SIDE), np.uint8)
    image[top : top + height, left : left + width] = np.floor(small + 0.5)
    return image


def _scaled(length: int, longer: int, side: int) -> int:
    """A side of the box in the dataset's pixels; at least one."""
    return max(1, math.floor(length * side / longer + 0.5))


def _averages(length: int, cells: int) -> NDArray[np.float64]:
    """What each of `cells` takes of `length` pixels: weights [cells,length], each row's sum 1."""
    edges = np.arange(cells + 1) * (length / cells)
    pixels = np.arange(length)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    weights: NDArray[np.float64] = np.maximum(overlap, 0) * (cells / length)
    return weights


def _start(mass: NDArray[np.float64], by_mass: bool) -> int:
    """Where the scaled box begins along an axis, from the mass of its rows or columns [n]."""
    slack = SIDE - len(mass)
    if not by_mass:
        return math.ceil(slack / 2)
    centre = float((mass * (np.arange(len(mass)) + 0.5)).sum() / mass.sum())
    return min(max(math.ceil(SIDE / 2 - centre - TIE), 0), slack)
