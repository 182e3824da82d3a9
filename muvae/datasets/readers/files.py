"""Images of one's own as they lie in folders and .npz files; every fault is one sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muvae.errors import DatasetError
from muvae.types import IMAGE_SHAPE

SIZE = IMAGE_SHAPE[1:]
# Names of files as torchvision's ImageFolder takes them, and what may be in them.
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".pgm", ".ppm", ".tif", ".tiff", ".webp")
FORMATS = ("PNG", "JPEG", "BMP", "PPM", "TIFF", "WEBP")
ARRAYS = (
    ("train_images", "train_labels", "test_images", "test_labels"),
    ("x_train", "y_train", "x_test", "y_test"),  # Keras's
    ("images", "labels"),
)
Part = tuple[NDArray[np.uint8], NDArray[np.int64]]


@dataclass(frozen=True)
class Raw:
    """What was read: class names, and images uint8 [N,28,28] with labels int64 [N] by split.

    `test` is None where there is no test split; `note` says what was left out.
    """

    classes: tuple[str, ...]
    train: Part
    test: Part | None
    note: str = ""


def read_folder(folder: Path) -> Raw:
    """The images of a folder in ImageFolder's layout."""
    parts = _subfolders(folder)
    if "train" not in parts or not set(parts) <= {"train", "test", "val"}:
        classes = _class_names(folder)
        return Raw(classes, _read_images(folder, classes), None)
    classes = _class_names(folder / "train")
    train = _read_images(folder / "train", classes)
    note = "; val/ is left out" if "val" in parts else ""
    if "test" not in parts:
        return Raw(classes, train, None, note)
    if unknown := sorted(set(_class_names(folder / "test")) - set(classes)):
        raise DatasetError(f"{folder / 'test' / unknown[0]} is a class that train/ does not have")
    return Raw(classes, train, _read_images(folder / "test", classes), note)


def _subfolders(folder: Path) -> list[str]:
    try:
        children = [child for child in folder.iterdir() if not child.name.startswith(".")]
        return sorted(child.name for child in children if child.is_dir())
    except OSError as error:
        raise DatasetError(f"{folder} cannot be read ({error.strerror})") from error


def _class_names(folder: Path) -> tuple[str, ...]:
    if not (names := _subfolders(folder)):
        raise DatasetError(f"{folder} has no subfolders; give it one of images for each class")
    return tuple(names)


def _read_images(folder: Path, classes: Sequence[str]) -> Part:
    images, labels = [np.zeros((0, *SIZE), np.uint8)], []
    for label, name in enumerate(classes):
        files = sorted(f for f in (folder / name).rglob("*") if f.suffix.lower() in SUFFIXES)
        images += [_read_image(file)[None] for file in files]
        labels += [label] * len(files)
    return np.concatenate(images), np.array(labels, np.int64)


def _read_image(path: Path) -> NDArray[np.uint8]:
    """The grey levels uint8 [28,28] of an image file; DatasetError names it, and the mend."""
    from PIL import Image

    try:
        with Image.open(path, formats=FORMATS) as image:
            if image.size != (SIZE[1], SIZE[0]):
                raise DatasetError(
                    f"{path} is {image.width}×{image.height}, not {SIZE[1]}×{SIZE[0]}; scale all "
                    "images first, as ImageMagick does: mogrify -resize '28x28!'"
                )
            if "A" in image.getbands() or "transparency" in image.info:
                raise DatasetError(f"{path} is transparent in places; flatten all images first")
            levels = np.asarray(image.convert("RGB") if image.mode in ("RGB", "P") else image)
    except DatasetError:
        raise
    except Exception as error:  # a damaged file makes Pillow raise a dozen kinds
        raise DatasetError(f"{path} is not an image that can be read ({error!s:.100})") from error
    if levels.ndim == 3 and (levels == levels[:, :, :1]).all():
        levels = levels[:, :, 0]  # grey, written in three channels
    if levels.dtype == bool:
        levels = levels.astype(np.uint8) * 255
    if levels.ndim != 2 or levels.dtype != np.uint8:
        raise DatasetError(
            f"{path} is not grey in 8 bits; make all images so first, as ImageMagick does: "
            "mogrify -colorspace Gray -depth 8"
        )
    return levels


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
    labels = [
        _checked_labels(path, name, arrays[name], len(its))
        for (_, name), its in zip(pairs, images, strict=True)
    ]
    classes, labels = _named(path, arrays.get("classes"), labels)
    parts = list(zip(images, labels, strict=True))
    note = f"; {', '.join(others)[:80]} left out" if others else ""
    return Raw(classes, parts[0], parts[1] if len(parts) > 1 else None, note)


def _checked_images(path: Path, name: str, images: NDArray[Any]) -> NDArray[np.uint8]:
    if images.ndim == 4 and 1 in (images.shape[1], images.shape[3]):
        images = images.squeeze(1 if images.shape[1] == 1 else 3)  # of one channel
    if images.ndim != 3 or images.shape[1:] != SIZE:
        raise DatasetError(
            f"{path}: {name} has the shape {list(images.shape)}, not that of 28×28 grey images, "
            f"[N, {SIZE[0]}, {SIZE[1]}]; scale or reshape them first"
        )
    if images.dtype != np.uint8:
        spoilt = images.dtype.kind == "f" and not np.isfinite(images).all()
        raise DatasetError(
            f"{path}: {name} is {images.dtype}{', with NaN or infinity' if spoilt else ''}; give "
            "grey levels from 0 to 255 as uint8"
        )
    return images


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
