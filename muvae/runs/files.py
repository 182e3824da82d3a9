"""Atomic, checked files: npz, JSON, text; nothing unpickled, no library error out."""

import contextlib
import errno
import io
import json
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
from numpy.typing import NDArray

from muvae.errors import CheckpointError
from muvae.runs import leftovers

# Bytes, many times what these files have: more would fill the memory before it could be checked.
MOST_TEXT, MOST_BYTES = 2**25, 2**30


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success fsync it and rename it to `path`.

    Whatever stops the writer, `path` holds either its old content or all of the new one.
    """
    handle, name = -1, ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        leftovers.sweep(path)
        handle, name = tempfile.mkstemp(
            prefix=leftovers.temporary_prefix(path), suffix=leftovers.TEMPORARY, dir=path.parent
        )
        os.close(handle)
        temporary = Path(name)
        yield temporary
        temporary.chmod(0o644)
        sync(temporary)
        temporary.replace(path)
        sync(path.parent)
    except (OSError, safetensors.SafetensorError) as error:
        raise unwritten(path, error) from error
    finally:
        if name:
            Path(name).unlink(missing_ok=True)


def unwritten(path: Path, error: Exception) -> CheckpointError:
    """What to say of a file or folder that could not be written; if for lack of room, the mend."""
    reason = reason_of(error)
    lacking = any(os.strerror(code) in reason for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
    mend = "; make room there, then give the same command again" if lacking else ""
    return CheckpointError(f"{path} could not be written ({reason}){mend}")


def of_format_1(path: Path) -> str:
    """What to say of a file or folder as earlier versions wrote it."""
    folder = path if path.is_dir() else path.parent
    return f"{path} is of format 1; bring it up to date with: python scripts/migrate.py {folder}"


def sync(path: Path) -> None:
    """Have the file or folder reach the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, values: object) -> None:
    """Write a JSON file atomically; not-a-number values are refused, as JSON has none."""
    try:
        text = json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise CheckpointError(f"{path} could not be written: a value is not finite") from error
    write_text(path, text + "\n")


def packed_arrays(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The bytes of a compressed npz file; ValueError if one of the arrays needs pickling."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def write_arrays(path: Path, arrays: Mapping[str, NDArray[np.uint8]]) -> None:
    """Write a compressed npz file atomically."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(packed_arrays(arrays))


def read_text(path: Path) -> str:
    """Read a UTF-8 text file; CheckpointError if it is missing or is not text."""
    check_size(path, MOST_TEXT)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CheckpointError(f"{path} cannot be read ({reason_of(error)})") from error


def read_json(path: Path) -> Any:
    """Read a JSON file; CheckpointError if it is missing, not JSON, or repeats a key."""
    try:
        return json.loads(read_text(path), object_pairs_hook=unique_keys)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} is not valid JSON ({error})") from error


def read_arrays(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Read the named arrays of an npz file, which may hold no others and no Python objects."""
    check_size(path, MOST_BYTES)
    try:
        # Opened here, since numpy does not close what it cannot read.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            if sorted(archive.files) != sorted(names):
                raise CheckpointError(f"{path} must hold just {' and '.join(names)}")
            if sum(entry.file_size for entry in archive.zip.infolist()) > MOST_BYTES:
                raise CheckpointError(f"{path} is too large once it is unpacked")
            return {name: archive[name] for name in names}
    except CheckpointError:
        raise
    except Exception as error:  # A damaged archive makes numpy and zipfile raise a dozen kinds.
        raise CheckpointError(f"{path} cannot be read ({reason_of(error)})") from error


def check_size(path: Path, most: int) -> None:
    """Whether there is a file, and one of at most so many bytes; a pipe or device has no end."""
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read ({reason_of(error)})") from error
    if not stat.S_ISREG(status.st_mode):
        raise CheckpointError(f"{path} cannot be read (it is no file)")
    if status.st_size > most:
        raise CheckpointError(
            f"{path} has {status.st_size / 2**20:,.0f} MiB; {most / 2**20:,.0f} MiB are the most"
        )


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The members of a JSON object; ValueError where one of them stands twice."""
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a key stands twice")
    return values


def reason_of(error: Exception) -> str:
    """What went wrong, on one line."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
