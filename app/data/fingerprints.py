"""What tells folders from changed ones: their files' numbers, times and sizes, cheap to ask for.

The time is that of the last change of a file's entry (ctime), which copies cannot keep, as they
keep that of its content; the number is the inode's, another one for each file put in a place.
"""

import contextlib
import functools
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

from muvae.datasets.spec import DESCRIPTION_FILE
from muvae.datasets.test_split import TEST_FILE
from muvae.errors import CheckpointError
from muvae.runs.leftovers import run_path
from muvae.training.presets import toy_folder

T = TypeVar("T")
Stated = tuple[str, int, int, int]
_taken: ContextVar[dict[tuple[Callable[[Path], Any], Path], Any] | None] = ContextVar(
    "taken", default=None
)


@contextlib.contextmanager
def remembered_fingerprints() -> Iterator[None]:
    """Within it, what is `remembered` is taken once: a page is drawn of folders at one time.

    At each look at a file a thread gives way to those that compute: with 50 visitors that was a
    quarter of a page's time.
    """
    token = _taken.set({})
    try:
        yield
    finally:
        _taken.reset(token)


def forget_fingerprints() -> None:
    """Have all that is `remembered` taken anew, also for the page that is being drawn."""
    if (taken := _taken.get()) is not None:
        taken.clear()


def remembered(take: Callable[[Path], T]) -> Callable[[Path], T]:
    """A function of a folder, which within `remembered_fingerprints` is called once."""

    @functools.wraps(take)
    def once(folder: Path) -> T:
        taken = _taken.get()
        if taken is None:
            return take(folder)
        key = (take, folder)
        if key not in taken:
            taken[key] = take(folder)
        found: T = taken[key]
        return found

    return once


def test_folder(run_folder: Path) -> Path:
    """Where the test images of a run lie; a dataset's toy runs are of its images too."""
    parent = run_folder.parent
    return parent.with_name(parent.name.removesuffix(toy_folder("")))


@remembered
def run_fingerprint(folder: Path) -> str:
    """What tells a run folder from a changed one: its files, and its images."""
    return f"{files_in(run_path(folder))} {test_fingerprint(test_folder(folder))}"


def files_in(folder: Path) -> list[Stated]:
    """What lies in a folder: of each its path, number, time and size."""
    try:
        with os.scandir(folder) as found:
            return sorted(_stated(each) for each in found)
    except OSError as error:  # it went while it was looked at
        raise CheckpointError(f"{folder} cannot be read ({error.strerror})") from error


@remembered
def test_fingerprint(folder: Path) -> str:
    """What tells a dataset's test images, and what it says of itself, from changed ones."""
    fingerprint = ""
    for name in (TEST_FILE, DESCRIPTION_FILE):
        with contextlib.suppress(OSError):  # of these there may be none
            stat = (folder / name).stat()
            fingerprint += f"{name} {stat.st_ino} {stat.st_ctime_ns} {stat.st_size} "
    return fingerprint


@remembered
def runs_fingerprint(folder: Path) -> str:
    """What tells a folder of runs from a changed one, whatever lies in it: 16 hex digits."""
    return digest((sorted(_below(folder, 2)), test_fingerprint(test_folder(folder / "any"))), [])


@remembered
def tree_fingerprint(root: Path) -> str:
    """What tells all datasets and runs under a folder from changed ones: 16 hex digits."""
    return digest(sorted(_below(root, 3)), [])


def _below(folder: Path | os.DirEntry[str], levels: int) -> Iterator[Stated]:
    """What lies in a folder, so many levels deep.

    Asked in each run of a page, so by os.scandir, a tenth of what Path.glob takes.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as found:  # it may go meanwhile
        for each in found:
            if levels > 1 and _is_folder(each):
                yield each.path, 0, 0, 0  # itself too: one that is empty or closed is told of
                yield from _below(each, levels - 1)
            else:
                yield _stated(each)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # as of a link to where none may look
        return False


def _stated(entry: os.DirEntry[str]) -> Stated:
    """What tells a file from a changed one; of a link that leads nowhere, the link from another."""
    for followed in (True, False):
        with contextlib.suppress(OSError):
            stat = entry.stat(follow_symlinks=followed)
            return entry.path, stat.st_ino, stat.st_ctime_ns, stat.st_size
    return entry.path, 0, 0, 0


def digest(what: object, run_folders: Sequence[Path]) -> str:
    """What stands in addresses for `what` and the state of some runs' folders: 16 hex digits."""
    fingerprints: list[str | None] = []
    for folder in run_folders:
        try:
            fingerprints.append(run_fingerprint(folder))
        except CheckpointError:
            fingerprints.append(None)
    return hashlib.blake2s(repr((what, fingerprints)).encode(), digest_size=8).hexdigest()
