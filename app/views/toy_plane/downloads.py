"""What Toy plane shows: nine planes of codes in two dimensions, and what they decode to."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from app.data.inference import decode
from app.data.toy_planes import LATTICE, TITLES, Square, lattice
from app.export.captions import About, number
from app.export.files import Download, Snapshot
from app.export.sheets import Part, SheetCell, grid, ticked
from app.export.tables import Column
from muvae import Run, Split

TILES = LATTICE // 2  # a side: every second node of the lattice is the middle of one
A_ROW = 3


def toy_plane_downloads(
    about: About, test: Split, squares: Mapping[str, Square]
) -> list[Download | Snapshot]:
    """The planes as they are shown, the same decoded, and the codes."""

    def cells() -> list[SheetCell]:
        return [_decoded(run, squares[run.name]) for run in about.runs]

    def table() -> dict[str, Column]:
        count, runs = len(test), about.runs
        codes = np.concatenate([run.codes.mean.numpy() for run in runs])
        labels = test.labels.numpy()
        return {
            "run": np.repeat([run.name for run in runs], count),
            "index": np.tile(np.arange(count), len(runs)),
            "label": np.tile(labels, len(runs)),
            "class": np.tile(np.array(about.dataset.classes)[labels], len(runs)),
            "z_0": codes[:, 0],
            "z_1": codes[:, 1],
        }

    def arrays() -> dict[str, NDArray[Any]]:
        found: dict[str, NDArray[Any]] = {"label": test.labels.numpy()}
        for run in about.runs:
            found[f"{run.name}_codes"] = run.codes.mean.numpy()
            if run.replay is not None:
                found[f"{run.name}_codes_by_epoch"] = run.replay.mean.numpy()
            nodes = tiles(squares[run.name])
            found[f"{run.name}_plane_codes"] = nodes.numpy()
            found[f"{run.name}_plane_images"] = decode(run, nodes)
        return found

    return [
        about.snapshot("The planes as they are shown", "planes", "plane"),
        about.picture(
            "The planes decoded", "decoded-planes", cells, f"{TILES} × {TILES} places a plane",
            columns=A_ROW,
        ),
        about.table("The codes", "codes", table),
        about.arrays("Codes, epoch by epoch; decoded planes", "codes", arrays),
    ]  # fmt: skip


def tiles(square: Square) -> Tensor:
    """The codes [TILES²,2] in the middles of the tiles of a square, from the top left."""
    nodes = lattice(square).reshape(LATTICE, LATTICE, 2)
    return nodes[1::2, 1::2].reshape(-1, 2)


def _decoded(run: Run, square: Square) -> SheetCell:
    picture = grid(decode(run, tiles(square)), columns=TILES, scale=1, gap=0)
    left, right = square.x - square.half, square.x + square.half
    low, high = square.y - square.half, square.y + square.half
    ends = [(0.0, number(left)), (0.5, number(square.x)), (1.0, number(right))]
    told = f"z0 across, z1 from {number(low)} below to {number(high)} above"
    return SheetCell([Part(ticked(picture, ends))], TITLES[run.name], note=told)
