"""What killed writers leave: run folders half replaced, which are put back, and temporary files."""

import contextlib
import glob
import shutil
import time
from pathlib import Path

from muvae.errors import CheckpointError
from muvae.runs.locks import locked

TEMPORARY = ".tmp"  # how the names of temporary files and folders end
DEAD = 3600  # seconds; writing takes some of them, and what nobody has touched for longer is left


def temporary_prefix(target: Path) -> str:
    """How the names of temporary files and folders begin that shall take a target's place."""
    return f".{target.name}."


def sweep(target: Path) -> None:
    """Remove what earlier writers of a file or folder left beside it when they were killed."""
    for path in target.parent.glob(f"{glob.escape(temporary_prefix(target))}*{TEMPORARY}"):
        with contextlib.suppress(OSError):  # somebody else has removed it, or may alone
            if path.stat().st_mtime > time.time() - DEAD:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def old_place(target: Path) -> Path:
    """Where a run's folder is while another takes its place."""
    return target.with_name(f".{target.name}.old")


def restored_name(name: str) -> str:
    """The run that a folder name stands for, moved away or not; none for other hidden names."""
    if name.startswith("."):
        return name[1:-4] if name.endswith(".old") else ""
    return name


def is_folder(path: Path) -> bool:
    """Whether a path is a folder's, as far as this process may see."""
    try:
        return path.is_dir()
    except OSError:  # it lies in a folder that is closed to us
        return False


def run_path(path: Path) -> Path:
    """`path`, or the old run that a writer killed between two renames left beside it."""
    old = old_place(path)
    if is_folder(path):
        return path
    if not is_folder(old):
        raise CheckpointError(f"{path} is not there; make it with: python scripts/train.py")
    return old


def recover(folder: Path) -> None:
    """Undo what killed writers left under checkpoints/<dataset>; for writers, not for readers.

    What a living writer has moved away for a moment is not touched.
    """
    for leftover in folder.glob(".*.old") if folder.is_dir() else ():
        with (
            contextlib.suppress(CheckpointError, OSError),
            locked(leftover.with_name(restored_name(leftover.name))),
        ):
            recover_one(leftover)


def recover_one(leftover: Path) -> None:
    """Put one back, unless the other has come to stand in its place; its run's lock is held."""
    target = leftover.with_name(restored_name(leftover.name))
    if target.exists():
        shutil.rmtree(leftover, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            leftover.rename(target)
