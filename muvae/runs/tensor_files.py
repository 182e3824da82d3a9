"""Atomic, checked safetensors files, of which every tensor's name, type and shape is known."""

import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from muvae.errors import CheckpointError
from muvae.runs import files

Layout = Mapping[str, tuple[torch.dtype, tuple[int | None, ...]]]
MOST_HEADER = 2**22  # bytes, many times what these files have
_CODES = {torch.float32: "F32", torch.float16: "F16", torch.int64: "I64"}


@dataclass(frozen=True)
class Header:
    """What a file says of its tensors: their shapes by name, and its metadata."""

    shapes: Mapping[str, tuple[int, ...]]
    metadata: Mapping[str, str]


# The layout that a file must have by its header, and which of its tensors may be absent.
Wanted = Callable[[Header], tuple[Layout, Sequence[str]]]


def write_tensors(
    path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None
) -> None:
    """Write a safetensors file atomically."""
    held = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with files.atomic_path(path) as temporary:
        safetensors.torch.save_file(held, temporary, metadata=dict(metadata or {}))


def read_tensors(
    path: Path, layout: Layout | Wanted, *, optional: Sequence[str] = (), sha256: str | None = None
) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read a safetensors file, whose tensors must be those of `layout`, finite; and its metadata.

    `layout` gives each tensor's dtype and shape, in which None stands for one size, free but the
    same in all tensors (the number of images); those named in `optional` may be absent. Where it
    depends on the header, it is a function of that. All is of one state of the file, that of
    `sha256`, which is opened once and not mapped: a map ends the process where the file shrinks.
    Nothing but the header is read of a file that does not fit.
    """
    with files.opened(path, files.MOST_BYTES) as (file, size):
        try:
            raw, header = _checked(path, file, size, layout, optional)
        except CheckpointError:
            files.check_sha256(
                path, file, size, sha256
            )  # another run's file rather than a wrong one
            raise
        data = files.read_all(path, file, size)
    files.check_sha256(path, io.BytesIO(data), size, sha256)
    if not data.startswith(raw):
        raise CheckpointError(f"{path} was changed while it was read; try again")
    try:
        tensors = safetensors.torch.load(data)
    except (safetensors.SafetensorError, ValueError, KeyError) as error:
        raise CheckpointError(f"{path} cannot be read ({files.reason_of(error)})") from error
    for name, tensor in tensors.items():
        if not is_finite(tensor):
            raise CheckpointError(f"{path}: {name} holds a value that is not finite")
    return tensors, dict(header.metadata)


def read_metadata(path: Path) -> dict[str, str]:
    """The metadata of a safetensors file, and nothing else of it."""
    with files.opened(path, files.MOST_BYTES) as (file, size):
        return _metadata(path, _header(path, file, size)[1])


def check_tensors(
    path: Path, layout: Layout | Wanted, *, optional: Sequence[str] = ()
) -> Mapping[str, tuple[int, ...]]:
    """Check what `read_tensors` would read, but for the values: the header, and the length.

    Returns the tensors' shapes.
    """
    with files.opened(path, files.MOST_BYTES) as (file, size):
        return _checked(path, file, size, layout, optional)[1].shapes


def is_finite(tensor: Tensor) -> bool:
    """Whether all values are finite, found in no more memory than they take."""
    if not tensor.is_floating_point() or not tensor.numel():
        return True
    return all(math.isfinite(end) for end in tensor.aminmax())


def _checked(
    path: Path,
    file: io.BufferedIOBase,
    size: int,
    layout: Layout | Wanted,
    optional: Sequence[str],
) -> tuple[bytes, Header]:
    """The head of a file of that size, as bytes and parsed, once all fits that it tells."""
    raw, values = _header(path, file, size)
    metadata = _metadata(path, values)
    values.pop("__metadata__", None)
    if faulty := next((name for name, each in values.items() if not _is_entry(each)), None):
        raise CheckpointError(f"{path} cannot be read (its entry of {faulty!r:.80} is none)")
    header = Header({name: tuple(each["shape"]) for name, each in values.items()}, metadata)
    if callable(layout):
        layout, optional = layout(header)
    _check_layout(path, values, layout, optional)
    _check_length(path, values, size - len(raw))
    return raw, header


def _header(path: Path, file: io.BufferedIOBase, size: int) -> tuple[bytes, dict[str, Any]]:
    """A file's head: its length and as many bytes of JSON, which names each tensor once."""
    try:
        raw = file.read(8)
        length = int.from_bytes(raw, "little")
        if length > MOST_HEADER:
            raise ValueError(f"its header is said to have {length:,} bytes")
        raw += file.read(length)
        if len(raw) != 8 + length or len(raw) > size:
            raise ValueError("its header is cut off")
        header = json.loads(raw[8:], object_pairs_hook=files.unique_keys)
        if not isinstance(header, dict):
            raise ValueError("its header is no object")
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} cannot be read ({files.reason_of(error)})") from error
    return raw, header


def _metadata(path: Path, header: Mapping[str, Any]) -> dict[str, str]:
    metadata = header.get("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise CheckpointError(f"{path} has metadata that are no texts")
    return metadata


def _is_entry(entry: object) -> bool:
    """Whether a header's entry tells a tensor's type, shape, and where it begins and ends."""
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        return False
    shape, ends = entry["shape"], entry["data_offsets"]
    numbers = isinstance(shape, list) and isinstance(ends, list) and len(ends) == 2
    return isinstance(entry["dtype"], str) and numbers and all(map(_is_count, (*shape, *ends)))


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def _check_layout(
    path: Path, entries: Mapping[str, Any], layout: Layout, optional: Sequence[str]
) -> None:
    """Whether these are a layout's tensors."""
    if missing := sorted(set(layout) - set(entries) - set(optional)):
        raise CheckpointError(f"{path} lacks the tensor {missing[0]!r}")
    if unknown := sorted(set(entries) - set(layout)):
        raise CheckpointError(f"{path} has an unknown tensor {unknown[0]!r:.80}")
    free: int | None = None
    for name, entry in sorted(entries.items()):
        dtype, shape = layout[name]
        actual = tuple(entry["shape"])
        if free is None and None in shape and len(actual) == len(shape):
            free = actual[shape.index(None)]
        wanted = tuple(free if size is None else size for size in shape)
        if actual != wanted or entry["dtype"] != _CODES[dtype]:
            raise CheckpointError(
                f"{path}: {name} is {entry['dtype']:.9} {list(actual)!s:.99}, not {_CODES[dtype]} "
                f"{list(wanted)}"
            )


def _check_length(path: Path, entries: Mapping[str, Any], length: int) -> None:
    """Whether tensors of known types lie one after another in so many bytes, and fill them."""
    sizes = {code: dtype.itemsize for dtype, code in _CODES.items()}
    end = 0
    for begin, own, name in sorted((*each["data_offsets"], n) for n, each in entries.items()):
        if begin != end or own - begin != (
            math.prod(entries[name]["shape"]) * sizes[entries[name]["dtype"]]
        ):
            raise CheckpointError(f"{path} cannot be read (its tensor {name!r:.80} is misplaced)")
        end = own
    if end != length:
        raise CheckpointError(
            f"{path} cannot be read (it has {length:,} bytes of tensors, and its header tells of "
            f"{end:,})"
        )
