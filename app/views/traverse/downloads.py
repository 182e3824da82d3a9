"""What Traverse shows: images where the sliders stand, strips, planes; and all dimensions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.data.inference import decode
from app.export.animation import Lane, there_and_back
from app.export.captions import About, color_of, label_of, number, numbered, widened
from app.export.files import Download
from app.export.sheets import GAP, Part, SheetCell, beside, grid, strip, ticked
from app.export.tables import Column
from app.views.traverse.parameters import Place
from app.views.traverse.widget import NODES, STEPS
from muvae import Run
from muvae.analysis.latent import move, traverse

TICKS = 5


@dataclass(frozen=True)
class Moves:
    """How a run's code is moved: base and range [D], and which dimension each slider moves."""

    base: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    order: Sequence[int]

    def code(self, positions: Sequence[float]) -> Tensor:
        """The code [D] where the sliders stand; those beyond its dimensions move nothing."""
        told = torch.zeros(len(self.order))
        for axis, position in zip(self.order, positions, strict=False):
            told[axis] = position
        return move(torch.tensor(self.base), told, *self._ends())

    def axis(self, slider: int) -> int | None:
        """The dimension that a slider moves; None: none of this run."""
        return self.order[slider] if slider < len(self.order) else None

    def sweep(self, positions: Sequence[float], axis: int) -> Tensor:
        """Codes [STEPS,D]: one dimension over its range, the others where the sliders stand."""
        low, high = self._ends()
        values = torch.linspace(float(low[axis]), float(high[axis]), STEPS)
        return traverse(self.code(positions), axis, values)

    def plane(self, positions: Sequence[float], across: int, up: int) -> Tensor:
        """Codes [NODES²,D] of the plane of two sliders, row by row from the top left."""
        codes = []
        for row in range(NODES):
            for column in range(NODES):
                moved = list(positions)
                moved[across] = -1 + (2 * column + 1) / NODES
                moved[up] = 1 - (2 * row + 1) / NODES
                codes.append(self.code(moved))
        return torch.stack(codes)

    def _ends(self) -> tuple[Tensor, Tensor]:
        return torch.tensor(self.low), torch.tensor(self.high)


@dataclass(frozen=True)
class Traversal:
    """What the page shows: how each run's code is moved, and where the sliders stand."""

    about: About
    moves: Mapping[str, Moves]
    place: Place

    def swept(self) -> list[tuple[Run, int, Tensor]]:
        """The runs that have the active dimension, that dimension, and the codes of its strip."""
        found = []
        for run in self.about.runs:
            moves = self.moves[run.name]
            axis = moves.axis(self.place.active)
            if axis is not None:
                found.append((run, axis, moves.sweep(self.place.positions, axis)))
        return found

    def strips(self) -> list[SheetCell]:
        """Each run's image where the sliders stand, and its strip of the active dimension."""
        cells = []
        for run, axis, codes in self.swept():
            code = self.moves[run.name].code(self.place.positions)
            values = codes[:, axis].tolist()
            bound = run.config.latent.bound
            size = number(float(torch.linalg.vector_norm(code)))
            told = (
                f"z{axis} from {number(values[0])} to {number(values[-1])} · here z{axis} = "
                f"{number(float(code[axis]))}, ‖z‖ = {size}"
                + (f", bound {number(bound)}" if bound else "")
            )
            here = strip(decode(run, code[None]), captions=["here"])
            steps = ticked(strip(decode(run, codes)), _ticks(values))
            drawn = beside(here, steps, GAP)
            cells.append(SheetCell([Part(drawn)], label_of(run), color_of(run), told))
        return cells

    def all_dimensions(self) -> list[SheetCell]:
        """Every dimension of every run in so many steps, as in Figure 7."""
        cells = []
        for run in self.about.runs:
            moves = self.moves[run.name]
            rows = [
                Part(
                    strip(decode(run, moves.sweep(self.place.positions, axis)), scale=1), f"z{axis}"
                )
                for axis in moves.order
            ]
            cells.append(SheetCell(rows, label_of(run), color_of(run)))
        return cells

    def planes(self) -> list[SheetCell]:
        """The plane of two sliders in every run that has both."""
        cells = []
        for run in self.about.runs:
            moves = self.moves[run.name]
            across, up = (moves.axis(slider) for slider in self.place.axes)
            if across is None or up is None:
                continue
            codes = moves.plane(self.place.positions, *self.place.axes)
            told = " · ".join(
                f"{way} z{axis}: {number(moves.low[axis])} to {number(moves.high[axis])}"
                for way, axis in (("across", across), ("up", up))
            )
            drawn = grid(decode(run, codes), columns=NODES, gap=0)
            cells.append(SheetCell([Part(drawn)], label_of(run), color_of(run), told))
        return cells

    def animation(self) -> bytes:
        """The active dimension there and back, in every run that has it."""
        lanes = [
            Lane(
                label_of(run),
                color_of(run),
                decode(run, codes),
                [f"z{axis} = {number(value)}" for value in codes[:, axis].tolist()],
            )
            for run, axis, codes in self.swept()
        ]
        return there_and_back(lanes, caption=self.about.caption())

    def table(self) -> dict[str, Column]:
        """The codes of the strips."""
        swept = self.swept()
        return {
            "run": np.repeat([run.name for run, _, _ in swept], STEPS),
            "dimension": np.repeat([axis for _, axis, _ in swept], STEPS),
            "step": np.tile(np.arange(STEPS), len(swept)),
            **numbered("z", widened([codes.numpy() for _, _, codes in swept])),
        }

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The codes of the strips, and what they decode to."""
        arrays: dict[str, NDArray[Any]] = {}
        for run, axis, codes in self.swept():
            arrays[f"{run.name}_dimension"] = np.array(axis)
            arrays[f"{run.name}_codes"] = codes.numpy()
            arrays[f"{run.name}_images"] = decode(run, codes)
        return arrays


def traverse_downloads(shown: Traversal, name: str) -> list[Download]:
    """All of it; `name` is the active slider's."""
    about, plain = shown.about, name.replace(" ", "-")
    files = [
        about.picture(f"The strips of {name}", f"strips-{plain}", shown.strips),
        about.animation(f"The sweep of {name}", f"sweep-{plain}", shown.animation),
        about.picture(
            f"All dimensions in {STEPS} steps", "dimensions", shown.all_dimensions, columns=2
        ),
        about.table(f"The codes of {name}'s sweep", f"sweep-{plain}", shown.table),
        about.arrays("Its codes and images", f"sweep-{plain}", shown.arrays),
    ]
    if len(shown.place.positions) > 1:
        columns = min(2, len(about.runs))
        planes = about.picture("The planes of two dimensions", "planes", shown.planes,
                               columns=columns)  # fmt: skip
        files.insert(3, planes)
    return files


def _ticks(values: Sequence[float]) -> list[tuple[float, str]]:
    """Values along a strip, at the middles of their images."""
    places = np.linspace(0, len(values) - 1, TICKS)
    return [
        ((place + 0.5) / len(values), number(float(np.interp(place, range(len(values)), values))))
        for place in places.tolist()
    ]
