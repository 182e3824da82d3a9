"""Show that bfloat16 training gives float32's test metrics within the noise of the seeds."""

import dataclasses
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from common import (
    Parser,
    chosen_device,
    progress_bar,
    tune_process,
    versions,
    whole_number,
)
from process import run_main
from rich.console import Console
from rich.table import Table
from scipy import stats

from muvae import DATASETS, OBJECTIVES, RunConfig, Split, SplitMetrics
from muvae.datasets.builtin import data_root, get_dataset, load_split
from muvae.runs.config import PRECISIONS
from muvae.runs.files import write_json, write_text
from muvae.training.evaluation import evaluate
from muvae.training.loop import fit
from muvae.training.presets import base_config
from muvae.training.sessions import device_name
from muvae.training.state import new_state

EPILOG = """\
Trains the objective from each seed in float32 and under bfloat16 autocast with channels_last, as
scripts/train.py does, and measures every result in float32 on the whole test set. Nothing is kept
but what --markdown and --json name.
"""
HEADERS = ("test metric", "float32", "bfloat16", "difference", "in sd")
TEST_IMAGES_AN_EPOCH = 64  # for fit, which wants some; all are measured at the end


@dataclass(frozen=True)
class Comparison:
    """One metric in both precisions: mean and standard deviation over seeds, and what parts them.

    `difference` is bfloat16 less float32, mean and standard deviation over the pairs of one seed;
    `in_sd` its mean in the seeds' pooled standard deviation, None where that is 0 and it is not.
    """

    metric: str
    float32: tuple[float, float]
    bfloat16: tuple[float, float]
    difference: tuple[float, float]
    in_sd: float | None


def parse_arguments() -> Any:
    """The command line's flags."""
    parser = Parser(__doc__ or "", EPILOG)
    parser.add_argument(
        "--dataset", choices=DATASETS, default="mnist", help="trained on (default: %(default)s)"
    )
    parser.add_argument(
        "--objective", choices=OBJECTIVES, default="mu-vae-1", help="(default: %(default)s)"
    )
    parser.add_argument(
        "--limit",
        type=whole_number(1),
        default=12_000,
        help="train on this many images (default: %(default)s)",
    )
    parser.add_argument(
        "--epochs", type=whole_number(1), default=4, help="passes over them (default: %(default)s)"
    )
    parser.add_argument(
        "--seeds", type=whole_number(2), default=3, help="how many, from 0 (default: %(default)s)"
    )
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:1; auto: CUDA if present")
    parser.add_argument("--threads", type=whole_number(1), help="CPU threads (default: all cores)")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every number there")
    parser.add_data_root()
    return parser.parse_args()


def main() -> None:
    """Train and measure every seed in both precisions, then print how they compare."""
    flags = parse_arguments()
    tune_process(flags.threads)
    device, root = chosen_device(flags.device), data_root(flags.data_root)
    train, test = (load_split(flags.dataset, root, train=train) for train in (True, False))
    console = Console(highlight=False)
    measured: dict[str, list[SplitMetrics]] = {precision: [] for precision in PRECISIONS}
    for seed in range(flags.seeds):
        for precision in PRECISIONS:
            config = _config(flags, seed, precision)
            measured[precision].append(_train(config, train, test, device, console))
    comparisons = compare(measured["float32"], measured["bfloat16"])
    title, note = _title(flags), _note(flags, device)
    table = Table(title=title, caption=note)
    for index, header in enumerate(HEADERS):
        table.add_column(header, justify="right" if index else "left")
    for row in map(_cells, comparisons):
        table.add_row(*row)
    console.print(table)
    if flags.markdown:
        write_text(flags.markdown, _markdown(title, note, comparisons))
    if flags.json:
        write_json(flags.json, _report(flags, device, measured, comparisons))


def _config(flags: Any, seed: int, precision: str) -> RunConfig:
    config = base_config(
        get_dataset(flags.dataset),
        flags.objective,
        epochs=flags.epochs,
        seed=seed,
        precision=precision,
        limit=flags.limit,
    )
    return dataclasses.replace(config, name=f"{flags.objective}-seed{seed}-{precision}")


