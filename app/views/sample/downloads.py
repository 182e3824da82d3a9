"""What Sample shows: the same noise decoded by every run."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.data.inference import decode
from app.export.captions import About, color_of, label_of, numbered, widened
from app.export.files import Download
from app.export.sheets import Part, SheetCell, grid
from app.export.tables import Column
from muvae import Run
from muvae.analysis.latent import sample_aggregate, standard_noise


@dataclass(frozen=True)
class Spread:
    """What a run's noise gets: mean and σ [D], and how that is said."""

    mean: Sequence[float]
    std: Sequence[float]
    told: str


def sample_codes(run: Run, spread: Spread, count: int, seed: int) -> Tensor:
    """The codes [count,D] that the page decodes."""
    noise = standard_noise(count, run.config.latent.dim, seed)
    return sample_aggregate(noise, torch.tensor(spread.mean), torch.tensor(spread.std))


def sample_downloads(
    about: About, spreads: Mapping[str, Spread], *, count: int, seed: int
) -> list[Download]:
    """The grids, and the codes with what they decode to."""

    def codes(run: Run) -> Tensor:
        return sample_codes(run, spreads[run.name], count, seed)

    def cells() -> list[SheetCell]:
        columns = round(math.sqrt(count))
        return [
            SheetCell(
                [Part(grid(decode(run, codes(run)), columns=columns))],
                label_of(run),
                color_of(run),
                spreads[run.name].told,
            )
            for run in about.runs
        ]

    def table() -> dict[str, Column]:
        names = [run.name for run in about.runs]
        return {
            "run": np.repeat(names, count),
            "sample": np.tile(np.arange(count), len(names)),
            **numbered("z", widened([codes(run).numpy() for run in about.runs])),
        }

    def arrays() -> dict[str, NDArray[Any]]:
        found: dict[str, NDArray[Any]] = {}
        for run in about.runs:
            found[f"{run.name}_codes"] = codes(run).numpy()
            found[f"{run.name}_images"] = decode(run, codes(run))
        return found

    return [
        about.picture("The samples", "samples", cells, columns=min(4, len(about.runs))),
        about.table("Their codes", "samples", table),
        about.arrays("Codes and images", "samples", arrays),
    ]
