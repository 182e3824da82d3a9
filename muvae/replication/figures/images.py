"""Figures 5, 6, 7, 9 and 10: reconstructions, random samples and traversals."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from muvae import Run, Split
from muvae.analysis.latent import sample_prior, standard_noise
from muvae.analysis.sample_quality import traversal_codes
from muvae.datasets.builtin import get_dataset
from muvae.datasets.test_split import TEST_FILE
from muvae.errors import CheckpointError
from muvae.images import to_float
from muvae.replication.figures.output import Result, Row, bound_text
from muvae.replication.figures.sheets import ImageGrid, mosaic, sheet
from muvae.replication.figures.sources import Sources
from muvae.types import CLASSES

PAIRS = 3  # images of each class in Figure 5
SIDE = 8  # images across and down in Figures 6 and 10
SAMPLE_SEED = 0
STEPS = 40
TICKS = 5


def reconstructions(sources: Sources, dataset: str, number: int) -> Result:
    """Figure 5: originals above reconstructions of their means, four models in two rows of two."""
    runs, test = sources.paper_runs(dataset), sources.test(dataset)
    spec = get_dataset(dataset)
    index = _first_of_each_class(test, sources.checkpoints / dataset)
    originals = to_float(test.images[index.flatten()])
    grids, rows = [], list[Row]()
    for run in runs:
        chosen = index.flatten()
        codes = run.codes.mean[chosen]
        made = _decode(run, codes)
        error = float(run.codes.squared_error.double().mean())
        grids.append(
            ImageGrid(
                f"{run.objective.label} ({bound_text(run)}), squared error {error:.1f}",
                _pairs(originals, made),
            )
        )
        guesses, confidence = _guess(run, codes)
        rows += (
            {
                "run": run.name,
                "index": int(place),
                "label": spec.classes[int(test.labels[place])],
                "squared_error": float(run.codes.squared_error[place]),
                "guess": spec.classes[guess],
                "confidence": sure,
            }
            for place, guess, sure in zip(chosen, guesses, confidence, strict=True)
        )
    figure = sheet(
        f"Figure {number}. Reconstructions of {spec.title} test images",
        "Originals above what their posterior means decode to; squared error of the test set.",
        [grids[:2], grids[2:]],
        scale=2,
    )
    return Result(rows, figure, "grey")


def random_samples(sources: Sources, dataset: str, number: int) -> Result:
    """Figures 6 and 10: images of codes drawn from N(0, σ²I), the same noise for every model."""
    spec = get_dataset(dataset)
    grids, rows = [], list[Row]()
    for run in sources.paper_runs(dataset):
        std = run.objective.sample_std
        noise = standard_noise(SIDE * SIDE, run.config.latent.dim, SAMPLE_SEED)
        codes = sample_prior(noise, std)
        made = _decode(run, codes).reshape(SIDE, SIDE, *run.config.image.array_shape)
        grids.append(
            ImageGrid(f"{run.objective.label} (σ = {std:g})", mosaic(made, across=1, down=1))
        )
        guesses, confidence = _guess(run, codes)
        rows += (
            {
                "run": run.name,
                "seed": SAMPLE_SEED,
                "sigma": std,
                "sample": place,
                "guess": spec.classes[guess],
                "confidence": sure,
                **{f"z{dimension}": value for dimension, value in enumerate(code)},
            }
            for place, (guess, sure, code) in enumerate(
                zip(guesses, confidence, codes.tolist(), strict=True)
            )
        )
    figure = sheet(
        f"Figure {number}. Random samples of N(0, σ²I) decoded, {spec.title}",
        "The same noise for every model, place by place.",
        [grids],
    )
    return Result(rows, figure, "grey")


def traversals(sources: Sources, dataset: str, number: int) -> Result:
    """Figures 7 and 9: each dimension in 40 steps over the model's range, the others zero."""
    spec = get_dataset(dataset)
    grids, rows = [], list[Row]()
    for run in sources.paper_runs(dataset):
        half_width, dimensions = run.objective.traversal, run.config.latent.dim
        codes = traversal_codes(dimensions, half_width, STEPS)
        flat = codes.flatten(0, 1)
        image = run.config.image
        made = _decode(run, flat).reshape(dimensions, STEPS, *image.array_shape)
        grids.append(
            ImageGrid(
                f"{run.objective.label} [−{half_width:g}, {half_width:g}] ({bound_text(run)})",
                mosaic(made, across=0, down=1),
                rows=[
                    ((image.height + 1) * row + (image.height - 1) / 2, f"$z_{{{row}}}$")
                    for row in range(dimensions)
                ],
                ticks=_ticks(half_width, image.width),
            )
        )
        guesses, confidence = _guess(run, flat)
        rows += (
            {
                "run": run.name,
                "dimension": place // STEPS,
                "step": place % STEPS,
                "value": float(codes[place // STEPS, place % STEPS, place // STEPS]),
                "guess": spec.classes[guess],
                "confidence": sure,
            }
            for place, (guess, sure) in enumerate(zip(guesses, confidence, strict=True))
        )
    figure = sheet(
        f"Figure {number}. Latent traversals, {spec.title}: each dimension in {STEPS} steps",
        "All other dimensions are zero.",
        [[grid] for grid in grids],
    )
    return Result(rows, figure, "grey")


def _first_of_each_class(test: Split, folder: Path) -> Tensor:
    """Where the first images of each class stand in the test set, [PAIRS,10]."""
    columns = []
    for label in range(CLASSES):
        own = torch.nonzero(test.labels == label).flatten()[:PAIRS]
        if len(own) < PAIRS:
            raise CheckpointError(
                f"{folder / TEST_FILE} has {len(own)} images of class {label}, "
                f"not the {PAIRS} to be shown; delete it, and scripts/train.py writes it anew"
            )
        columns.append(own)
    return torch.stack(columns, dim=1)


def _pairs(originals: Tensor, made: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Rows of originals, each above the row of what was made of them."""
    below = made.reshape(PAIRS, CLASSES, *made.shape[1:])
    above = originals.numpy().reshape(below.shape)
    blocks = [mosaic(np.stack(pair), across=1, down=0) for pair in zip(above, below, strict=True)]
    gap = np.full((4, blocks[0].shape[1]), 255, dtype=np.uint8)
    return np.concatenate([part for block in blocks for part in (gap, block)][1:])


@torch.inference_mode()
def _decode(run: Run, codes: Tensor) -> NDArray[np.float32]:
    """Images [N,H,W] of codes [N,D], some hundred at a time."""
    made = torch.cat([run.vae.decode(part) for part in codes.split(200)])
    result: NDArray[np.float32] = made.squeeze(1).numpy()
    return result


@torch.inference_mode()
def _guess(run: Run, codes: Tensor) -> tuple[list[int], list[float]]:
    """The run's own classifier on codes [N,D]: its classes, and how sure it is to 2 decimals."""
    best = run.classifier(codes).softmax(1).max(1)
    return best.indices.tolist(), [round(value, 2) for value in best.values.tolist()]


def _ticks(half_width: float, width: int) -> list[tuple[float, str]]:
    """Values along a row of STEPS tiles of that width, at the middle of the tile that has them."""
    values = np.linspace(-half_width, half_width, TICKS)
    last = width * (STEPS - 1)
    return [
        (last * (value / half_width + 1) / 2 + (width - 1) / 2, f"{value:g}".replace("-", "−"))
        for value in values.tolist()
    ]
