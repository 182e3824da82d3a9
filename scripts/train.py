"""Train VAEs under the paper's objectives and write run folders that the app serves."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from common import (
    Parser,
    bfloat16_available,
    chosen_datasets,
    chosen_objectives,
    device_name,
    run_main,
    tune_process,
    versions,
    whole_number,
)
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from muvae import OBJECTIVES, ModelConfig, MuvaeError, Run, RunConfig, Split, load_run
from muvae.checkpoints import recover, write_run
from muvae.data import (
    TEST_FILE,
    data_root,
    data_sha256,
    get_dataset,
    load_split,
    write_test_split,
)
from muvae.errors import InvalidInputError
from muvae.training import StepProgress, finish, fit, load_state, new_state

EPILOG = """\
examples:
  train.py --dataset all --objective all --epochs 30       every run that the app ships
  train.py --objective mu-vae-1 --limit 2000 --epochs 1    a trial of some seconds

A run is written to CHECKPOINTS/<dataset>/<name>, its name being the objective's, with what differs
from the paper's settings behind it (vae-seed1, mu-vae-1-z20, mu-vae-1-limit2000). What is unfinished
lies under RUNS: stop at any moment, and the same command goes on after the last whole epoch.
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
    device = _device(flags.device)
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


def _device(flag: str) -> str:
    if flag == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=flag)
    except (RuntimeError, AssertionError) as error:
        raise InvalidInputError(f"there is no device {flag!r} here; use --device cpu") from error
    return flag


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
    """The finished run at `target`, if it is the one asked for; an error if it is another."""
    recover(target.parent)
    if not target.exists():
        return None
    try:
        run = load_run(target)
    except MuvaeError as error:
        raise MuvaeError(f"{error}; delete that folder or give --overwrite") from error
    if run.config != config:
        raise InvalidInputError(
            f"{target} was trained with other settings ({run.config.epochs} epochs, "
            f"{run.config.precision}); give --overwrite to replace it or --name for another place"
        )
    console.print(f"{target} is there already (--overwrite trains it anew)")
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
    with _progress(config, console) as on_step:
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
    run = finish(state, test, _provenance(config, device, state.history))
    write_run(target, run)
    state_path.unlink(missing_ok=True)
    return run


def _provenance(config: RunConfig, device: str, history: list[Any]) -> dict[str, Any]:
    return {
        "finished": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "device": device_name(device),
        "threads": torch.get_num_threads(),
        "training_seconds": round(sum(record.seconds for record in history), 1),
        "data_sha256": data_sha256(config.dataset),
        "versions": versions(),
    }


@contextmanager
def _progress(config: RunConfig, console: Console) -> Iterator[Any]:
    """A bar over one epoch's images; yields what `fit` is to call."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[terms]}"),
        TextColumn("epoch left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(config.name, total=None, terms="")
        current = 0

        def on_step(step: StepProgress) -> None:
            nonlocal current
            if step.epoch != current:
                current = step.epoch
                progress.reset(
                    task,
                    total=step.total_images,
                    description=f"{config.name} {step.epoch}/{config.epochs}",
                )
            speed = progress.tasks[0].speed
            rate = f", {speed:.0f} images/s" if speed else ""
            progress.update(
                task,
                completed=step.images,
                terms=f"{step.reconstruction:.1f} + {step.regularization:.1f}{rate}",
            )

        yield on_step


def _summary(finished: list[tuple[str, Run]]) -> Table:
    table = Table(title="Test set (float32, the weights as shipped)")
    columns = ("reconstruction", "KL", "regularization", "acc. sampled", "acc. mean", "active", "s")
    table.add_column("run")
    table.add_column("epochs", justify="right")
    for column in columns:
        table.add_column(column, justify="right")
    for dataset, run in finished:
        values = run.metrics
        table.add_row(
            f"{get_dataset(dataset).title} {OBJECTIVES[run.config.objective].label} ({run.name})",
            str(len(run.history)),
            f"{values['test_reconstruction']:.2f}",
            f"{values['test_kl']:.4g}",
            f"{values['test_regularization']:.4g}",
            f"{100 * values['test_accuracy_sampled']:.2f}",
            f"{100 * values['test_accuracy_mean']:.2f}",
            f"{values['test_active_units']:.0f}/{run.config.model.latent_dim}",
            f"{run.provenance['training_seconds']:.0f}",
        )
    return table


if __name__ == "__main__":
    run_main(main)
