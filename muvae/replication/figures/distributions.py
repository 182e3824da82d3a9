"""Figures 4 and 11: how sampled codes are distributed in each latent dimension."""

import math

import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from muvae import OBJECTIVES, Posterior, Run
from muvae.analysis.metrics import Histograms, histograms, normal_density
from muvae.colors import run_color
from muvae.datasets.builtin import get_dataset
from muvae.replication.figures.output import WIDTH, Result, Row, bound_text, title
from muvae.replication.figures.sources import Sources
from muvae.training.evaluation import NOISE_SEED

BINS = 60
PLOT, GAP = 0.72, 0.56  # inches: a row's histograms, and from them to the next row's
ROW = PLOT + GAP


def distributions(sources: Sources, dataset: str, number: int) -> Result:
    """A row of histograms for each run, one a dimension, and a row of the CSV for each bin."""
    runs = sources.paper_runs(dataset)
    figure = Figure(figsize=(WIDTH, 0.6 + ROW * len(runs)))
    title(
        figure,
        f"Figure {number}. Sampled codes of the {get_dataset(dataset).title} test set, "
        "by latent dimension",
    )
    figure.legend(
        handles=[
            Line2D([], [], color="#222222", lw=0.9, label="N(0, 1)"),
            Line2D(
                [],
                [],
                color="#222222",
                lw=0.9,
                ls=(0, (3, 2)),
                label="N(0, σ²), σ of the random samples",
            ),
        ],
        loc="upper left",
        bbox_to_anchor=(0.012, 1 - 0.29 / figure.get_figheight()),
        ncols=2,
        borderaxespad=0,
        borderpad=0,
        handlelength=1.8,
    )
    height = figure.get_figheight()
    rows: list[Row] = []
    for position, run in enumerate(runs):
        top = 1 - (0.9 + ROW * position) / height
        measured = _measure(run)
        _draw(figure, run, measured, top=top, bottom=top - PLOT / height)
        rows += _rows(run, measured)
    return Result(rows, figure)


def _measure(run: Run) -> Histograms:
    """Histograms of one code an image, drawn from its posterior, over a range that holds all."""
    generator = torch.Generator().manual_seed(NOISE_SEED)
    codes = Posterior(run.codes.mean, run.codes.log_var).sample(generator)
    half_width = math.ceil(max(float(codes.abs().max()), 3 * run.objective.sample_std))
    return histograms(codes.numpy(), half_width, BINS)


def _draw(figure: Figure, run: Run, measured: Histograms, *, top: float, bottom: float) -> None:
    """One row of panels, which share both axes."""
    dimensions = len(measured.density)
    grid = GridSpec(
        1, dimensions, figure, left=0.045, right=0.995, top=top, bottom=bottom, wspace=0.12
    )
    color = run_color(list(OBJECTIVES).index(run.config.objective.name))
    std = run.objective.sample_std
    fine = np.linspace(measured.edges[0], measured.edges[-1], 241)
    highest = max(measured.density.max(), normal_density(np.zeros(1), 1.0)[0])
    tick = _tick(measured.edges[-1])
    figure.text(
        0.045,
        top + 0.19 / figure.get_figheight(),
        f"{run.objective.label} ({bound_text(run)}), σ = {std:g}",
        weight="bold",
    )
    for dimension, density in enumerate(measured.density):
        place = figure.add_subplot(grid[0, dimension])
        place.stairs(density, measured.edges, fill=True, color=color, alpha=0.75, lw=0)
        place.plot(fine, normal_density(fine, 1.0), color="#222222", lw=0.7)
        if std != 1:
            place.plot(fine, normal_density(fine, std), color="#222222", lw=0.7, ls=(0, (3, 2)))
        place.set(
            xlim=(measured.edges[0], measured.edges[-1]),
            ylim=(0, 1.05 * highest),
            xticks=[-tick, 0, tick],
        )
        place.set_title(f"$z_{{{dimension}}}$", size=7, pad=1)
        place.tick_params(length=2, pad=1.5, labelsize=6)
        if dimension:
            place.set_yticklabels([])


def _tick(half_width: float) -> float:
    """A round number at about two thirds of the range."""
    digit = 10 ** math.floor(math.log10(half_width))
    return float(max(step * digit for step in (0.5, 1, 2, 5) if step * digit <= 0.8 * half_width))


def _rows(run: Run, measured: Histograms) -> list[Row]:
    std = run.objective.sample_std
    normal = normal_density(measured.centres, 1.0)
    wider: NDArray[np.float64] = normal_density(measured.centres, std)
    return [
        {
            "run": run.name,
            "dimension": dimension,
            "low": float(measured.edges[place]),
            "high": float(measured.edges[place + 1]),
            "density": float(density[place]),
            "normal": float(normal[place]),
            "sigma": std,
            "normal_sigma": float(wider[place]),
        }
        for dimension, density in enumerate(measured.density)
        for place in range(len(density))
    ]