def _train(
    config: RunConfig, train: Split, test: Split, device: str, console: Console
) -> SplitMetrics:
    """Train one run, then measure it in float32 on the test set."""
    if device.startswith("cuda"):
        torch.backends.cudnn.deterministic = True  # as in scripts/train.py
    state = new_state(config, device)
    with progress_bar(config, console) as on_step:
        records = list(fit(state, train, test.take(TEST_IMAGES_AN_EPOCH), on_step=on_step))
    metrics = evaluate(
        state.vae,
        state.classifier,
        config.objective,
        test,
        batch_size=config.batch_size,
        precision="float32",
    )
    console.print(
        f"{config.name}: reconstruction {metrics.reconstruction:.2f}, KL {metrics.kl:.4g}, "
        f"accuracy {100 * metrics.accuracy_sampled:.2f} sampled "
        f"{100 * metrics.accuracy_mean:.2f} mean, {records[-1].images_per_second:.0f} images/s",
        soft_wrap=True,
    )
    return metrics


def compare(float32: Sequence[SplitMetrics], bfloat16: Sequence[SplitMetrics]) -> list[Comparison]:
    """Metric by metric, from the same seeds (two or more) in each precision."""
    comparisons = []
    for field in dataclasses.fields(SplitMetrics):
        plain, half = (
            [float(getattr(metrics, field.name)) for metrics in seeds]
            for seeds in (float32, bfloat16)
        )
        pairs = [b - a for a, b in zip(plain, half, strict=True)]
        (mean, sd), (half_mean, half_sd), (difference, spread) = (
            (statistics.mean(values), statistics.stdev(values)) for values in (plain, half, pairs)
        )
        pooled = math.sqrt((sd**2 + half_sd**2) / 2)
        in_sd = difference / pooled if pooled else None if difference else 0.0
        comparisons.append(
            Comparison(field.name, (mean, sd), (half_mean, half_sd), (difference, spread), in_sd)
        )
    return comparisons


def chance(seeds: int) -> float:
    """The difference in pooled sd that chance alone exceeds once in twenty (Student's t)."""
    return float(stats.t.ppf(0.975, 2 * seeds - 2)) * math.sqrt(2 / seeds)


def _cells(row: Comparison) -> tuple[str, ...]:
    """A row of the table; accuracies in percent."""
    percent = row.metric.startswith("accuracy")
    scale = 100 if percent else 1
    means = (f"{scale * mean:.4g} ± {scale * sd:.2g}" for mean, sd in (row.float32, row.bfloat16))
    return (
        row.metric.replace("_", " ") + (", %" if percent else ""),
        *means,
        f"{scale * row.difference[0]:+.2g} ± {scale * row.difference[1]:.2g}",
        "-" if row.in_sd is None else f"{row.in_sd:+.2f}",
    )


def _title(flags: Any) -> str:
    return (
        f"{OBJECTIVES[flags.objective].label} on {get_dataset(flags.dataset).title}, "
        f"{flags.limit} images, {flags.epochs} epochs, {flags.seeds} seeds: mean ± sd"
    )


def _note(flags: Any, device: str) -> str:
    return (
        "Measured in float32 on the test set. The difference is that of the pairs of one seed; "
        "its last column is in the seeds' pooled sd, of which independent runs of one precision "
        f"would differ by more than {chance(flags.seeds):.1f} in one metric of twenty. "
        f"{device_name(device)}, PyTorch {torch.__version__}."
    )


def _markdown(title: str, note: str, comparisons: Sequence[Comparison]) -> str:
    rows = [HEADERS, ("---", *["---:"] * (len(HEADERS) - 1)), *map(_cells, comparisons)]
    lines = (f"| {' | '.join(row)} |" for row in rows)
    return f"**{title}**\n\n" + "\n".join(lines) + f"\n\n{note}\n"


def _report(
    flags: Any,
    device: str,
    measured: Mapping[str, Sequence[SplitMetrics]],
    comparisons: Sequence[Comparison],
) -> dict[str, Any]:
    return {
        "dataset": flags.dataset,
        "objective": flags.objective,
        "limit": flags.limit,
        "epochs": flags.epochs,
        "device": device_name(device),
        "threads": torch.get_num_threads(),
        "versions": versions(),
        "seeds": {name: list(map(dataclasses.asdict, runs)) for name, runs in measured.items()},
        "chance_in_sd": chance(flags.seeds),
        "comparison": list(map(dataclasses.asdict, comparisons)),
    }


if __name__ == "__main__":
    run_main(main)
