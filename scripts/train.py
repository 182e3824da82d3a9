"""Train VAEs under the paper's objectives and write run folders that the app serves."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from common import (
    chosen_device,
    progress_bar,
    provenance,
    tune_process,
)
from process import Output, exit_status, run_main, side_by_side, tell
from rich.box import SIMPLE_HEAD
from rich.table import Table
from train_plan import own_data, parse_arguments, place_of, place_own_data, planned_runs

from muvae import (
    CheckpointError,
    MuvaeError,
    RunConfig,
    Split,
    TrainingError,
    load_run,
)
from muvae.datasets.builtin import data_root, get_dataset, load_split
from muvae.datasets.custom import OwnData
from muvae.datasets.spec import DESCRIPTION_FILE
from muvae.datasets.test_split import TEST_FILE, spec_of, write_dataset
from muvae.errors import InvalidInputError
from muvae.runs import files
from muvae.runs.config import differences
from muvae.runs.leftovers import recover
from muvae.runs.locks import check_free, locked
from muvae.runs.manifest import read_manifest
from muvae.runs.writing import write_run
from muvae.training.finish import finish
from muvae.training.loop import fit
from muvae.training.sessions import changes, session_here
from muvae.training.state import TrainingState, continued_state, load_state, new_state

FINISHED = "finished.safetensors"  # a finished run's state, for when it is to go on


def main() -> None:
    """Train every chosen run that is not there yet, then print what came of them."""
    flags = parse_arguments(__doc__ or "")
    tune_process(flags.threads)
    device = chosen_device(flags.device)
    own = own_data(flags)
    plan = planned_runs(flags, device, own)
    console = Output()
    if own:
        place_own_data(own, flags)
        if not flags.only:
            console.print(own.spec.origin.source, highlight=False, soft_wrap=True)
    if flags.only:  # a process that the code below started
        (config,) = (config for config in plan if str(place_of(config, flags)) == flags.only)
        try:
            _train(config, _splits(config.dataset, flags, own), device, flags, console)
        except KeyboardInterrupt as stop:
            raise SystemExit(exit_status(stop)) from None  # the one that has started it tells
        return
    for folder in {(flags.checkpoints / place_of(config, flags)).parent for config in plan}:
        recover(folder)
    waiting = [c for c in plan if flags.overwrite or not _finished(c, flags, console)]
    for config in waiting:
        with _lock_files(path := _state_path(config, flags)):
            check_free(path)
    try:
        if flags.jobs > 1 and len(waiting) > 1:
            _side_by_side(waiting, flags)
        else:
            for dataset in dict.fromkeys(config.dataset for config in waiting):
                splits = _splits(dataset, flags, own)
                for config in (config for config in waiting if config.dataset == dataset):
                    _train(config, splits, device, flags, console)
    except KeyboardInterrupt as stop:
        console.print("\nStopped. The same command goes on after the last whole epoch.")
        raise SystemExit(exit_status(stop)) from None
    finally:
        console.print(_summary([flags.checkpoints / place_of(config, flags) for config in plan]))


def _side_by_side(waiting: list[RunConfig], flags: Any) -> None:
    threads = flags.threads or max(1, (os.cpu_count() or 1) // flags.jobs)
    commands = {}
    for config in waiting:
        place = str(place_of(config, flags))
        own = ["--jobs", "1", "--threads", str(threads), "--only", place]
        commands[place] = [sys.executable, __file__, *sys.argv[1:], *own]
    if failed := side_by_side(commands, flags.jobs):
        raise TrainingError(f"not trained, for the reasons above: {', '.join(failed)}")


def _state_path(config: RunConfig, flags: Any) -> Path:
    """Where an unfinished run's state is."""
    return Path(flags.runs, place_of(config, flags), "state.safetensors")


