"""Sheets of grey images: grids of tiles whose pixels are the file's own, never resampled."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from muvae.replication.figures.output import DPI, title

HEAD, GRID_HEAD, GRID_GAP, EDGE = 70, 26, 22, 18  # pixels of the file
TICKS, LABELS = GRID_HEAD + 2, 30  # with the marks above the values


@dataclass(frozen=True)
class ImageGrid:
    """One model's images, uint8 [H,W], with what stands beside its rows and under its columns.

    `rows` and `ticks` are places in pixels and what is written there.
    """

    title: str
    pixels: NDArray[np.uint8]
    rows: Sequence[tuple[float, str]] = ()
    ticks: Sequence[tuple[float, str]] = ()


def mosaic(images: NDArray[np.float32], *, across: int, down: int) -> NDArray[np.uint8]:
    """Images [R,C,H,W] in [0, 1] as one picture, white gaps between, in pixels: uint8 [H,W]."""
    rows, columns, height, width = images.shape
    picture = np.full(
        (rows * (height + down) - down, columns * (width + across) - across), 255, dtype=np.uint8
    )
    for row in range(rows):
        for column in range(columns):
            top, left = row * (height + down), column * (width + across)
            tile = np.round(255 * images[row, column]).astype(np.uint8)
            picture[top : top + height, left : left + width] = tile
    return picture


def sheet(
    heading: str, note: str, grids: Sequence[Sequence[ImageGrid]], *, scale: int = 1
) -> Figure:
    """Rows of grids, all of one size, each pixel of theirs `scale` pixels of the file wide."""
    first = grids[0][0]
    height, width = (scale * size for size in first.pixels.shape)
    left = LABELS if first.rows else 0
    step_x, step_y = width + left + GRID_GAP, height + GRID_HEAD + (TICKS if first.ticks else 8)
    total_width = 2 * EDGE + len(grids[0]) * step_x - GRID_GAP
    total_height = HEAD + len(grids) * step_y + 8
    figure = Figure(figsize=(total_width / DPI, total_height / DPI), dpi=DPI)
    title(figure, heading, note)
    for row, line in enumerate(grids):
        for column, grid in enumerate(line):
            x = EDGE + left + column * step_x
            y = HEAD + GRID_HEAD + row * step_y
            place = figure.add_axes(
                (
                    x / total_width,
                    1 - (y + height) / total_height,
                    width / total_width,
                    height / total_height,
                )
            )
            place.imshow(
                grid.pixels, cmap="gray", vmin=0, vmax=255, interpolation="nearest", aspect="auto"
            )
            place.set_title(grid.title, loc="left", weight="bold", pad=4)
            place.set_xticks(*_split(grid.ticks))
            place.set_yticks(*_split(grid.rows))
            place.tick_params(left=False, length=2, pad=2)
            place.spines[:].set_visible(False)
    return figure


def _split(marks: Sequence[tuple[float, str]]) -> tuple[list[float], list[str]]:
    return [place for place, _ in marks], [text for _, text in marks]
