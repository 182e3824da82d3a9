"""Run folders that a killed writer left half replaced: where the old one is, and back again."""

import contextlib
import shutil
from pathlib import Path

from muvae.errors import CheckpointError


def old_place(target: Path) -> Path:
    """Where a run's folder is while another takes its place."""
    return target.with_name(f".{target.name}.old")


def restored_name(name: str) -> str:
    """The run that a folder name stands for, moved away or not; none for other hidden names."""
    if name.startswith("."):
        return name[1:-4] if name.endswith(".old") else ""
    return name


def run_path(path: Path) -> Path:
    """`path`, or the old run that a writer killed between two renames left beside it."""
    old = old_place(path)
    if not path.is_dir() and not old.is_dir():
        raise CheckpointError(f"{path} is not there; make it with: python scripts/train.py")
    return path if path.is_dir() else old


def recover(folder: Path) -> None:
    """Undo what killed writers left under checkpoints/<dataset>; for writers, not for readers."""
    for leftover in folder.glob(".*.old") if folder.is_dir() else ():
        recover_one(leftover)


def recover_one(leftover: Path) -> None:
    """Put one back, unless the other has come to stand in its place."""
    target = leftover.with_name(restored_name(leftover.name))
    if target.exists():
        shutil.rmtree(leftover, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            leftover.rename(target)
