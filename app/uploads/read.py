"""Uploaded pictures, of which nothing is trusted: bytes in, images as datasets have them out."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from app.uploads.framing import Layout
from app.uploads.limits import AT_ONCE, IN_LINE, LONGEST_WAIT, MOST_BYTES
from app.uploads.line import BusyError, Line
from app.uploads.process import ReaderError, RefusedError, read_apart
from muvae import InvalidInputError
from muvae.datasets.spec import DatasetSpec

_LINE = Line(AT_ONCE, IN_LINE, LONGEST_WAIT)


class TryAgainError(InvalidInputError):
    """Nothing is wrong with the file: the server reads others."""


def short_name(name: str) -> str:
    """A file's name as it is shown, of 60 characters at most."""
    return name if len(name) <= 60 else f"{name[:40]}…{name[-15:]}"


def read_upload(
    data: bytes,
    name: str,
    datasets: Iterable[DatasetSpec],
    check: Callable[[], object] = lambda: None,
) -> dict[str, NDArray[np.uint8]]:
    """The picture in a PNG, JPEG or WebP file, by dataset as that has them: uint8 [H,W] each.

    Any mode and transparency, dark on light or light on dark, turned as its EXIF data says; of an
    animation the first frame. InvalidInputError names the file and says what is wrong with it.
    It is read in a process of its own; what `check`, called now and then, raises ends that.
    """
    shown = short_name(name)
    if not data:
        raise InvalidInputError(f"{shown} is empty; choose a picture, as PNG, JPEG or WebP")
    if len(data) > MOST_BYTES:
        raise InvalidInputError(
            f"{shown} has {len(data) / 2**20:.1f} MB; make it smaller, 5 MB is the most"
        )
    layouts = {dataset.name: Layout.of(dataset.framing, dataset.image) for dataset in datasets}
    try:
        with _LINE.place(check):
            check()  # who has left while waiting is not begun with
            read = read_apart(data, [*layouts.values()], check)
    except BusyError as error:
        raise TryAgainError(
            f"The server is busy reading other pictures; choose {shown} again in a moment"
        ) from error
    except (RefusedError, ReaderError) as error:
        raise InvalidInputError(f"{shown} {error}") from error
    pictures, at = {}, 0
    for dataset, layout in layouts.items():
        pixels = np.frombuffer(read, np.uint8, layout.height * layout.width, at)
        pictures[dataset] = pixels.reshape(layout.height, layout.width)
        at += pixels.size
    return pictures
