"""The picture that the user drew or uploaded, kept from page to page of a session."""

import base64
import binascii
import math
import zlib
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.state import values
from app.state.context import Context
from app.state.parameters import Parameter
from muvae import Run
from muvae.images import to_float
from muvae.types import IMAGE_SHAPE


@dataclass(frozen=True)
class Picture:
    """A picture as text (pack), and the name of the file that it is from.

    The name is empty of one that a link has brought, and None of one that was drawn here.
    """

    text: str = ""
    file: str | None = None


@dataclass(frozen=True, kw_only=True)
class Drawing(Parameter[Picture]):
    """The picture that people hold; none at first."""

    def default(self, context: Context) -> Picture:
        """None."""
        del context
        return Picture()

    def read(self, text: str, context: Context) -> Picture | None:
        """A picture that a link brings."""
        del context
        return None if unpack(text) is None else Picture(text, "")

    def write(self, value: Picture, context: Context) -> str:
        """The picture, without its file's name, which is nobody else's business."""
        del context
        return value.text

    def fit(self, value: Picture, context: Context) -> Picture:
        """As it was kept."""
        del context
        return value


DRAWING = Drawing(name="drawing")


def set_drawing(pixels: NDArray[np.uint8] | None, file: str | None = None) -> None:
    """Keep a picture uint8 [28,28] in place of the last, or none; `file` names an upload's file."""
    if pixels is None:
        values.put(DRAWING, Picture())
        return
    assert pixels.shape == IMAGE_SHAPE[1:]
    assert pixels.dtype == np.uint8
    values.put(DRAWING, Picture(pack(pixels), file))


def drawing() -> NDArray[np.uint8] | None:
    """The kept picture, uint8 [28,28], which the page shows: it stands in the address."""
    return unpack(values.use(DRAWING).text)


def uploaded_file() -> str | None:
    """The name of the file that the kept picture is from, empty if a link has brought it.

    None where it was drawn.
    """
    return values.value(DRAWING).file


@torch.inference_mode()
def drawing_code(run: Run) -> Tensor | None:
    """The kept picture's posterior mean [D] in a run."""
    pixels = drawing()
    if pixels is None:
        return None
    return run.vae.encode(to_float(torch.from_numpy(pixels)[None, None])).mean[0]


def pack(pixels: NDArray[np.uint8]) -> str:
    """A picture uint8 [28,28] as text for an address."""
    return base64.urlsafe_b64encode(zlib.compress(pixels.tobytes(), 9)).decode().rstrip("=")


def unpack(text: str) -> NDArray[np.uint8] | None:
    """The picture uint8 [28,28] of such a text; None where it is none."""
    size = math.prod(IMAGE_SHAPE)
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        data = zlib.decompressobj().decompress(packed, size + 1)
    except (binascii.Error, ValueError, zlib.error):
        return None
    if len(data) != size:
        return None
    return np.frombuffer(data, np.uint8).reshape(IMAGE_SHAPE[1:]).copy()
