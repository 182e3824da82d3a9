"""Measure training speed: images a second here and in the plain loop that most people write."""

import argparse
import dataclasses
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from bench.training import SIDES, Job, measure
from common import (
    Parser,
    bfloat16_available,
    chosen_device,
    versions,
    whole_number,
)
from process import run_main
from rich.console import Console
from rich.table import Table

from muvae import DATASETS, OBJECTIVES
from muvae.datasets.builtin import data_root, get_dataset, load_split
from muvae.errors import InvalidInputError, TrainingError
from muvae.runs.files import write_json
from muvae.training.presets import base_config
from muvae.training.sessions import device_name

EPILOG = """\
Both sides take the same steps (one of the VAE, one of the classifier on detached sampled codes)
with the same networks, losses and Adam:

  plain loop   torchvision dataset with ToTensor, shuffling DataLoader with 2 workers, float32,
               PyTorch's defaults in all else
  muvae        what scripts/train.py runs: muvae.training.loop.fit, in the precision that auto
               chooses and with that script's settings of the process

A round is each side once in a fresh process on all cores, then muvae on one thread. The warm-up,
which takes in the start of the workers, is not counted: fit's first epoch is its warm-up, and its
own record of the second is the result. Its evaluation between epochs is not counted either.
Run it on an idle machine.
"""


@dataclass(frozen=True)
class Summary:
    """A side's images a second and their ratio to the plain loop's: of medians, and by round."""

    median: float
    ratio: float
    images_per_second: tuple[float, ...]
    ratios: tuple[float, ...]


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
        "--images",
        type=whole_number(64),
        default=12_800,
        help="timed in a measurement, in whole batches of 64 (default: %(default)s)",
    )
    parser.add_argument(
        "--warm-up",
        type=whole_number(1),
        default=30,
        metavar="BATCHES",
        help="before the clock starts (default: %(default)s)",
    )
    parser.add_argument("--rounds", type=whole_number(1), default=3, help="(default: %(default)s)")
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:1; auto: CUDA if present")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every number there")
    parser.add_data_root()
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Measure the sides in turn, round by round, and print what came of it."""
    flags = parse_arguments()
    job = _job(flags)
    if flags.side:  # a process that the code below started
        print(measure(flags.side, job))
        return
    console = Console(highlight=False)
    load = os.getloadavg()[0]
    console.print(f"load average at the start {load:.2f} (near 0 on an idle machine)")
    rounds: list[dict[str, float]] = []
    for number in range(1, flags.rounds + 1):
        rates: dict[str, float] = {}
        for side, label in SIDES.items():
            with console.status(f"round {number}/{flags.rounds}: {label}"):
                rates[side] = in_fresh_process(side)
        rounds.append(rates)
        words = ", ".join(f"{rate:.0f} {SIDES[side]}" for side, rate in rates.items())
        console.print(f"round {number}/{flags.rounds}, images/s: {words}", soft_wrap=True)
    summaries = summarize(rounds)
    console.print(_table(summaries, job))
    if flags.json:
        write_json(flags.json, _report(summaries, job, load))


def _job(flags: Any) -> Job:
    device, root = chosen_device(flags.device), data_root(flags.data_root)
    config = base_config(
        get_dataset(flags.dataset),
        flags.objective,
        epochs=1,
        precision="bfloat16" if bfloat16_available(device) else "float32",
    )
    batches = flags.images // config.batch_size
    available = len(load_split(config.dataset, root, train=True)) // config.batch_size
    if flags.warm_up + batches > available:
        raise InvalidInputError(
            f"--images {flags.images} and --warm-up {flags.warm_up} come to "
            f"{flags.warm_up + batches} batches; an epoch has {available}: ask for fewer"
        )
    return Job(config, root, device, flags.warm_up, batches)


def in_fresh_process(side: str) -> float:
    """Measure in an interpreter of its own: allocator and denormals are settings of a process."""
    command = [sys.executable, __file__, *sys.argv[1:], "--side", side]
    # In a session of its own, Ctrl-C does not reach it; `run` then kills it without a traceback.
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    if done.returncode:
        raise TrainingError(f"measuring {SIDES[side]} failed (exit status {done.returncode})")
    return float(done.stdout)


def summarize(rounds: Sequence[Mapping[str, float]]) -> dict[str, Summary]:
    """Each side over the rounds, compared with the plain loop."""
    plain = [rates["plain"] for rates in rounds]
    summaries = {}
    for side in SIDES:
        values = tuple(rates[side] for rates in rounds)
        median = statistics.median(values)
        ratios = tuple(value / base for value, base in zip(values, plain, strict=True))
        summaries[side] = Summary(median, median / statistics.median(plain), values, ratios)
    return summaries


def _table(summaries: Mapping[str, Summary], job: Job) -> Table:
    config = job.config
    table = Table(
        title=f"Training speed (rounds: {len(summaries['plain'].ratios)}; images/s: their median)",
        caption=f"{device_name(job.device)}, PyTorch {torch.__version__}, "
        f"{config.objective.label} on {get_dataset(config.dataset).title}, "
        f"{job.batches * config.batch_size} images after {job.warm_up} batches of warm-up",
    )
    table.add_column("")
    for column in ("threads", "precision", "images/s", "to plain", "each round"):
        table.add_column(column, justify="right")
    for side, summary in summaries.items():
        table.add_row(
            SIDES[side],
            str(1 if side == "muvae_1_thread" else torch.get_num_threads()),
            "float32" if side == "plain" else config.precision,
            f"{summary.median:.0f}",
            f"{summary.ratio:.2f}×",
            f"{min(summary.ratios):.2f} to {max(summary.ratios):.2f}×",
        )
    return table


def _report(summaries: Mapping[str, Summary], job: Job, load: float) -> dict[str, Any]:
    return {
        "device": device_name(job.device),
        "threads": torch.get_num_threads(),
        "versions": versions(),
        "precision": {"plain": "float32", "muvae": job.config.precision},
        "dataset": job.config.dataset,
        "objective": job.config.objective.to_json(),
        "batch_size": job.config.batch_size,
        "images": job.batches * job.config.batch_size,
        "warm_up_batches": job.warm_up,
        "load_average_at_start": load,
        "sides": {side: dataclasses.asdict(summary) for side, summary in summaries.items()},
    }


if __name__ == "__main__":
    run_main(main)
