"""Train VAEs under the paper's objectives and write run folders that the app serves."""

import dataclasses
import shutil
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
    tune_process,
    whole_number,
)
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from muvae import OBJECTIVES, ModelConfig, MuvaeError, Run, RunConfig, Split, load_run
from muvae.checkpoints import recover, write_run
from muvae.data import TEST_FILE, data_root, load_split, write_test_split
from muvae.errors import InvalidInputError
from muvae.state import load_state, new_state
from muvae.training import finish, fit

EPILOG = """\
examples:
  train.py --dataset all --objective all --epochs 30       every run that the app ships
  train.py --objective mu-vae-1 --limit 2000 --epochs 1    a trial of some seconds

A run is written to CHECKPOINTS/<dataset>/<name>, its name being the objective's, with what differs
from the paper's settings behind it (vae-seed1, mu-vae-1-z20, mu-vae-1-limit2000). What is not
finished lies under RUNS: stop at any moment; the same command goes on after the last whole epoch.
A run that is there already is left alone, but for one of fewer epochs: the longer one takes its
place once it is done.
"""


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
    parser.add_argument("--threads", type=whole_number(1), help="CPU threads (default: all cores)")
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
    return parser.parse_args()


def main() -> None:
    """Train every chosen run that is not there yet, then print what came of them."""
    flags = parse_arguments()
    tune_process(flags.threads)
    device = chosen_device(flags.device)
    precision = flags.precision
    if precision == "auto":
        precision = "bfloat16" if bfloat16_available(device) else "float32"
    configs = _configs(flags, precision)
    console = Console()
    finished: list[tuple[str, Run]] = []
    try:
        for dataset in chosen_datasets(flags.dataset):
            splits: tuple[Split, Split] | None = None
            for config in (config for config in configs if config.dataset == dataset):
                target = flags.checkpoints / dataset / config.name
                if not flags.overwrite and (run := _existing(target, config, console)):
                    finished.append((dataset, run))
                    continue
                splits = splits or _splits(dataset, flags)
                finished.append((dataset, _train(config, splits, device, target, flags, console)))
    except KeyboardInterrupt:
        console.print("\nStopped. The same command goes on after the last whole epoch.")
        raise SystemExit(130) from None
    finally:
        if finished:
            console.print(_summary(finished))


def _configs(flags: Any, precision: str) -> list[RunConfig]:
    objectives = chosen_objectives(flags.objective)
    datasets = chosen_datasets(flags.dataset)
    if flags.name and len(objectives) != 1:
        raise InvalidInputError("--name goes with one objective")
    suffix = "".join(
        f"-{label}{value}"
        for label, value, usual in (
            ("z", flags.latent_dim, 10),
            ("seed", flags.seed, 0),
            ("limit", flags.limit, None),
        )
        if value != usual
    )
    return [
        RunConfig(
            name=flags.name or objective + suffix,
            dataset=dataset,
            objective=objective,
            model=ModelConfig(
                latent_dim=flags.latent_dim, bound=OBJECTIVES[objective].bound(flags.latent_dim)
            ),
            epochs=flags.epochs,
            seed=flags.seed,
            precision=precision,
            limit=flags.limit,
        )
        for dataset in datasets
        for objective in objectives
    ]


def _existing(target: Path, config: RunConfig, console: Console) -> Run | None:
    """The finished run at `target`, if it will do; None where it is to be trained.

    Longer training takes the place of shorter; anything else that stands there is an error.
    """
    recover(target.parent)
    if not target.exists():
        return None
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
        console.print(f"{there} stays until {config.epochs} epochs are done, which replace it")
        return None
    console.print(f"{there} is there already; --overwrite trains it anew")
    return run


def _splits(dataset: str, flags: Any) -> tuple[Split, Split]:
    root = data_root(flags.data_root)
    train, test = (load_split(dataset, root, train=train) for train in (True, False))
    if not (flags.checkpoints / dataset / TEST_FILE).exists():
        write_test_split(flags.checkpoints / dataset, test)
    return train, test


def _train(
    config: RunConfig,
    splits: tuple[Split, Split],
    device: str,
    target: Path,
    flags: Any,
    console: Console,
) -> Run:
    train, test = splits
    state_path = flags.runs / config.dataset / config.name / "state.safetensors"
    if device.startswith("cuda"):
        torch.backends.cudnn.deterministic = True
    if state_path.exists():
        state = load_state(state_path, config, device)
        console.print(f"{config.name}: going on after epoch {len(state.history)}")
    else:
        state = new_state(config, device)
    with progress_bar(config, console) as on_step:
        for record in fit(state, train, test, save_to=state_path, on_step=on_step):
            measured = record.test
            console.print(
                f"{config.dataset}/{config.name} epoch {record.epoch}/{config.epochs}: "
                f"reconstruction {measured.reconstruction:.2f}, KL {measured.kl:.4g}, "
                f"accuracy {100 * measured.accuracy_sampled:.2f} sampled "
                f"{100 * measured.accuracy_mean:.2f} mean, "
                f"{record.images_per_second:.0f} images/s",
                highlight=False,
            )
    seconds = sum(record.seconds for record in state.history)
    run = finish(state, test, provenance(config.dataset, device, seconds))
    write_run(target, run)
    shutil.rmtree(state_path.parent, ignore_errors=True)
    return run


def _summary(finished: list[tuple[str, Run]]) -> Table:
    """The finished runs' test metrics; narrow enough for a terminal of 80 columns."""
    table = Table(
        title="Test set: squared error, KL, % right on sampled codes z and means μ, active units",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    table.add_column("run", no_wrap=True)
    for column in ("epochs", "error", "KL", "z", "μ", "units"):
        table.add_column(column, justify="right", no_wrap=True)
    for dataset, run in finished:
        values = run.metrics
        table.add_row(
            f"{dataset}/{run.name}",
            str(len(run.history)),
            f"{values['test_reconstruction']:.2f}",
            f"{values['test_kl']:.3g}",
            f"{100 * values['test_accuracy_sampled']:.2f}",
            f"{100 * values['test_accuracy_mean']:.2f}",
            f"{values['test_active_units']:.0f}/{run.config.model.latent_dim}",
        )
    return table


if __name__ == "__main__":
    run_main(main)
