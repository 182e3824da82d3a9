"""A folder of image files in ImageFolder's layout: a subfolder for each class."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muvae.datasets.readers.reader import Part, Raw, Reader, check_size
from muvae.errors import DatasetError

# Names of files as torchvision's ImageFolder takes them, and what may be in them.
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".pgm", ".ppm", ".tif", ".tiff", ".webp")
FORMATS = ("PNG", "JPEG", "BMP", "PPM", "TIFF", "WEBP")


def read_folder(folder: Path) -> Raw:
    """The images of a folder with a subfolder for each class, or with `train` and `test` of such.

    All must be of one size; where one of them has colours, all are read as RGB.
    """
    parts = _subfolders(folder)
    split = "train" in parts and set(parts) <= {"train", "test", "val"}
    places = [folder / part for part in ("train", "test") if part in parts] if split else [folder]
    classes = _class_names(places[0])
    for other in places[1:]:
        if unknown := sorted(set(_class_names(other)) - set(classes)):
            raise DatasetError(f"{other / unknown[0]} is a class that train/ does not have")
    note = "; val/ is left out" if split and "val" in parts else ""
    train, *test = _read_parts(places, classes)
    return Raw(classes, train, test[0] if test else None, note)


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


def _read_parts(places: Sequence[Path], classes: Sequence[str]) -> list[Part]:
    """Images and labels of each part, in the same size and number of channels."""
    files = [
        [(file, label) for label, name in enumerate(classes) for file in _files(place / name)]
        for place in places
    ]
    every = [file for part in files for file, _ in part]
    if not every:
        raise DatasetError(f"{places[0]} has no images ({', '.join(SUFFIXES)})")
    read = {file: _read_image(file) for file in every}
    first = read[every[0]].shape[:2]
    check_size(f"{every[0]} is", *first)
    for file, levels in read.items():
        if levels.shape[:2] != first:
            raise DatasetError(
                f"{file} is {_size(levels)}, and {every[0].name} {_size(read[every[0]])}; scale "
                "all images first, as ImageMagick does: "
                f"mogrify -resize '{first[1]}x{first[0]}!'"
            )
    if any(levels.ndim == 3 for levels in read.values()):
        read = {file: _in_color(levels) for file, levels in read.items()}
    shape = read[every[0]].shape
    return [
        (
            np.stack([read[file] for file, _ in part]) if part else np.zeros((0, *shape), np.uint8),
            np.array([label for _, label in part], np.int64),
        )
        for part in files
    ]


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES)


def _size(levels: NDArray[Any]) -> str:
    return f"{levels.shape[1]}×{levels.shape[0]}"


def _in_color(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return levels if levels.ndim == 3 else np.repeat(levels[:, :, None], 3, axis=2)


def _read_image(path: Path) -> NDArray[np.uint8]:
    """The values uint8 [H,W] of a grey image file, [H,W,3] of one in colour.

    DatasetError names the file, and the mend.
    """
    from PIL import Image

    try:
        with Image.open(path, formats=FORMATS) as image:
            if "A" in image.getbands() or "transparency" in image.info:
                raise DatasetError(f"{path} is transparent in places; flatten all images first")
            grey = image.mode in ("1", "L") or image.mode.startswith(("I", "F"))
            levels = np.asarray(image if grey else image.convert("RGB"))
    except DatasetError:
        raise
    except Exception as error:  # a damaged file makes Pillow raise a dozen kinds
        raise DatasetError(f"{path} is not an image that can be read ({error!s:.100})") from error
    if levels.ndim == 3 and (levels == levels[:, :, :1]).all():
        levels = levels[:, :, 0]  # grey, written in three channels
    if levels.dtype == bool:
        levels = levels.astype(np.uint8) * 255
    if levels.dtype != np.uint8:
        raise DatasetError(
            f"{path} does not have 8 bits a channel; make all images so first, as ImageMagick "
            "does: mogrify -depth 8"
        )
    return levels


READER = Reader("a folder of images", Path.is_dir, read_folder)
