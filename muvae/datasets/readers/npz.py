"""An .npz file of NumPy arrays: images, labels and, if they have names, classes."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muvae.datasets.readers.reader import Raw, Reader, check_size
from muvae.errors import DatasetError

ARRAYS = (
    ("train_images", "train_labels", "test_images", "test_labels"),
    ("x_train", "y_train", "x_test", "y_test"),  # Keras's
    ("images", "labels"),
)


def read_npz(path: Path) -> Raw:
    """The arrays of an .npz file."""
    try:
        # Opened here, since numpy does not close what it cannot read.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            held = list(archive.files)
            names = next((names for names in ARRAYS if set(names) <= set(held)), None)
            if names is None:
                raise DatasetError(
                    f"{path} holds {', '.join(held)[:80] or 'no arrays'}; give it images and "
                    f"labels, or {', '.join(ARRAYS[0])}"
                )
            wanted = [*names, *(["classes"] if "classes" in held else [])]
            arrays = {name: archive[name] for name in wanted}
    except DatasetError:
        raise
    except Exception as error:  # a damaged archive makes numpy and zipfile raise a dozen kinds
        raise DatasetError(f"{path} cannot be read ({error!s:.100})") from error
    others = sorted(set(held) - set(arrays))
    pairs = [(names[at], names[at + 1]) for at in range(0, len(names), 2)]
    images = [_checked_images(path, name, arrays[name]) for name, _ in pairs]
    if len({its.shape[1:] for its in images}) > 1:
        shapes = " and ".join(str(list(its.shape)) for its in images)
        raise DatasetError(f"{path}: its images are {shapes}; make them all of one size")
    labels = [
        _checked_labels(path, name, arrays[name], len(its))
        for (_, name), its in zip(pairs, images, strict=True)
    ]
    classes, labels = _named(path, arrays.get("classes"), labels)
    parts = list(zip(images, labels, strict=True))
    note = f"; {', '.join(others)[:80]} left out" if others else ""
    return Raw(classes, parts[0], parts[1] if len(parts) > 1 else None, note)


def _checked_images(path: Path, name: str, images: NDArray[Any]) -> NDArray[np.uint8]:
    """Images [N,H,W] or [N,H,W,3], also where the file has channels first, or one of them."""
    if images.ndim == 4 and images.shape[3] not in (1, 3) and images.shape[1] in (1, 3):
        images = images.transpose(0, 2, 3, 1)
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    if images.ndim != 3 and (images.ndim != 4 or images.shape[3] != 3):
        raise DatasetError(
            f"{path}: {name} has the shape {list(images.shape)}, not that of grey images, [N,H,W], "
            "or of RGB images, [N,H,W,3]; reshape them first"
        )
    check_size(f"{path}: {name} are images of", *images.shape[1:3])
    if images.dtype != np.uint8:
        spoilt = images.dtype.kind == "f" and not np.isfinite(images).all()
        raise DatasetError(
            f"{path}: {name} is {images.dtype}{', with NaN or infinity' if spoilt else ''}; give "
            "values from 0 to 255 as uint8"
        )
    return np.ascontiguousarray(images)


def _checked_labels(path: Path, name: str, labels: NDArray[Any], count: int) -> NDArray[np.int64]:
    if labels.shape == (count, 1):
        labels = labels[:, 0]
    if labels.dtype.kind not in "iu" or labels.shape != (count,):
        raise DatasetError(
            f"{path}: {name} is {labels.dtype} {list(labels.shape)}, not one whole number for "
            f"each of {count} images"
        )
    return labels.astype(np.int64)


def _named(
    path: Path, names: NDArray[Any] | None, labels: list[NDArray[np.int64]]
) -> tuple[tuple[str, ...], list[NDArray[np.int64]]]:
    """The classes' names, and labels that count them from 0; without names, the labels' numbers."""
    values = np.unique(np.concatenate(labels))
    if names is None:
        return tuple(map(str, values)), [np.searchsorted(values, part) for part in labels]
    if names.dtype.kind != "U" or names.ndim != 1:
        raise DatasetError(f"{path}: classes is {names.dtype} {list(names.shape)}, not names")
    if len(values) and not 0 <= values[0] <= values[-1] < len(names):
        raise DatasetError(
            f"{path}: labels go from {values[0]} to {values[-1]}, and there are {len(names)} "
            f"classes, 0 to {len(names) - 1}"
        )
    return tuple(map(str, names)), labels


def _is_npz(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() == ".npz"


READER = Reader("an .npz file", _is_npz, read_npz)
