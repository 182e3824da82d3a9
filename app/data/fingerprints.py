"""What tells folders from changed ones: their files' times and sizes, cheap to ask for."""

import contextlib
import functools
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from pathlib import Path

from muvae.datasets.spec import DESCRIPTION_FILE
from muvae.datasets.test_split import TEST_FILE
from muvae.errors import CheckpointError
from muvae.runs.leftovers import run_path
from muvae.training.presets import toy_folder

_seen: ContextVar[dict[tuple[str, Path], str] | None] = ContextVar("seen", default=None)


@contextlib.contextmanager
def looking_once() -> Iterator[None]:
    """Within it, nothing is looked at twice: a page is drawn of folders as they were at one time.

    At each look at a file a thread gives way to those that compute: with 50 visitors that was a
    quarter of a page's time.
    """
    token = _seen.set({})
    try:
        yield
    finally:
        _seen.reset(token)


def _once(look: Callable[[Path], str]) -> Callable[[Path], str]:
    """A look at a folder, which within `looking_once` is remembered."""

    @functools.wraps(look)
    def remembered(folder: Path) -> str:
        seen = _seen.get()
        if seen is None:
            return look(folder)
        key = (look.__name__, folder)
        if key not in seen:
            seen[key] = look(folder)
        return seen[key]

    return remembered


def test_folder(run_folder: Path) -> Path:
    """Where the test images of a run lie; a dataset's toy runs are of its images too."""
    parent = run_folder.parent
    return parent.with_name(parent.name.removesuffix(toy_folder("")))


@_once
def run_stamp(folder: Path) -> str:
    """What tells a run folder from a changed one: its files' times and sizes, and its images'."""
    try:
        with os.scandir(run_path(folder)) as files:
            own = sorted(_stated(file) for file in files)
    except OSError as error:  # it went while it was looked at
        raise CheckpointError(f"{folder} cannot be read ({error.strerror})") from error
    return f"{own} {test_stamp(test_folder(folder))}"


@_once
def test_stamp(folder: Path) -> str:
    """What tells a dataset's test images, and what it says of itself, from changed ones."""
    stamp = ""
    for name in (TEST_FILE, DESCRIPTION_FILE):
        with contextlib.suppress(OSError):  # of these there may be none
            stat = (folder / name).stat()
            stamp += f"{name} {stat.st_mtime_ns} {stat.st_size} "
    return stamp


@_once
def runs_digest(folder: Path) -> str:
    """What tells a folder of runs from a changed one, whatever lies in it: 16 hex digits."""
    return digest((sorted(_below(folder, 2)), test_stamp(test_folder(folder / "any"))), [])


@_once
def tree_digest(root: Path) -> str:
    """What tells all datasets and runs under a folder from changed ones: 16 hex digits."""
    return digest(sorted(_below(root, 3)), [])


def _below(folder: Path | os.DirEntry[str], levels: int) -> Iterator[tuple[str, int, int]]:
    """What lies in a folder, so many levels deep.

    Asked in each run of a page, so by os.scandir, a tenth of what Path.glob takes.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as found:  # it may go meanwhile
        for each in found:
            if levels > 1 and each.is_dir():
                yield from _below(each, levels - 1)
            else:
                yield _stated(each)


def _stated(entry: os.DirEntry[str]) -> tuple[str, int, int]:
    stat = entry.stat()
    return entry.path, stat.st_mtime_ns, stat.st_size


def digest(what: object, run_folders: Sequence[Path]) -> str:
    """What stands in addresses for `what` and the state of some runs' folders: 16 hex digits."""
    stamps: list[str | None] = []
    for folder in run_folders:
        try:
            stamps.append(run_stamp(folder))
        except CheckpointError:
            stamps.append(None)
    return hashlib.blake2s(repr((what, stamps)).encode(), digest_size=8).hexdigest()
