"""Atomic, checked files: npz, JSON, text; nothing unpickled, no library error out."""

import contextlib
import errno
import hashlib
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
# Of text, parsing takes up to a hundred times as much.
MOST_TEXT, MOST_BYTES = 2**21, 2**29
MOST_UNPACKED = 256 * 2**20
_CHUNK = 2**20


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


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, 64 hexadecimal digits."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read ({reason_of(error)})") from error


@contextlib.contextmanager
def opened(path: Path, most: int) -> Iterator[tuple[io.BufferedIOBase, int]]:
    """Open a file to be read, which must have at most so many bytes; yields it and its size.

    All that is known of it is known of what was opened: its name may stand for another by then. A
    pipe is not waited for, nor is a device read, which has no end.
    """
    try:
        descriptor = _descriptor(path)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise CheckpointError(f"{path} cannot be read (it is no file)")
            if status.st_size > most:
                raise CheckpointError(
                    f"{path} has {_size(status.st_size)}; {_size(most)} are the most"
                )
            yield file, status.st_size
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read ({reason_of(error)})") from error


def _descriptor(path: Path) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except ValueError as error:  # no name of a file has a null character
        raise CheckpointError(f"{path} cannot be read ({reason_of(error)})") from error


def read_all(path: Path, file: io.BufferedIOBase, size: int) -> bytes:
    """All of a file that was of this size when it was opened; another writer may be at it."""
    file.seek(0)
    data = file.read(size + 1)  # no more, however long it has become
    if len(data) != size:
        raise CheckpointError(f"{path} was changed while it was read; try again")
    return data


def check_sha256(path: Path, file: io.BufferedIOBase, size: int, sha256: str | None) -> None:
    """Whether a file of this size has the SHA-256 that run.json tells; None: it tells none."""
    if sha256 is None:
        return
    digest = hashlib.sha256()
    file.seek(0)
    for start in range(0, size, _CHUNK):
        digest.update(file.read(min(_CHUNK, size - start)))
    if digest.hexdigest() != sha256:
        raise CheckpointError(
            f"{path} is not the file that run.json beside it was written with; put back that one, "
            "or the whole folder"
        )


def read_bytes(path: Path, most: int, sha256: str | None = None) -> bytes:
    """Read a file of at most so many bytes, whose SHA-256 must be the one given."""
    with opened(path, most) as (file, size):
        data = read_all(path, file, size)
    check_sha256(path, io.BytesIO(data), size, sha256)
    return data


def read_text(path: Path, sha256: str | None = None, most: int = MOST_TEXT) -> str:
    """Read a UTF-8 text file; CheckpointError if it is missing, not text, or another file."""
    try:
        return read_bytes(path, most, sha256).decode()
    except UnicodeDecodeError as error:
        raise CheckpointError(f"{path} cannot be read ({reason_of(error)})") from error


def read_json(path: Path, sha256: str | None = None, most: int = MOST_TEXT) -> Any:
    """Read a JSON file; CheckpointError if it is missing, not JSON, repeats a key, or another."""
    text = read_text(path, sha256, most)
    try:
        return parsed_json(text)
    except (ValueError, RecursionError) as error:
        raise not_json(path, error) from error


def parsed_json(text: str) -> Any:
    """The values of a JSON text; ValueError or RecursionError where it is none."""
    return json.loads(text, object_pairs_hook=unique_keys)


def not_json(path: Path, error: Exception) -> CheckpointError:
    """What to say of a file whose text is no JSON."""
    return CheckpointError(f"{path} is not valid JSON ({error})")


def read_arrays(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Read the named arrays of an npz file, which may hold no others and no Python objects."""
    data = io.BytesIO(read_bytes(path, MOST_BYTES))
    try:
        with np.load(data, allow_pickle=False) as archive:
            if sorted(archive.files) != sorted(names):
                raise CheckpointError(f"{path} must hold just {' and '.join(names)}")
            if sum(entry.file_size for entry in archive.zip.infolist()) > MOST_UNPACKED:
                raise CheckpointError(f"{path} is too large once it is unpacked")
            return {name: archive[name] for name in names}
    except CheckpointError:
        raise
    except Exception as error:  # A damaged archive makes numpy and zipfile raise a dozen kinds.
        raise CheckpointError(f"{path} cannot be read ({reason_of(error)})") from error


def _size(count: int) -> str:
    """A number of bytes for people."""
    return f"{count / 2**20:,.0f} MiB" if count >= 2**20 else f"{count:,} bytes"


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
