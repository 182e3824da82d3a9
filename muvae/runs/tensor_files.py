"""Atomic, checked safetensors files, of which every tensor's name, type and shape is known."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
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


def write_tensors(
    path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None
) -> None:
    """Write a safetensors file atomically."""
    held = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with files.atomic_path(path) as temporary:
        safetensors.torch.save_file(held, temporary, metadata=dict(metadata or {}))


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
    files.check_size(path, files.MOST_BYTES)
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
        raise CheckpointError(f"{path} cannot be read ({files.reason_of(error)})") from error


def _check_header(path: Path) -> None:
    """Whether a safetensors file's header is of a sane length and names each tensor once.

    What else is wrong with it, safetensors itself finds, but not these.
    """
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > MOST_HEADER:
                raise ValueError(f"its header is said to have {length:,} bytes")
            json.loads(file.read(length), object_pairs_hook=files.unique_keys)
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} cannot be read ({files.reason_of(error)})") from error


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
