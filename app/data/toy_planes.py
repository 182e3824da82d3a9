"""The nine toy models of Figure 1 (Table 2, codes in two dimensions) as the browser needs them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.data import store
from app.data.inference import decode, probabilities
from muvae import MuvaeError, Run, Split
from muvae.analysis.latent import quantile_range
from muvae.models.clipping import share_of_bound
from muvae.training.presets import TOY_ACTIVATIONS, TOY_ROWS, toy_folder, toy_name

# An odd number of nodes a side: every second one is the middle of one of 20 × 20 tiles.
LATTICE = 41
COVERAGE = 0.999  # share of the codes, a dimension, that a plane's own square holds
MARGIN = 1.06
FARTHEST = 1e4  # a place beyond it is nobody's pointer
OWN, SHARED = "own", "shared"

# By run name, row by row: what stands above its panel.
TITLES = {
    toy_name(activation, row): f"{label} · {row.title}"
    for row in TOY_ROWS
    for activation, label in TOY_ACTIVATIONS.items()
}


@dataclass(frozen=True)
class Square:
    """A part of the plane: its centre (x, y) and half its side, in units of the code."""

    x: float
    y: float
    half: float


def toy_runs(dataset: str) -> dict[str, Run | str]:
    """The nine toy runs of a dataset, by name, in Figure 1's order; a text says what is wrong."""
    found: dict[str, Run | str] = {}
    for name in TITLES:
        try:
            run = store.run(toy_folder(dataset), name)
            dim = run.config.latent.dim
            found[name] = run if dim == 2 else f"{name} has codes of {dim} dimensions, not 2"
        except MuvaeError as error:
            found[name] = str(error)
    return found


def own_square(run: Run) -> Square:
    """The square that shows a run's codes, but for outliers, and the circle of its bound."""
    low, high = quantile_range(run.codes.mean, COVERAGE)
    if (bound := run.config.latent.bound) is not None:
        low, high = low.clamp(max=-bound), high.clamp(min=bound)
    x, y = ((low + high) / 2).tolist()
    half = float((high - low).max()) / 2
    return Square(round(x, 4), round(y, 4), round(max(half * MARGIN, 1e-3), 4))


def shared_square(squares: Sequence[Square]) -> Square:
    """The smallest square that holds all of these."""
    left, bottom = (min(getattr(s, axis) - s.half for s in squares) for axis in "xy")
    right, top = (max(getattr(s, axis) + s.half for s in squares) for axis in "xy")
    half = max(right - left, top - bottom) / 2
    return Square(round((left + right) / 2, 4), round((bottom + top) / 2, 4), round(half, 4))


def squares(runs: dict[str, Run | str], extent: str) -> dict[str, Square]:
    """The square that each run's panel shows: its own, or the one that all share."""
    own = {name: own_square(run) for name, run in runs.items() if isinstance(run, Run)}
    if own and extent == SHARED:
        return dict.fromkeys(own, shared_square(list(own.values())))
    return own


def lattice(square: Square, side: int = LATTICE) -> Tensor:
    """Codes [side², 2] over a square, borders included, row by row from the top left."""
    steps = torch.linspace(-square.half, square.half, side)
    down, across = torch.meshgrid(square.y - steps, square.x + steps, indexing="ij")
    return torch.stack([across, down], dim=-1).reshape(-1, 2)


def decoded(run: Run, codes: Tensor) -> NDArray[np.uint8]:
    """Codes [N,2] decoded and read, uint8 [N,H·W+K]: pixels, and class probabilities of 255."""
    shares = np.rint(255 * probabilities(run, codes)).astype(np.uint8)
    return np.concatenate([decode(run, codes).reshape(len(codes), -1), shares], axis=1)


def code_bytes(run: Run, test: Split) -> bytes:
    """The test codes and their classes: float16 [N,2], then uint8 [N]."""
    return _half(run.codes.mean) + test.labels.numpy().astype(np.uint8).tobytes()


def replay_bytes(run: Run) -> bytes:
    """The test codes after each epoch, float16 [epochs,N,2]; none where they were not kept."""
    return _half(run.replay.mean) if run.replay is not None and epochs(run) else b""


def epochs(run: Run) -> int:
    """How many epochs of codes there are to replay: all, or where some are missing, none."""
    every = tuple(range(1, run.config.epochs + 1))
    return len(every) if run.replay is not None and run.replay.epochs == every else 0


def share_on_bound(run: Run, epoch: int) -> float | None:
    """Share of the test codes on the circle of the bound after an epoch; None without a bound."""
    bound = run.config.latent.bound
    if bound is None:
        return None
    # Half precision, in which codes are replayed, is not exact enough for clipped ones.
    codes, tolerance = run.codes.mean, 0.0
    if run.replay is not None and epoch < epochs(run):
        codes, tolerance = run.replay.mean[epoch - 1].float(), 2 * torch.finfo(torch.float16).eps
    return float((share_of_bound(codes, bound) >= 1 - tolerance).double().mean())


def numbers(run: Run, epoch: int) -> list[tuple[str, str]]:
    """What is measured of a run on the test set after an epoch, named and formatted.

    A dash where it was not: the vote of the nearest codes is measured after the last epoch alone.
    """
    on_bound = share_on_bound(run, epoch)
    bound = "no bound" if on_bound is None else f"{100 * on_bound:.1f} %"
    if epoch < len(run.history):
        after = run.history[epoch - 1].test
        return [
            ("error", f"{after.reconstruction_mean:.2f}"),
            ("KL", f"{after.kl:.4g}"),
            ("accuracy", f"{100 * after.accuracy_mean:.1f} %"),
            ("kNN", "–"),
            ("on bound", bound),
        ]
    return [
        ("error", _format(run, "test_reconstruction_mean", "{:.2f}")),
        ("KL", _format(run, "test_kl", "{:.4g}")),
        ("accuracy", _format(run, "test_accuracy_mean", "{:.1f} %", scale=100)),
        ("kNN", _format(run, "knn_accuracy", "{:.1f} %", scale=100)),
        ("on bound", bound),
    ]


def _format(run: Run, metric: str, form: str, scale: float = 1) -> str:
    measured = run.metrics.get(metric)
    return "–" if measured is None else form.format(scale * measured.value)


def _half(codes: Tensor) -> bytes:
    largest = torch.finfo(torch.float16).max
    return codes.clamp(-largest, largest).half().contiguous().numpy().astype("<f2").tobytes()
