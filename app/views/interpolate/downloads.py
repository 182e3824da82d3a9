"""What Interpolate shows: each run's path between two codes, and what lies along it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.data.inference import decode, probabilities
from app.export.animation import Lane, there_and_back
from app.export.captions import About, color_of, label_of, number, numbered, widened
from app.export.charts import bands, distances
from app.export.files import Download
from app.export.sheets import Part, SheetCell, strip
from app.export.tables import Column
from app.ui.colors import class_colors
from muvae import Run
from muvae.analysis.latent import linear_path, nearest, spherical_path

FRAMES = 40  # of the animation, one way
BAND_HEIGHT, LINE_HEIGHT = 64, 48  # pixels
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Path:
    """A run's ends [D], and the distance within which 99 % of its test codes have another."""

    start: Tensor
    end: Tensor
    spacing: float


@dataclass(frozen=True)
class Interpolation:
    """What the page shows: the paths, their steps, and the place of the slider."""

    about: About
    paths: Mapping[str, Path]
    spherical: bool
    steps: int
    share: float

    def codes(self, run: Run, shares: Tensor) -> Tensor:
        """Codes [K,D] of a run's path at shares [K] of the way."""
        way = spherical_path if self.spherical else linear_path
        path = self.paths[run.name]
        return way(path.start, path.end, shares)

    def stepped(self, run: Run) -> Tensor:
        """The codes [steps,D] of the strip."""
        return self.codes(run, torch.linspace(0, 1, self.steps))

    def strips(self) -> list[SheetCell]:
        """Each run's steps above the classes and distances along them; the slider's own image."""
        scale = 3 if self.steps <= 16 else 2
        cells = []
        for run in self.about.runs:
            codes = self.stepped(run)
            images = strip(decode(run, codes), scale=scale)
            here = strip(decode(run, self.codes(run, torch.tensor([self.share]))), scale=scale)
            shares = bands(
                probabilities(run, codes),
                colors=class_colors(len(self.about.dataset.classes)),
                classes=self.about.dataset.classes,
                size=(images.width, BAND_HEIGHT),
            )
            path = self.paths[run.name]
            line = distances(_gaps(run, codes), path.spacing, (images.width, LINE_HEIGHT))
            parts = [
                Part(here, f"t = {number(self.share)}"),
                Part(images, f"{self.steps} steps"),
                Part(shares, "classes"),
                Part(line, "distance", note="to the data"),
            ]
            cells.append(SheetCell(parts, label_of(run), color_of(run)))
        return cells

    def animation(self) -> bytes:
        """Every run's path, there and back."""
        shares = torch.linspace(0, 1, FRAMES)
        readings = [f"t = {number(share)}" for share in shares.tolist()]
        lanes = [
            Lane(label_of(run), color_of(run), decode(run, self.codes(run, shares)), readings)
            for run in self.about.runs
        ]
        return there_and_back(lanes, caption=self.about.caption())

    def table(self) -> dict[str, Column]:
        """The steps: codes, class probabilities, distances to the nearest test code."""
        runs = self.about.runs
        stepped = [self.stepped(run) for run in runs]
        read = [probabilities(run, codes) for run, codes in zip(runs, stepped, strict=True)]
        gaps = [_gaps(run, codes) for run, codes in zip(runs, stepped, strict=True)]
        return {
            "run": np.repeat([run.name for run in runs], self.steps),
            "step": np.tile(np.arange(self.steps), len(runs)),
            "t": np.tile(np.linspace(0, 1, self.steps), len(runs)),
            **numbered("z", widened([codes.numpy() for codes in stepped])),
            **numbered("probability", np.concatenate(read)),
            "distance_to_nearest": np.concatenate(gaps),
        }

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The steps: codes, images and class probabilities."""
        arrays: dict[str, NDArray[Any]] = {"t": np.linspace(0, 1, self.steps)}
        for run in self.about.runs:
            codes = self.stepped(run)
            arrays[f"{run.name}_codes"] = codes.numpy()
            arrays[f"{run.name}_images"] = decode(run, codes)
            arrays[f"{run.name}_probabilities"] = probabilities(run, codes)
        return arrays


def interpolate_downloads(shown: Interpolation) -> list[Download]:
    """All of it."""
    about = shown.about
    return [
        about.picture(
            "The steps",
            "steps",
            shown.strips,
            "bands: the classifier's probabilities; line: distance to the nearest test code, "
            "dashed that within which 99 % of these have another",
        ),
        about.animation("The way there and back", "way", shown.animation),
        about.table("Codes, classes, distances", "steps", shown.table),
        about.arrays("Codes and images", "steps", shown.arrays),
    ]


def _gaps(run: Run, codes: Tensor) -> Floats:
    return np.array([float(nearest(run.codes.mean, code, 1)[0]) for code in codes], np.float32)
