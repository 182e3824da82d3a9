"""Atomic, checked files: safetensors, npz, JSON, text; nothing unpickled, no library error out."""

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
import safetensors.torch
import torch
from numpy.typing import NDArray
from torch import Tensor

from muvae.errors import CheckpointError
from muvae.runs import leftovers

Layout = Mapping[str, tuple[torch.dtype, tuple[int | None, ...]]]
# Bytes, many times what these files have: more would fill the memory before it could be checked.
MOST_TEXT, MOST_HEADER, MOST_BYTES = 2**25, 2**22, 2**30


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
    reason = _reason(error)
    lacking = any(os.strerror(code) in reason for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
    mend = "; make room there, then give the same command again" if lacking else ""
    return CheckpointError(f"{path} could not be written ({reason}){mend}")


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


def write_tensors(
    path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None
) -> None:
    """Write a safetensors file atomically."""
    held = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with atomic_path(path) as temporary:
        safetensors.torch.save_file(held, temporary, metadata=dict(metadata or {}))


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
    _check_size(path, MOST_TEXT)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CheckpointError(f"{path} cannot be read ({_reason(error)})") from error


def read_json(path: Path) -> Any:
    """Read a JSON file; CheckpointError if it is missing, not JSON, or repeats a key."""
    try:
        return json.loads(read_text(path), object_pairs_hook=_unique_keys)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} is not valid JSON ({error})") from error


def read_tensors(
    path: Path, layout: Layout, *, optional: Sequence[str] = ()
) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read a safetensors file, whose tensors must be those of `layout`, finite; and its metadata.

    `layout` gives each tensor's dtype and shape, in which None stands for one size, free but the
    same in all tensors (the number of images); those named in `optional` may be absent.
    """
    with _checked_tensors(path, layout, optional) as file:
        metadata = file.metadata() or {}
        tensors = {name: file.get_tensor(name) for name in sorted(file.keys())}
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise CheckpointError(f"{path}: {name} holds a value that is not finite")
    return tensors, metadata


def check_tensors(path: Path, layout: Layout, *, optional: Sequence[str] = ()) -> None:
    """Check what `read_tensors` would read, but for the values: the header, and the length."""
    with _checked_tensors(path, layout, optional):
        pass


@contextlib.contextmanager
def _checked_tensors(path: Path, layout: Layout, optional: Sequence[str]) -> Iterator[Any]:
    """A safetensors file, open, of that layout; errors of the block's reading are of the file."""
    _check_size(path, MOST_BYTES)
    _check_header(path)
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            names = set(file.keys())
            if missing := sorted(set(layout) - names - set(optional)):
                raise CheckpointError(f"{path} lacks the tensor {missing[0]!r}")
            if unknown := sorted(names - set(layout)):
                raise CheckpointError(f"{path} has an unknown tensor {unknown[0]!r:.80}")
            free: int | None = None
            for name in sorted(names):
                free = _check_shape(path, name, file.get_slice(name), layout[name], free)
            yield file
    except (OSError, safetensors.SafetensorError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read ({_reason(error)})") from error


def read_arrays(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Read the named arrays of an npz file, which may hold no others and no Python objects."""
    _check_size(path, MOST_BYTES)
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
        raise CheckpointError(f"{path} cannot be read ({_reason(error)})") from error


def _check_size(path: Path, most: int) -> None:
    """Whether there is a file, and one of at most so many bytes; a pipe or device has no end."""
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read ({_reason(error)})") from error
    if not stat.S_ISREG(status.st_mode):
        raise CheckpointError(f"{path} cannot be read (it is no file)")
    if status.st_size > most:
        raise CheckpointError(
            f"{path} has {status.st_size / 2**20:,.0f} MiB; {most / 2**20:,.0f} MiB are the most"
        )


def _check_header(path: Path) -> None:
    """Whether a safetensors file's header is of a sane length and names each tensor once.

    What else is wrong with it, safetensors itself finds, but not these.
    """
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > MOST_HEADER:
                raise ValueError(f"its header is said to have {length:,} bytes")
            json.loads(file.read(length), object_pairs_hook=_unique_keys)
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} cannot be read ({_reason(error)})") from error


def _check_shape(
    path: Path,
    name: str,
    view: Any,
    expected: tuple[torch.dtype, tuple[int | None, ...]],
    free: int | None,
) -> int | None:
    """Check a tensor's header against its layout; return the free size once it is known."""
    dtype, shape = expected
    code = {torch.float32: "F32", torch.float16: "F16", torch.int64: "I64"}[dtype]
    actual = tuple(view.get_shape())
    if free is None and None in shape and len(actual) == len(shape):
        free = actual[shape.index(None)]
    wanted = tuple(free if size is None else size for size in shape)
    if actual != wanted or view.get_dtype() != code:
        raise CheckpointError(
            f"{path}: {name} is {view.get_dtype()} {list(actual)!s:.99}, not {code} {list(wanted)}"
        )
    return free


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a key stands twice")
    return values


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
