"""Reads of folders that others may replace at any time: all of what is read is of one state."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from app.data.fingerprints import forget_fingerprints, remembered_fingerprints
from muvae.errors import CheckpointError, MuvaeError

T = TypeVar("T")
Fingerprint = Callable[[Path], str]
TRIES = 3


class Changed(Exception):  # noqa: N818 (never shown: who asked tries again)
    """A folder was changed while it was read."""


def unchanged(fingerprint: Fingerprint, folder: Path, before: str, read: Callable[[], T]) -> T:
    """What `read` makes of a folder whose fingerprint is `before`; Changed if it is another after.

    For functions with a cache: what a swap mixed, of two runs say, is then never kept.
    """
    try:
        value = read()
    except MuvaeError as error:
        if _now(fingerprint, folder) != before:
            raise Changed from error
        raise
    if _now(fingerprint, folder) != before:
        raise Changed
    return value


def _now(fingerprint: Fingerprint, folder: Path) -> str | None:
    """The folder's fingerprint, not what a page remembers of it; None where it has gone."""
    with remembered_fingerprints():
        try:
            return fingerprint(folder)
        except CheckpointError:
            return None


def consistent(
    fingerprint: Fingerprint, folder: Path, read: Callable[..., T], *arguments: object
) -> T:
    """What `read` makes of a folder: read(folder, its fingerprint, *arguments).

    It is called again where it says Changed; CheckpointError if that goes on.
    """
    for _ in range(TRIES):
        try:
            return read(str(folder), fingerprint(folder), *arguments)
        except Changed:
            forget_fingerprints()
    raise CheckpointError(
        f"{folder} was changed again and again while it was read; reload the page when whatever "
        "writes there has finished"
    )