def _finished(config: RunConfig, flags: Any, console: Output) -> bool:
    """Whether the run is there, as long as it is to be; shorter ones are trained on.

    Anything else that stands in its place is an error.
    """
    target = flags.checkpoints / place_of(config, flags)
    if not target.exists():
        return False
    try:
        run = load_run(target)
    except MuvaeError as error:
        raise MuvaeError(f"{error}; delete that folder or give --overwrite") from error
    there = f"{target} ({run.config.epochs} epochs, {run.config.precision})"
    mend = "give --overwrite to replace it, or --name for another place"
    if changed := differences(run.config, config, besides=("epochs", "precision")):
        raise InvalidInputError(f"{there} was trained with another {' and '.join(changed)}; {mend}")
    if run.config.epochs > config.epochs:
        raise InvalidInputError(f"{there} was trained longer, not {config.epochs} epochs; {mend}")
    if run.config.epochs < config.epochs:
        console.print(f"{there} goes on to {config.epochs} epochs, and stays until they are done")
        return False
    console.print(f"{there} is there already; --overwrite trains it anew")
    return True


def _splits(dataset: str, flags: Any, own: OwnData | None) -> tuple[Split, Split]:
    if own:
        return own.train, own.test
    root = data_root(flags.data_root)
    train, test = (load_split(dataset, root, train=train) for train in (True, False))
    folder = flags.checkpoints / dataset
    if not all((folder / file).exists() for file in (DESCRIPTION_FILE, TEST_FILE)):
        write_dataset(folder, get_dataset(dataset), test)
    return train, test


def _train(
    config: RunConfig, splits: tuple[Split, Split], device: str, flags: Any, console: Output
) -> None:
    """Train one run and write its folder, unless another process does, or has done since."""
    state_path = _state_path(config, flags)
    with contextlib.ExitStack() as stack:
        with _lock_files(state_path):
            stack.enter_context(locked(state_path))
        if flags.overwrite or not _finished(config, flags, Output(quiet=True)):
            _train_alone(config, splits, device, flags, console)


@contextlib.contextmanager
def _lock_files(target: Path) -> Iterator[None]:
    """Say in a sentence that a lock file cannot be made."""
    try:
        yield
    except OSError as error:
        raise files.unwritten(target, error) from error


def _train_alone(
    config: RunConfig, splits: tuple[Split, Split], device: str, flags: Any, console: Output
) -> None:
    train, test = splits
    place, state_path = place_of(config, flags), _state_path(config, flags)
    if device.startswith("cuda"):
        torch.backends.cudnn.deterministic = True
    state = _begun(config, flags, state_path, device)
    if state.history:
        adam = ", Adam's moments anew" if len(state.history) in state.continued_after else ""
        console.print(f"{place}: going on after epoch {len(state.history)}{adam}")
        here = session_here(len(state.history) + 1, device, config.precision)
        if changed := changes(state.sessions[-1], here):
            tell(
                f"{place} was trained with {changed[0]} so far and goes on with {changed[1]}; last "
                "digits may differ from a run without a break, and its run.json tells the epochs "
                "of each"
            )
    with progress_bar(config, console, disable=bool(flags.only)) as on_step:
        epochs = fit(state, train, test, save_to=state_path, replay=flags.replay, on_step=on_step)
        for record in epochs:
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
    run = finish(
        state, test, provenance(spec_of(flags.checkpoints / config.dataset), device, seconds)
    )
    write_run(flags.checkpoints / place, run)
    state_path.replace(state_path.with_name(FINISHED))


def _begun(config: RunConfig, flags: Any, state_path: Path, device: str) -> TrainingState:
    """Where training stands: at a saved state, at a finished run of fewer epochs, or nowhere."""
    if state_path.exists():
        return load_state(state_path, config, device)
    target = flags.checkpoints / place_of(config, flags)
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
            f"{values['test_reconstruction'].value:.2f}",
            f"{values['test_kl'].value:.3g}",
            f"{values['test_accuracy_sampled'].times(100):.1f}",
            f"{100 * values['test_accuracy_mean'].value:.2f}",
            f"{values['test_active_units'].value:.0f}/{manifest.config.latent.dim}",
        )
    return table


if __name__ == "__main__":
    run_main(main)
