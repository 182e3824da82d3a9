"""What tests of exported files share: runs, and images found again in pictures."""

import io
from collections.abc import Sequence

import numpy as np
import torch
from helpers import SHIPPED
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from muvae import Run, load_run

NAMES = ("vae", "mu-vae-1")


def shipped_runs() -> list[Run]:
    """Two trained runs: what untrained ones decode looks all alike."""
    return [load_run(SHIPPED / "mnist" / name) for name in NAMES]


def training_of(runs: Sequence[Run]) -> str:
    """The words of captions on how runs were trained, all alike."""
    ((epochs, seed),) = {(len(run.history), run.config.seed) for run in runs}
    return f"{epochs} epochs, seed {seed}"


@torch.inference_mode()
def decoded(run: Run, codes: Tensor) -> NDArray[np.uint8]:
    """What a run makes of codes [N,D], in 256 grey levels [N,28,28]."""
    return (255 * run.vae.decode(codes)[:, 0]).round().to(torch.uint8).numpy()


def opened(data: bytes) -> Image.Image:
    """A picture's file, read whole."""
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def find(picture: NDArray[np.int16], image: NDArray[np.uint8], scale: int) -> list[tuple[int, int]]:
    """Where (row, column) a picture [H,W,3] shows an image, enlarged, off by a grey level at most.

    Every pixel of the enlarged image is compared, but first, to be quick, a few of them.
    """
    wanted = np.kron(image, np.ones((scale, scale), np.int16))
    side = len(wanted)
    height, width = (length - side + 1 for length in picture.shape[:2])
    probes = np.argsort(image, axis=None)[:: -784 // 24]  # the brightest first: few places have it
    found: NDArray[np.intp] | None = None
    for place in probes:
        row, column = (scale * int(at) + scale // 2 for at in divmod(int(place), 28))
        if found is None:
            seen = picture[row : row + height, column : column + width, 0]
            found = np.argwhere(np.abs(seen - wanted[row, column]) <= 1)
        else:
            seen = picture[found[:, 0] + row, found[:, 1] + column, 0]
            found = found[np.abs(seen - wanted[row, column]) <= 1]
    assert found is not None
    return [
        (row, column)
        for row, column in found.tolist()
        if np.abs(picture[row : row + side, column : column + side] - wanted[..., None]).max() <= 1
    ]


def assert_rows(data: bytes | Image.Image, rows: Sequence[NDArray[np.uint8]], scale: int) -> None:
    """A picture shows these images [N,28,28] side by side, the rows below one another."""
    image = opened(data) if isinstance(data, bytes) else data
    picture = np.asarray(image.convert("RGB"), np.int16)
    last = -1
    for row in rows:
        places = [find(picture, image, scale) for image in row]
        assert all(places), "an image is not in the picture"
        lines = [{line for line, _ in found if line > last} for found in places]
        line = min(set.intersection(*lines))
        columns = [min(x for y, x in found if y == line) for found in places]
        if len({image.tobytes() for image in row}) == len(row):
            assert columns == sorted(columns)
        last = line
