"""Train VAEs under the paper's objectives and write run folders that the app serves."""

import argparse
import contextlib
import dataclasses
import os
import sys
from pathlib import Path
from typing import Any

import torch
from common import (
    Parser,
    bfloat16_available,
    chosen_datasets,
    chosen_device,
    chosen_objectives,
    progress_bar,
    provenance,
    run_main,
    side_by_side,
    tune_process,
    whole_number,
)
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from muvae import (
    OBJECTIVES,
    CheckpointError,
    MuvaeError,
    RunConfig,
    Split,
    TrainingError,
    experiments,
    load_run,
)
from muvae.checkpoints import recover, write_run
from muvae.data import TEST_FILE, data_root, load_split, write_test_split
from muvae.errors import InvalidInputError
from muvae.manifest import read_manifest
from muvae.state import TrainingState, continued_state, load_state, new_state
from muvae.training import finish, fit

EPILOG = """\
examples:
  train.py --dataset all --objective all --jobs 2          every objective on both datasets
  train.py --toy --epochs 20                               the nine toy models of Figure 1
  train.py --objective mu-vae-1 --limit 2000 --epochs 1    a trial of some seconds

A run is written to CHECKPOINTS/<dataset>/<name>, its name being the objective's, with what differs
from the paper's settings behind it (vae-seed1, mu-vae-1-z20, mu-vae-1-limit2000); a toy run to
CHECKPOINTS/<dataset>-toy/<name>. The state of each lies under RUNS: stop at any moment; the same
command goes on after the last whole epoch. A run that is there already is left alone, but for one
of fewer epochs, which is trained on: from its state if RUNS has it, exactly as if it had never
ended; else from its folder, with Adam's moments begun anew, which run.json then says. The longer
run takes the place of the shorter once it is done.
"""
FINISHED = "finished.safetensors"  # a finished run's state, for when it is to go on


