"""What datasets and runs there are in folders, broken ones too."""

import contextlib
import dataclasses
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from muvae.datasets.builtin import DATASETS
from muvae.datasets.spec import DatasetSpec
from muvae.datasets.test_split import spec_of
from muvae.errors import CheckpointError
from muvae.objectives import OBJECTIVES
from muvae.runs.config import RunConfig
from muvae.runs.folder import read_measurements
from muvae.runs.leftovers import restored_name, run_path
from muvae.runs.manifest import FILE, read_manifest
from muvae.training.presets import seeds_folder, toy_folder
from muvae.types import EpochRecord, Measurement, PathLike

# Names of datasets and runs go into addresses, labels and names of files; a folder's may be any.
_FOLDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class RunEntry:
    """What list_runs found in one folder: its configuration, or what is wrong with it."""

    name: str
    path: Path
    config: RunConfig | None
    error: str | None = None


@dataclass(frozen=True)
class DatasetEntry:
    """What list_datasets found in one folder: the dataset it is of, or what is wrong with it."""

    name: str
    path: Path
    spec: DatasetSpec | None
    error: str | None = None


@dataclass(frozen=True)
class RunRecord:
    """What a run measured, without its networks and codes: run.json and history.csv."""

    name: str
    config: RunConfig
    metrics: Mapping[str, Measurement]
    history: Sequence[EpochRecord]
    provenance: Mapping[str, Any]


def read_record(path: PathLike) -> RunRecord:
    """Read and check run.json and history.csv of a folder, which need hold nothing else."""
    folder = run_path(Path(path))
    manifest, history = read_measurements(folder)
    return RunRecord(
        Path(path).name, manifest.config, manifest.metrics, history, manifest.provenance
    )


def list_datasets(path: PathLike) -> list[DatasetEntry]:
    """The datasets under checkpoints/, broken ones too: the built-in ones, then others by name.

    Each has a title of its own: to a taken one, the name is added. The folders of a dataset's toy
    runs and of its runs with other seeds are not among them.
    """
    root = Path(path)
    names = folders_in(root)
    beside = {folder for name in names for folder in (toy_folder(name), seeds_folder(name))}
    order = [*(name for name in DATASETS if name in names), *sorted(names - set(DATASETS))]
    entries, titles = [], set[str]()
    for name in order:
        if name in beside or name.startswith("."):
            continue
        try:
            if not _FOLDER_NAME.fullmatch(name):
                raise CheckpointError(
                    f"{root} has a folder {name!r:.80}, which cannot be a dataset's name; rename it"
                )
            spec = spec_of(root / name)
            taken = spec.title.casefold() in titles
            spec = dataclasses.replace(spec, title=f"{spec.title} ({name})") if taken else spec
            titles.add(spec.title.casefold())
            entries.append(DatasetEntry(name, root / name, spec))
        except CheckpointError as error:
            entries.append(DatasetEntry(name, root / name, None, str(error)))
    return entries


def check_name(path: PathLike) -> None:
    """Whether a run's folder has a name that can be shown and asked for; else a CheckpointError."""
    folder = Path(path)
    if not _FOLDER_NAME.fullmatch(folder.name):
        raise CheckpointError(
            f"{folder.parent} has no run {folder.name!r:.80}: the name of one is 1 to 64 of a-z, "
            "A-Z, 0-9, '.', '_' and '-', beginning with a letter or digit; rename it"
        )


def check_place(config: RunConfig, folder: Path) -> None:
    """Where a folder is a dataset's, or that of its toy runs or seeds, its runs must be of it.

    CheckpointError says what a run's configuration says instead.
    """
    base = folder.name.removesuffix(toy_folder("")).removesuffix(seeds_folder(""))
    try:
        spec = spec_of(folder.with_name(base))
    except CheckpointError:
        return
    if config.dataset != spec.name:
        raise CheckpointError(
            f"{folder} is no place for {config.name!r}, a run of the dataset "
            f"{config.dataset!r:.60}; move it to that one's folder"
        )
    same = (spec.origin.sha256, spec.image, len(spec.classes) or None)
    if (config.data_sha256, config.image, config.classes) != same:
        raise CheckpointError(
            f"{folder} is no place for {config.name!r}, which was trained on other images or "
            "classes than the dataset now has; train it anew"
        )


def folders_in(path: Path) -> set[str]:
    """The names of the folders in a folder; CheckpointError if that cannot be listed.

    What else lies there hides none of them: a link that leads nowhere, an editor's lock, a pipe.
    """
    found = set()
    try:
        with os.scandir(path) as children:
            for child in children:
                with contextlib.suppress(OSError):  # what it is cannot be found out
                    if child.is_dir():
                        found.add(child.name)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be listed ({error.strerror})") from error
    return found


def run_names(folder: Path) -> set[str]:
    """The names of the runs in a folder, broken ones too; none where there is no folder."""
    try:
        folder.lstat()
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise CheckpointError(f"{folder} cannot be listed ({error.strerror})") from error
    return {name for each in folders_in(folder) if (name := restored_name(each))}


def read_config(path: PathLike) -> RunConfig:
    """A run's configuration, as run.json tells it, whatever else is in its folder."""
    return read_manifest(run_path(Path(path)) / FILE).config


def read_entry(path: PathLike, read: Callable[[Path], RunConfig] = read_config) -> RunEntry:
    """What a folder says that its run is, as `read` tells it, or what is wrong with it."""
    folder = Path(path)
    try:
        check_name(folder)
        config = read(folder)
        check_place(config, folder.parent)
    except CheckpointError as error:
        return RunEntry(folder.name, folder, None, str(error))
    return RunEntry(folder.name, folder, config)


def in_order(entries: Iterable[RunEntry]) -> list[RunEntry]:
    """Runs in display order: by objective, then by name."""
    return sorted(entries, key=lambda entry: _rank(entry.name, entry.config))


def list_runs(path: PathLike) -> list[RunEntry]:
    """The runs under checkpoints/<dataset>, broken ones too; in display order: objective, name."""
    folder = Path(path)
    return in_order(read_entry(folder / name) for name in run_names(folder))


def _rank(name: str, config: RunConfig | None) -> tuple[int, int, str]:
    order = {each: position for position, each in enumerate(OBJECTIVES)}
    objective = config.objective.name if config else ""
    return order.get(name, len(order)), order.get(objective, len(order)), name


def read_records(
    folder: PathLike, read: Callable[[Path], RunRecord] = read_record
) -> tuple[dict[str, RunRecord], list[str]]:
    """The records of a folder's runs by name, in display order, and what is wrong with the others.

    There are none where there is no folder. `read` reads one, or has kept it.
    """
    records, problems = [], []
    for name in sorted(run_names(Path(folder)), key=lambda name: _rank(name, None)):
        try:
            records.append(read(Path(folder) / name))
        except CheckpointError as error:
            problems.append(str(error))
    records.sort(key=lambda record: _rank(record.name, record.config))
    return {record.name: record for record in records}, problems
