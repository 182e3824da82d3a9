"""Colours of classes and runs, the same on every page of the app and in every figure."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

# Petroff (2021), "Accessible color sequences for data visualization": told apart with any vision.
CLASS_COLORS = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
    "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip
# The red of errors, on the white page and on the dark one, as .streamlit/config.toml has it.
ERROR_COLORS = "#9e303b", "#f2919a"
PAGES = "#ffffff", "#171614"
# Found by a search: as many as lie no nearer to one another, to the classes' colours and to the
# reds than Petroff's ten do to one another, and have a contrast of 3:1 on both pages. The first
# four, the paper's models, are as far apart for any eyes as his ten are for eyes with all cones.
RUN_COLORS = (
    "#1b6c99", "#63a226", "#f41fce", "#7d26fd", "#726f26",
    "#0ca779", "#b385b3", "#8676fd", "#bd2499", "#664be7",
)  # fmt: skip
NEAR = 19.3  # colours less far apart, by _distance, are near: no two of Petroff's ten are
_CONTRAST = 3.02


# Machado, Oliveira and Fernandes (2009): linear RGB as seen with all cones, and without one kind.
_VISIONS = np.array(
    [
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ],
    ]
)
_FREQUENT = slice(3)  # all but tritanopia, which one in 10,000 has
_XYZ = np.array(
    [[0.4337, 0.3762, 0.1899], [0.2126729, 0.7151522, 0.0721750], [0.0178, 0.1095, 0.8727]]
)  # to CIE XYZ, in units of the white point
_LESS = 1.5  # without a kind of cones nearer is far enough, or too few hues would be left to others
_LIGHTNESS = 38, 82  # of CIELAB: neither lost on a dark page nor on a white one


@cache
def class_colors(count: int) -> tuple[str, ...]:
    """A colour for each of some classes: Petroff's ten, then each as far as can be from all before.

    Far in CIELAB, for eyes with all cones and for those without red or green ones: beyond some
    twenty, no colours are told apart at a glance by all, and names must help.
    """
    if count <= len(CLASS_COLORS):
        return CLASS_COLORS[:count]
    grid = _grid(15)
    seen = _lab(grid)[_FREQUENT]
    bright = (seen[0, :, 0] >= _LIGHTNESS[0]) & (seen[0, :, 0] <= _LIGHTNESS[1])
    grid, seen = grid[bright], seen[:, bright]
    taken = _lab(_rgb(CLASS_COLORS))[_FREQUENT]
    return (*CLASS_COLORS, *_farthest(grid, seen, taken, count - len(CLASS_COLORS)))


def run_color(number: int) -> str:
    """The colour of the run of that number, and of no other number's: RUN_COLORS, then others.

    None is near one of CLASS_COLORS or the red of an error. Beyond RUN_COLORS each is as far as can
    be from those before, but near some of them: what tells these apart is `run_mark`.
    """
    return _run_looks(_batch(number))[0][number]


def run_mark(number: int) -> int:
    """What tells a run from those before it whose colour is near: another mark, 0 being none."""
    return _run_looks(_batch(number))[1][number]


def _batch(number: int) -> int:
    return max(32, 1 << number.bit_length())  # so that few lists are made


@cache
def _run_looks(count: int) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The first colours, and the marks that runs of near colours are told apart by."""
    grid = _grid(9)
    ratios = (_luminance(grid)[:, None] + 0.05) / (_luminance(_rgb(PAGES)) + 0.05)
    grid = grid[(np.maximum(ratios, 1 / ratios) >= _CONTRAST).all(1)]
    others = _lab(_rgb((*CLASS_COLORS, *ERROR_COLORS)))
    grid = grid[_nearest(_lab(grid), others) >= NEAR]
    more = _farthest(grid, _lab(grid), _lab(_rgb(RUN_COLORS)), max(0, count - len(RUN_COLORS)))
    colors = (*RUN_COLORS, *more)[:count]
    seen, marks = _lab(_rgb(colors)), list[int]()
    for at in range(count):
        near = _distance(seen[:, :at], seen[:, [at]]) < NEAR
        taken_marks = {mark for mark, is_near in zip(marks, near, strict=True) if is_near}
        marks.append(next(mark for mark in range(at + 1) if mark not in taken_marks))
    return colors, tuple(marks)


def _farthest(
    grid: NDArray[np.int64], seen: NDArray[np.float64], taken: NDArray[np.float64], count: int
) -> list[str]:
    """So many colours of a grid [N,3], seen as [V,N,3], each as far as can be from all before.

    `taken` [V,M,3] are before them all.
    """
    nearest = _nearest(seen, taken)
    colors = []
    for _ in range(count):
        chosen = int(nearest.argmax())
        colors.append("#{:02x}{:02x}{:02x}".format(*grid[chosen]))
        nearest = np.minimum(nearest, _distance(seen, seen[:, [chosen]]))
    return colors


def _nearest(seen: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each of colours [V,N,3] lies from the nearest of others [V,M,3], [N]."""
    distances = [_distance(seen, others[:, [at]]) for at in range(others.shape[1])]
    nearest: NDArray[np.float64] = np.min(distances, axis=0)
    return nearest


def _grid(step: int) -> NDArray[np.int64]:
    """Colours [N,3] on a grid, to choose from."""
    levels = np.arange(0, 256, step)
    return np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, 3)


def _rgb(colors: Sequence[str]) -> NDArray[np.int64]:
    """Colours such as "#3a5cff" as [N,3], 0 to 255."""
    return np.array([[int(color[at : at + 2], 16) for at in (1, 3, 5)] for color in colors])


def _linear(rgb: NDArray[np.int64]) -> NDArray[np.float64]:
    share = rgb / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def _luminance(rgb: NDArray[np.int64]) -> NDArray[np.float64]:
    """The relative luminance of colours [N,3], of which contrast is made."""
    luminance: NDArray[np.float64] = _linear(rgb) @ _XYZ[1]
    return luminance


def _lab(rgb: NDArray[np.int64]) -> NDArray[np.float64]:
    """CIELAB [V,N,3] of colours [N,3], 0 to 255, as each of V kinds of eyes sees them."""
    seen = (_linear(rgb) @ _VISIONS.transpose(0, 2, 1)).clip(0, 1)
    x, y, z = np.moveaxis(np.cbrt(seen @ _XYZ.T), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def _distance(seen: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far colours [V,N,3] lie from one, [V,1,3], for the eyes that tell them apart worst."""
    whole, *lacking = np.linalg.norm(seen - other, axis=-1)
    distance: NDArray[np.float64] = np.minimum(whole, _LESS * np.min(lacking, axis=0))
    return distance
