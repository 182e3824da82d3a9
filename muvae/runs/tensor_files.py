"""Atomic, checked safetensors files, of which every tensor's name, type and shape is known."""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from muvae.errors import CheckpointError
from muvae.runs import files

Layout = Mapping[str, tuple[torch.dtype, tuple[int | None, ...]]]
MOST_HEADER = 2**22  # bytes, many times what these files have


def write_tensors(
    path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None
) -> None:
    """Write a safetensors file atomically."""
    held = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with files.atomic_path(path) as temporary:
        safetensors.torch.save_file(held, temporary, metadata=dict(metadata or {}))


def read_tensors(
    path: Path, layout: Layout | None, *, optional: Sequence[str] = (), sha256: str | None = None
) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read a safetensors file, whose tensors must be those of `layout`, finite; and its metadata.

    `layout` gives each tensor's dtype and shape, in which None stands for one size, free but the
    same in all tensors (the number of images); those named in `optional` may be absent. Without a
    layout any tensors will do that are float32. All is of one state of the file, that of `sha256`.
    """
    data = files.read_bytes(path, files.MOST_BYTES, sha256)
    header = _header(path, io.BytesIO(data))
    try:
        tensors = safetensors.torch.load(data)
    except (safetensors.SafetensorError, ValueError, KeyError) as error:
        raise CheckpointError(f"{path} cannot be read ({files.reason_of(error)})") from error
    _check_layout(path, header, layout, optional)
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise CheckpointError(f"{path}: {name} holds a value that is not finite")
    return tensors, _metadata(path, header)


def read_metadata(path: Path) -> dict[str, str]:
    """The metadata of a safetensors file, and nothing else of it."""
    files.check_size(path, files.MOST_BYTES)
    try:
        with path.open("rb") as file:
            header = _header(path, file)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read ({files.reason_of(error)})") from error
    return _metadata(path, header)


def check_tensors(
    path: Path, layout: Layout | None, *, optional: Sequence[str] = ()
) -> dict[str, tuple[int, ...]]:
    """Check what `read_tensors` would read, but for the values: the header, and the length.

    Returns the tensors' shapes.
    """
    files.check_size(path, files.MOST_BYTES)
    try:
        with path.open("rb") as file:
            header = _header(path, file)
        with safetensors.safe_open(path, framework="pt"):
            pass
    except (OSError, safetensors.SafetensorError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read ({files.reason_of(error)})") from error
    return _check_layout(path, header, layout, optional)


def _header(path: Path, file: IO[bytes]) -> dict[str, Any]:
    """A safetensors file's header, which must be of a sane length and name each tensor once.

    What else is wrong with it, safetensors itself finds, but not these.
    """
    try:
        length = int.from_bytes(file.read(8), "little")
        if length > MOST_HEADER:
            raise ValueError(f"its header is said to have {length:,} bytes")
        header = json.loads(file.read(length), object_pairs_hook=files.unique_keys)
        if not isinstance(header, dict):
            raise ValueError("its header is no object")
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} cannot be read ({files.reason_of(error)})") from error
    return header


def _metadata(path: Path, header: Mapping[str, Any]) -> dict[str, str]:
    metadata = header.get("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise CheckpointError(f"{path} has metadata that are no texts")
    return metadata


def _check_layout(
    path: Path, header: Mapping[str, Any], layout: Layout | None, optional: Sequence[str]
) -> dict[str, tuple[int, ...]]:
    """Check a sound file's header against a layout; returns the tensors' shapes."""
    shapes = {n: tuple(its["shape"]) for n, its in header.items() if n != "__metadata__"}
    if layout is None:
        layout = {name: (torch.float32, shape) for name, shape in shapes.items()}
    if missing := sorted(set(layout) - set(shapes) - set(optional)):
        raise CheckpointError(f"{path} lacks the tensor {missing[0]!r}")
    if unknown := sorted(set(shapes) - set(layout)):
        raise CheckpointError(f"{path} has an unknown tensor {unknown[0]!r:.80}")
    free: int | None = None
    for name, actual in sorted(shapes.items()):
        dtype, shape = layout[name]
        code = {torch.float32: "F32", torch.float16: "F16", torch.int64: "I64"}[dtype]
        if free is None and None in shape and len(actual) == len(shape):
            free = actual[shape.index(None)]
        wanted = tuple(free if size is None else size for size in shape)
        if actual != wanted or header[name]["dtype"] != code:
            raise CheckpointError(
                f"{path}: {name} is {header[name]['dtype']} {list(actual)!s:.99}, not {code} "
                f"{list(wanted)}"
            )
    return shapes
