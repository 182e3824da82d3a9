"""Figures 1 and 3: the test set's codes as points of a plane, coloured by class."""

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle
from numpy.typing import NDArray

from muvae import DATASETS, Run, Split
from muvae.colors import CLASS_COLORS
from muvae.datasets.builtin import get_dataset
from muvae.errors import CheckpointError
from muvae.replication.figures.output import WIDTH, Result, Row, bound_text, title
from muvae.replication.figures.sources import Sources
from muvae.training.presets import TOY_ACTIVATIONS, TOY_ROWS

LISTED = 1800  # images of the test set in the CSV, evenly spread; the drawing has them all
DPI_MAPS = 200


def toy_planes(sources: Sources, dataset: str, number: int) -> Result:
    """Figure 1: the means in two dimensions, and their bound as a circle where they are clipped."""
    runs, test = sources.toy_runs(dataset), sources.test(dataset)
    figure = Figure(figsize=(WIDTH, 8.2), dpi=DPI_MAPS)
    dataset_title = get_dataset(dataset).title
    title(
        figure,
        f"Figure {number}. Clustering of {dataset_title} in two latent dimensions",
        f"Means of the {len(test):,} test images. Dashed: the bound of latent clipping (Eq. 5).",
    )
    axes = figure.subplots(len(TOY_ROWS), len(TOY_ACTIVATIONS), squeeze=False)
    for run, place in zip(runs, axes.flat, strict=True):
        points = run.codes.mean.numpy()
        _scatter(place, points, test)
        place.tick_params(length=2, pad=2)
        if run.config.latent.bound is not None:
            bound = run.config.latent.bound
            place.add_patch(Circle((0, 0), bound, fill=False, ls="--", lw=0.8, ec="#333333"))
            place.set(xlim=(-1.08 * bound, 1.08 * bound), ylim=(-1.08 * bound, 1.08 * bound))
    for place, name in zip(axes[0], TOY_ACTIVATIONS.values(), strict=True):
        place.set_title(name, weight="bold")
    for place, row, run in zip(axes[:, 0], TOY_ROWS, runs[:: len(TOY_ACTIVATIONS)], strict=True):
        place.set_ylabel(f"{row.title}\n{bound_text(run)}")
    figure.subplots_adjust(left=0.085, right=0.99, top=0.915, bottom=0.065, hspace=0.1, wspace=0.12)
    _legend(figure, get_dataset(dataset).classes, bottom=0.003)
    points_of = [(run, run.codes.mean.numpy()) for run in runs]
    return Result(list(_rows(points_of, test)), figure, "palette")


def tsne_maps(sources: Sources, number: int) -> Result:
    """Figure 3: t-SNE of the codes, a row for each dataset (MNIST first), a column for each run."""
    figure = Figure(figsize=(WIDTH, 5.2), dpi=DPI_MAPS)
    title(
        figure,
        f"Figure {number}. t-SNE of the test sets' codes",
        "Posterior means of all test images; a legend under each row.",
    )
    rows: list[Row] = []
    for position, dataset in enumerate(DATASETS):
        spec, runs, test = get_dataset(dataset), sources.paper_runs(dataset), sources.test(dataset)
        points_of = [(run, _tsne(sources, dataset, run)) for run in runs]
        top = 0.875 - 0.47 * position
        grid = figure.add_gridspec(
            1, len(runs), left=0.035, right=0.995, top=top, bottom=top - 0.355, wspace=0.03
        )
        for column, (run, points) in enumerate(points_of):
            place = figure.add_subplot(grid[0, column])
            _scatter(place, points, test)
            place.set(xticks=[], yticks=[])
            place.set_title(f"{run.objective.label} ({bound_text(run)})")
            if column == 0:
                place.set_ylabel(spec.title, weight="bold")
        _legend(figure, spec.classes, bottom=top - 0.41)
        rows += ({"dataset": dataset, **row} for row in _rows(points_of, test))
    return Result(rows, figure, "palette")


def _tsne(sources: Sources, dataset: str, run: Run) -> NDArray[np.float32]:
    if run.codes.tsne is None:
        raise CheckpointError(
            f"{sources.checkpoints / dataset / run.name / 'codes.safetensors'} has no t-SNE map; "
            f"make it with: python scripts/embed.py --dataset {dataset} --run {run.name}"
        )
    return run.codes.tsne.numpy()


def _scatter(place: Axes, points: NDArray[np.float32], test: Split) -> None:
    """All points in the test set's order, so that no class lies on top of another."""
    colors = np.asarray(CLASS_COLORS)[test.labels.numpy()]
    place.scatter(points[:, 0], points[:, 1], s=1.6, c=colors, linewidths=0, alpha=0.8)
    low, high = points.min(0), points.max(0)
    half = 0.54 * float((high - low).max()) or 1.0  # a square about the middle, with a margin
    centre_x, centre_y = ((low + high) / 2).tolist()
    place.set(xlim=(centre_x - half, centre_x + half), ylim=(centre_y - half, centre_y + half))
    place.set_aspect("equal")
    for side in ("top", "right"):
        place.spines[side].set_visible(True)


def _legend(figure: Figure, classes: Sequence[str], *, bottom: float) -> None:
    figure.legend(
        handles=[
            Line2D([], [], ls="", marker="o", ms=4, mew=0, color=color, label=name)
            for color, name in zip(CLASS_COLORS, classes, strict=True)
        ],
        loc="lower center",
        bbox_to_anchor=(0.5, bottom),
        ncols=len(classes),
        columnspacing=0.9,
        handletextpad=0.0,
        borderaxespad=0,
        fontsize=7,
    )


def _rows(points_of: Sequence[tuple[Run, NDArray[np.float32]]], test: Split) -> Iterator[Row]:
    index = _listed(len(test))
    for run, points in points_of:
        for place in index.tolist():
            yield {
                "run": run.name,
                "index": place,
                "label": int(test.labels[place]),
                "x": float(points[place, 0]),
                "y": float(points[place, 1]),
            }


def _listed(images: int) -> NDArray[np.int64]:
    return np.linspace(0, images - 1, min(images, LISTED)).round().astype(np.int64)
