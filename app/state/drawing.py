"""The picture that the user drew or uploaded, kept from page to page of a session."""

import base64
import binascii
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
from muvae.images import ImageSpec, to_float


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
        return None if _pixels(text, context) is None else Picture(text, "")

    def write(self, value: Picture, context: Context) -> str:
        """The picture, without its file's name, which is nobody else's business."""
        del context
        return value.text

    def fit(self, value: Picture, context: Context) -> Picture | None:
        """As it was kept, where it is of the size of the dataset's images."""
        return None if value.text and _pixels(value.text, context) is None else value


DRAWING = Drawing(name="drawing")


def set_drawing(pixels: NDArray[np.uint8] | None, file: str | None = None) -> None:
    """Keep a picture uint8 [H,W] in place of the last, or none; `file` names an upload's file.

    It is of the size of the dataset's images.
    """
    if pixels is None:
        values.put(DRAWING, Picture())
        return
    spec = values.context().spec
    assert spec is not None
    assert pixels.shape == (spec.image.height, spec.image.width)
    assert pixels.dtype == np.uint8
    values.put(DRAWING, Picture(pack(pixels), file))


def drawing() -> NDArray[np.uint8] | None:
    """The kept picture, uint8 [H,W], which the page shows: it stands in the address."""
    return _pixels(values.use(DRAWING).text, values.context())


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
    """A picture uint8 [H,W] as text for an address."""
    return base64.urlsafe_b64encode(zlib.compress(pixels.tobytes(), 9)).decode().rstrip("=")


def unpack(text: str, image: ImageSpec) -> NDArray[np.uint8] | None:
    """The picture uint8 [H,W] of such a text; None where it is none of an image's size."""
    size = image.pixels
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        data = zlib.decompressobj().decompress(packed, size + 1)
    except (binascii.Error, ValueError, zlib.error):
        return None
    if len(data) != size:
        return None
    return np.frombuffer(data, np.uint8).reshape(image.height, image.width).copy()


def _pixels(text: str, context: Context) -> NDArray[np.uint8] | None:
    """The picture of a text, of the dataset's size; None where it is none."""
    return unpack(text, context.spec.image) if context.spec else None