def parse_arguments() -> Any:
    """The command line's flags."""
    parser = Parser(__doc__ or "", EPILOG)
    parser.add_dataset()
    parser.add_argument(
        "--objective",
        nargs="+",
        choices=[*OBJECTIVES, "paper", "all"],
        default=["paper"],
        metavar="NAME",
        help=f"one or more of {', '.join(OBJECTIVES)}; paper: the first four; all (default: paper)",
    )
    parser.add_argument(
        "--toy", action="store_true", help="train the toy models of Figure 1 (Table 2) instead"
    )
    parser.add_argument(
        "--epochs", type=whole_number(1), default=30, help="passes over the data (default: 30)"
    )
    parser.add_argument(
        "--seed", type=whole_number(0), default=0, help="of weights, order and noise (default: 0)"
    )
    parser.add_argument(
        "--latent-dim", type=whole_number(1), default=10, help="the code's size (default: 10)"
    )
    parser.add_argument("--limit", type=whole_number(1), help="train on this many images only")
    parser.add_argument("--name", help="the run's name, where one objective is trained")
    parser.add_argument(
        "--precision",
        choices=["auto", "float32", "bfloat16"],
        default="auto",
        help="of the hidden layers; auto: bfloat16 where the device has it (default: auto)",
    )
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:1; auto: CUDA if present")
    parser.add_argument(
        "--jobs",
        type=whole_number(1),
        default=1,
        help="train this many runs side by side, which share the cores (default: 1)",
    )
    parser.add_argument(
        "--threads", type=whole_number(1), help="CPU threads a run (default: all cores / jobs)"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="train runs anew that are already there"
    )
    parser.add_data_root()
    parser.add_checkpoints()
    parser.add_argument(
        "--runs",
        type=Path,
        default=Path("runs"),
        metavar="DIR",
        help="the folder of unfinished runs (default: %(default)s)",
    )
    parser.add_argument("--only", metavar="DATASET/RUN", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Train every chosen run that is not there yet, then print what came of them."""
    flags = parse_arguments()
    tune_process(flags.threads)
    device = chosen_device(flags.device)
    plan = _plan(flags, device)
    console = Console()
    if flags.only:  # a process that the code below started
        (config,) = (config for config in plan if str(_place(config, flags)) == flags.only)
        _train(config, _splits(config.dataset, flags), device, flags, console)
        return
    for folder in {(flags.checkpoints / _place(config, flags)).parent for config in plan}:
        recover(folder)
    waiting = [c for c in plan if flags.overwrite or not _finished(c, flags, console)]
    try:
        if flags.jobs > 1 and len(waiting) > 1:
            _side_by_side(waiting, flags)
        else:
            for dataset in dict.fromkeys(config.dataset for config in waiting):
                splits = _splits(dataset, flags)
                for config in (config for config in waiting if config.dataset == dataset):
                    _train(config, splits, device, flags, console)
    except KeyboardInterrupt:
        console.print("\nStopped. The same command goes on after the last whole epoch.")
        raise SystemExit(130) from None
    finally:
        console.print(_summary([flags.checkpoints / _place(config, flags) for config in plan]))


def _plan(flags: Any, device: str) -> list[RunConfig]:
    """The runs that the flags ask for."""
    precision = flags.precision
    if precision == "auto":
        precision = "bfloat16" if bfloat16_available(device) else "float32"
    common = {"epochs": flags.epochs, "precision": precision, "seed": flags.seed}
    plan: list[RunConfig] = []
    for dataset in chosen_datasets(flags.dataset):
        if flags.toy:
            plan += experiments.toy_configs(dataset, **common)
            continue
        plan += experiments.configs(
            dataset,
            chosen_objectives(flags.objective),
            latent_dim=flags.latent_dim,
            limit=flags.limit,
            name=flags.name,
            **common,
        )
    return plan


def _place(config: RunConfig, flags: Any) -> Path:
    """Where the run belongs, under CHECKPOINTS and under RUNS."""
    dataset = config.dataset
    return Path(experiments.toy_folder(dataset) if flags.toy else dataset, config.name)


def _side_by_side(waiting: list[RunConfig], flags: Any) -> None:
    threads = flags.threads or max(1, (os.cpu_count() or 1) // flags.jobs)
    commands = {}
    for config in waiting:
        place = str(_place(config, flags))
        own = ["--jobs", "1", "--threads", str(threads), "--only", place]
        commands[place] = [sys.executable, __file__, *sys.argv[1:], *own]
    if failed := side_by_side(commands, flags.jobs):
        raise TrainingError(f"not trained, for the reasons above: {', '.join(failed)}")


def _finished(config: RunConfig, flags: Any, console: Console) -> bool:
    """Whether the run is there, as long as it is to be; shorter ones are trained on.

    Anything else that stands in its place is an error.
    """
    target = flags.checkpoints / _place(config, flags)
    if not target.exists():
        return False
    try:
        run = load_run(target)
    except MuvaeError as error:
        raise MuvaeError(f"{error}; delete that folder or give --overwrite") from error
    there = f"{target} ({run.config.epochs} epochs, {run.config.precision})"
    same = dataclasses.replace(config, epochs=run.config.epochs, precision=run.config.precision)
    if run.config != same or run.config.epochs > config.epochs:
        raise InvalidInputError(
            f"{there} was trained longer or otherwise; "
            "give --overwrite to replace it, or --name for another place"
        )
    if run.config.epochs < config.epochs:
        console.print(f"{there} goes on to {config.epochs} epochs, and stays until they are done")
        return False
    console.print(f"{there} is there already; --overwrite trains it anew")
    return True


def _splits(dataset: str, flags: Any) -> tuple[Split, Split]:
    root = data_root(flags.data_root)
    train, test = (load_split(dataset, root, train=train) for train in (True, False))
    if not (flags.checkpoints / dataset / TEST_FILE).exists():
        write_test_split(flags.checkpoints / dataset, test)
    return train, test


def _train(
    config: RunConfig, splits: tuple[Split, Split], device: str, flags: Any, console: Console
) -> None:
    train, test = splits
    place = _place(config, flags)
    state_path = flags.runs / place / "state.safetensors"
    if device.startswith("cuda"):
        torch.backends.cudnn.deterministic = True
    state = _begun(config, flags, state_path, device)
    if state.history:
        adam = ", Adam's moments anew" if len(state.history) in state.continued_after else ""
        console.print(f"{place}: going on after epoch {len(state.history)}{adam}")
    with progress_bar(config, console, disable=bool(flags.only)) as on_step:
        for record in fit(state, train, test, save_to=state_path, on_step=on_step):
            measured = record.test
            console.print(
                f"{place} epoch {record.epoch}/{config.epochs}: "
                f"reconstruction {measured.reconstruction:.2f}, KL {measured.kl:.4g}, "
                f"accuracy {100 * measured.accuracy_sampled:.2f} sampled "
                f"{100 * measured.accuracy_mean:.2f} mean, "
                f"{record.images_per_second:.0f} images/s",
                highlight=False,
                soft_wrap=True,
            )
    seconds = sum(record.seconds for record in state.history)
    run = finish(state, test, provenance(config.dataset, device, seconds))
    write_run(flags.checkpoints / place, run)
    state_path.replace(state_path.with_name(FINISHED))


def _begun(config: RunConfig, flags: Any, state_path: Path, device: str) -> TrainingState:
    """Where training stands: at a saved state, at a finished run of fewer epochs, or nowhere."""
    if state_path.exists():
        return load_state(state_path, config, device)
    target = flags.checkpoints / _place(config, flags)
    if flags.overwrite or not target.exists():
        return new_state(config, device)
    run = load_run(target)
    # A state that is not this run's, or is broken, is no loss: the run's folder is enough.
    with contextlib.suppress(CheckpointError):
        state = load_state(state_path.with_name(FINISHED), config, device)
        if state.history == list(run.history):
            return state
    return continued_state(run, config, device)


def _summary(targets: list[Path]) -> Table:
    """The finished runs' test metrics; narrow enough for a terminal of 80 columns."""
    table = Table(
        title="Test set: squared error, KL, % right on sampled codes z and means μ, active units",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    table.add_column("run", no_wrap=True)
    for column in ("epochs", "error", "KL", "z", "μ", "units"):
        table.add_column(column, justify="right", no_wrap=True)
    for target in targets:
        try:
            manifest = read_manifest(target / "run.json")
        except CheckpointError:
            continue  # not finished
        values = manifest.metrics
        table.add_row(
            f"{target.parent.name}/{target.name}",
            str(manifest.config.epochs),
            f"{values['test_reconstruction']:.2f}",
            f"{values['test_kl']:.3g}",
            f"{100 * values['test_accuracy_sampled']:.2f}",
            f"{100 * values['test_accuracy_mean']:.2f}",
            f"{values['test_active_units']:.0f}/{manifest.config.model.latent_dim}",
        )
    return table


if __name__ == "__main__":
    run_main(main)
