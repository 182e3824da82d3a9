"""What runs there are in a folder, broken ones too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from muvae.checkpoints import restored_name, run_path
from muvae.config import RunConfig
from muvae.errors import CheckpointError
from muvae.history import read_history
from muvae.manifest import read_manifest
from muvae.objectives import OBJECTIVES
from muvae.types import EpochRecord, PathLike


@dataclass(frozen=True)
class RunEntry:
    """What list_runs found in one folder: its configuration, or what is wrong with it."""

    name: str
    path: Path
    config: RunConfig | None
    error: str | None = None


@dataclass(frozen=True)
class RunRecord:
    """What a run measured, without its networks and codes: run.json and history.csv."""

    name: str
    config: RunConfig
    metrics: Mapping[str, float]
    history: Sequence[EpochRecord]
    provenance: Mapping[str, Any]


def read_record(path: PathLike) -> RunRecord:
    """Read and check run.json and history.csv of a folder, which need hold nothing else."""
    folder = run_path(Path(path))
    manifest = read_manifest(folder / "run.json")
    history = read_history(folder / "history.csv")
    if len(history) != manifest.config.epochs:
        raise CheckpointError(
            f"{folder / 'history.csv'} has {len(history)} epochs, not the {manifest.config.epochs} "
            "of run.json"
        )
    return RunRecord(
        Path(path).name, manifest.config, manifest.metrics, history, manifest.provenance
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
            manifest = read_manifest(run_path(folder / name) / "run.json")
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
