"""What datasets and runs there are in folders, broken ones too."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
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
from muvae.runs.manifest import read_manifest
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
    try:
        names = {child.name for child in root.iterdir() if child.is_dir()}
    except OSError as error:
        raise CheckpointError(f"{root} cannot be listed ({error.strerror})") from error
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
    own = None if spec.name in DATASETS else spec.origin.sha256
    if config.data_sha256 != own or config.model.classes != len(spec.classes):
        raise CheckpointError(
            f"{folder} is no place for {config.name!r}, which was trained on other images or "
            "classes than the dataset now has; train it anew"
        )


def list_runs(path: PathLike) -> list[RunEntry]:
    """The runs under checkpoints/<dataset>, broken ones too; in display order: objective, name."""
    folder = Path(path)
    try:
        names = {
            restored_name(child.name)
            for child in folder.iterdir()
            if child.is_dir() and restored_name(child.name)
        }
    except FileNotFoundError:
        return []
    except OSError as error:
        raise CheckpointError(f"{folder} cannot be listed ({error.strerror})") from error
    entries = []
    for name in names:
        try:
            check_name(folder / name)
            manifest = read_manifest(run_path(folder / name) / "run.json")
            check_place(manifest.config, folder)
            entries.append(RunEntry(name, folder / name, manifest.config))
        except CheckpointError as error:
            entries.append(RunEntry(name, folder / name, None, str(error)))
    order = {name: position for position, name in enumerate(OBJECTIVES)}

    def rank(entry: RunEntry) -> tuple[int, int, str]:
        objective = entry.config.objective if entry.config else ""
        return order.get(entry.name, len(order)), order.get(objective, len(order)), entry.name

    return sorted(entries, key=rank)


def read_records(folder: PathLike) -> tuple[dict[str, RunRecord], list[str]]:
    """The records of a folder's runs by name, in display order, and what is wrong with the others.

    There are none where there is no folder.
    """
    records, problems = {}, []
    for entry in list_runs(folder):
        try:
            records[entry.name] = read_record(entry.path)
        except CheckpointError as error:
            problems.append(str(error))
    return records, problems
