"""The report's tables of runs: Table 1, its growth, seeds, and what else was measured."""

from collections.abc import Sequence

from muvae import DATASETS, OBJECTIVES
from muvae.objectives import PAPER_OBJECTIVES
from muvae.replication import Measured, seed_spreads
from muvae.replication.paper import TABLE_1
from muvae.replication.report.markdown import cell, header, row
from muvae.runs.discovery import RunRecord
from muvae.types import EpochRecord

OTHER_METRICS = (
    ("squared error", "test_reconstruction", ".2f", 1),
    ("of the mean", "test_reconstruction_mean", ".2f", 1),
    ("KL", "test_kl", ".4g", 1),
    ("regularization", "test_regularization", ".4g", 1),
    ("active units", "test_active_units", ".0f", 1),
    ("kNN, %", "knn_accuracy", ".2f", 100),
    ("mean log σ²", "mean_log_var", ".3g", 1),
    ("mean \\|mean\\|", "aggregate_mean", ".3f", 1),
    ("spread", "aggregate_std", ".3f", 1),
)


NOISE = (
    "What depends on random draws is a mean over many, ± the standard deviation of single draws; "
    "a figure of sampled codes without one is of a single draw."
)


def table_1(measured: Measured) -> list[str]:
    """The paper's Table 1 beside ours."""
    lines = [
        "## Table 1: test accuracy, %",
        "",
        f"The paper does not say whether its classifier is given sampled codes or means. {NOISE}",
        "",
        *header(["dataset", "model"], ("paper", "sampled codes", "difference", "means")),
    ]
    for dataset, paper in TABLE_1.items():
        for name, value in paper.items():
            metrics = measured.runs[dataset][name].metrics
            sampled = metrics["test_accuracy_sampled"].times(100)
            means = metrics["test_accuracy_mean"].times(100)
            difference = f"{sampled.value - value:+.1f}"
            cells = (f"{value:.2f}", f"{sampled:.1f}", difference, f"{means:.2f}")
            lines.append(row([DATASETS[dataset].title, OBJECTIVES[name].label], cells))
    return lines


def training_length(measured: Measured) -> list[str]:
    """How accuracy on sampled codes grew, and whether it had stopped growing at the end."""
    lines = ["### Does longer training close the gap?", ""]
    lengths = [len(measured.runs[d][n].history) for d in TABLE_1 for n in PAPER_OBJECTIVES]
    last = min(lengths)
    shown = sorted({epoch for epoch in (1, 2, 5, 10, 20, 40, 60, 80, 100) if epoch < last} | {last})
    columns = [*(f"epoch {epoch}" for epoch in shown), "points an epoch at the end"]
    lines += [
        "Accuracy on sampled codes after some epochs, %, of one draw each and in the precision of "
        "training (Table 1 has the finished runs'), and the slope of a "
        "straight line through the last quarter of them.",
        "",
        *header(["dataset", "model"], columns),
    ]
    for dataset in TABLE_1:
        for name in PAPER_OBJECTIVES:
            history = measured.runs[dataset][name].history
            values = [100 * record.test.accuracy_sampled for record in history]
            cells = [f"{values[epoch - 1]:.2f}" for epoch in shown]
            cells.append(f"{final_slope(history):+.3f}")
            lines.append(row([DATASETS[dataset].title, OBJECTIVES[name].label], cells))
    return lines


def seeds(measured: Measured) -> list[str]:
    """How far accuracies differ between seeds, where there is more than one."""
    lines = ["### Spread over seeds", ""]
    spreads = seed_spreads(measured)
    if not spreads:
        return [*lines, "One seed a run: what differs by less than a seed would change is unknown."]
    lines += [
        "Accuracy on sampled codes, of one draw each, after the last epoch that all seeds have.",
        "",
        *header(["dataset", "run"], ("epoch", "accuracy by seed, %", "range")),
    ]
    for spread in spreads:
        listed = ", ".join(f"{100 * value:.2f}" for value in spread.accuracies.values())
        lines.append(
            row(
                [DATASETS[spread.dataset].title, spread.run],
                (str(spread.epoch), listed, f"{100 * spread.range:.2f}"),
            )
        )
    return lines


def others(measured: Measured) -> list[str]:
    """What else was measured, of all runs and of the toy models."""
    lines = [
        "## The other figures",
        "",
        "Means over the test set; squared error summed over all pixels, of images decoded from "
        "sampled codes and from means; KL by Eq. 3 whatever the objective; active units: "
        "Var(E[z|x]) > 0.01; kNN: leave-one-out, ten neighbours, on means; spread: the standard "
        f"deviation of all codes, mean over dimensions. {NOISE}",
        "",
        *header(["dataset", "run"], [title for title, *_ in OTHER_METRICS]),
    ]
    for dataset, runs in measured.runs.items():
        for name, run in runs.items():
            cells = [cell(run.metrics, key, form, times) for _, key, form, times in OTHER_METRICS]
            lines.append(row([DATASETS[dataset].title, f"`{name}`"], cells))
    if measured.toys:
        lines += [
            "",
            "The toy models (two dimensions, MNIST). Largest step: decoded along a straight path "
            "between two test codes in 20 steps, the share of the change that falls on one of "
            "them (0.05: even). On the bound: the share of codes that are clipped.",
            "",
            *header(
                ["model", "bound"],
                ("squared error", "KL", "accuracy, sampled", "kNN, %", "largest step", "on bound"),
            ),
        ]
        lines += [_toy_row(run) for run in measured.toys.values()]
    return lines


def _toy_row(run: RunRecord) -> str:
    values, bound = run.metrics, run.config.latent.bound
    cells = [
        f"{values['test_reconstruction']:.2f}",
        f"{values['test_kl']:.3g}",
        f"{values['test_accuracy_sampled'].times(100):.1f}",
        cell(values, "knn_accuracy", ".2f", 100),
        cell(values, "path_largest_step", ".3f"),
        "" if bound is None else cell(values, "on_the_bound", ".1%"),
    ]
    return row([f"`{run.name}`", "none" if bound is None else f"{bound:.2f}"], cells)


def final_slope(history: Sequence[EpochRecord]) -> float:
    """How fast accuracy on sampled codes rose over the last quarter of epochs: points an epoch."""
    last = history[-max(3, len(history) // 4) :]
    return slope([100 * record.test.accuracy_sampled for record in last])


def slope(values: Sequence[float]) -> float:
    """The slope of the least-squares line through values at 0, 1, 2 and so on."""
    middle, mean = (len(values) - 1) / 2, sum(values) / len(values)
    products = sum((i - middle) * (value - mean) for i, value in enumerate(values))
    return products / sum((i - middle) ** 2 for i in range(len(values)))
