"""What a reader of a dataset format is, and what it reads."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from muvae.errors import DatasetError
from muvae.images import LARGEST, SMALLEST

Part = tuple[NDArray[np.uint8], NDArray[np.int64]]


@dataclass(frozen=True)
class Raw:
    """What was read: class names, and images uint8 [N,H,W] or [N,H,W,3] with labels int64 [N].

    `test` is None where there is no test split; `note` says what was left out.
    """

    classes: tuple[str, ...]
    train: Part
    test: Part | None
    note: str = ""


@dataclass(frozen=True)
class Reader:
    """A dataset format: what it is in words, which paths are of it, and how one is read."""

    what: str
    accepts: Callable[[Path], bool]
    read: Callable[[Path], Raw]


def check_size(where: str, height: int, width: int) -> None:
    """DatasetError unless images of this height and width can be used."""
    if not all(SMALLEST <= side <= LARGEST for side in (height, width)):
        raise DatasetError(
            f"{where} {width}×{height}; a side may have {SMALLEST} to {LARGEST} pixels: scale all "
            "images first"
        )
