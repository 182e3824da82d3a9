"""Colours of classes and runs, the same on every page of the app and in every figure."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

# Petroff (2021), "Accessible color sequences for data visualization": told apart with any vision.
CLASS_COLORS = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
    "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip
# His eight colours of lines, four of them moved until each has a contrast of 3:1 on white and on
# the dark page, and no two are nearer for any vision than his are (tests/muvae/test_colors.py).
RUN_COLORS = (
    "#3a5cff", "#ff5e02", "#c91f16", "#c849a9", "#a58778", "#a53cc3", "#b4784b", "#0096ff",
)  # fmt: skip


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
    ]
)
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
    levels = np.arange(0, 256, 15)
    grid = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, 3)
    seen = _lab(grid)
    bright = (seen[0, :, 0] >= _LIGHTNESS[0]) & (seen[0, :, 0] <= _LIGHTNESS[1])
    grid, seen = grid[bright], seen[:, bright]
    colors = list(CLASS_COLORS)
    taken = _lab(np.array([[int(c[at : at + 2], 16) for at in (1, 3, 5)] for c in colors]))
    nearest = np.min([_distance(seen, taken[:, [at]]) for at in range(len(colors))], axis=0)
    while len(colors) < count:
        chosen = int(nearest.argmax())
        colors.append("#{:02x}{:02x}{:02x}".format(*grid[chosen]))
        nearest = np.minimum(nearest, _distance(seen, seen[:, [chosen]]))
    return tuple(colors)


def _lab(rgb: NDArray[np.int64]) -> NDArray[np.float64]:
    """CIELAB [V,N,3] of colours [N,3], 0 to 255, as each of V kinds of eyes sees them."""
    share = rgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    seen = (linear @ _VISIONS.transpose(0, 2, 1)).clip(0, 1)
    x, y, z = np.moveaxis(np.cbrt(seen @ _XYZ.T), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def _distance(seen: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far colours [V,N,3] lie from one, [V,1,3], for the eyes that tell them apart worst."""
    whole, *lacking = np.linalg.norm(seen - other, axis=-1)
    distance: NDArray[np.float64] = np.minimum(whole, _LESS * np.min(lacking, axis=0))
    return distance


def run_color(position: int) -> str:
    """The colour of a run by its objective's position in the registry."""
    return RUN_COLORS[position % len(RUN_COLORS)]
