"""Figures 2 and 8: training curves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from muvae import Run
from muvae.colors import run_color
from muvae.datasets.builtin import get_dataset
from muvae.objectives import OBJECTIVES
from muvae.objectives.mu import MuElbo
from muvae.replication.figures.output import WIDTH, Result, bound_text, title
from muvae.replication.figures.sources import Sources
from muvae.types import SplitMetrics

SPLITS = {"test": "-", "train": ":"}


@dataclass(frozen=True)
class Subplot:
    """A quantity over epochs: its key in SplitMetrics, how it is drawn, and of which runs."""

    metric: str
    title: str
    factor: float = 1
    scale: str = "linear"
    shown: Callable[[Run], bool] = lambda run: True


SUBPLOTS = (
    Subplot("reconstruction", "Reconstruction loss"),
    Subplot("kl", "KL divergence (log scale)", scale="log"),
    Subplot("accuracy_sampled", "Accuracy, sampled codes, %", factor=100),
    Subplot(
        "regularization",
        "Regularization of μ-VAE",
        shown=lambda run: isinstance(run.objective, MuElbo),
    ),
)


def training_curves(sources: Sources, dataset: str, number: int) -> Result:
    """The four subplots of Figure 2, and a row for each run, epoch, split and metric drawn."""
    runs = sources.paper_runs(dataset)
    figure = Figure(figsize=(WIDTH, 2.75))
    title(
        figure,
        f"Figure {number}. Training curves on {get_dataset(dataset).title}",
        "Solid: test set. Dotted: training set, measured on an even part of it.",
    )
    axes = figure.subplots(1, len(SUBPLOTS), squeeze=False)[0]
    for subplot, place in zip(SUBPLOTS, axes, strict=True):
        _draw(place, subplot, runs)
    figure.subplots_adjust(left=0.045, right=0.99, top=0.73, bottom=0.245, wspace=0.27)
    figure.legend(
        handles=[
            Line2D([], [], color=_color(run), label=f"{run.objective.label} ({bound_text(run)})")
            for run in runs
        ],
        loc="lower center",
        ncols=len(runs),
        columnspacing=1.6,
        handlelength=1.4,
        borderaxespad=0.2,
    )
    return Result(_rows(runs), figure)


def _draw(place: Axes, subplot: Subplot, runs: Sequence[Run]) -> None:
    for run in runs:
        if not subplot.shown(run):
            continue
        epochs = [record.epoch for record in run.history]
        for split, line in SPLITS.items():
            values = [
                subplot.factor * _value(getattr(record, split), subplot.metric)
                for record in run.history
            ]
            width = 1.3 if split == "test" else 1.0
            place.plot(epochs, values, line, color=_color(run), linewidth=width)
    place.set_title(subplot.title, loc="left")
    place.set_yscale(subplot.scale)
    place.set_xlabel("epoch", labelpad=1)
    place.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    place.tick_params(length=2, pad=2)
    place.grid(visible=True)


def _value(metrics: SplitMetrics, name: str) -> float:
    return float(getattr(metrics, name))


def _color(run: Run) -> str:
    return run_color(list(OBJECTIVES).index(run.config.objective.name))


def _rows(runs: Sequence[Run]) -> list[dict[str, str | int | float]]:
    return [
        {
            "run": run.name,
            "epoch": record.epoch,
            "split": split,
            "metric": subplot.metric,
            "value": _value(getattr(record, split), subplot.metric),
        }
        for run in runs
        for record in run.history
        for split in SPLITS
        for subplot in SUBPLOTS
        if subplot.shown(run)
    ]
