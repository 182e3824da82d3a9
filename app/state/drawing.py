"""The picture that the user drew or uploaded, kept from page to page of a session."""

import base64
import binascii
import math
import zlib
from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.state import url
from muvae import Run
from muvae.images import to_float
from muvae.types import IMAGE_SHAPE

_KEY = "kept-drawing"
PARAMETER = "drawing"


@dataclass(frozen=True)
class _Kept:
    pixels: NDArray[np.uint8]
    file: str | None


def keep_drawing(pixels: NDArray[np.uint8] | None, file: str | None = None) -> None:
    """Keep a picture uint8 [28,28] in place of the last, or none; `file` names an upload's file."""
    if pixels is None:
        st.session_state[_KEY] = None
        return
    assert pixels.shape == IMAGE_SHAPE[1:]
    assert pixels.dtype == np.uint8
    st.session_state[_KEY] = _Kept(pixels.copy(), file)


def drawing() -> NDArray[np.uint8] | None:
    """The kept picture, uint8 [28,28]."""
    kept = _kept()
    return None if kept is None else kept.pixels


def uploaded_file() -> str | None:
    """The name of the file that the kept picture is from; None where it was drawn."""
    kept = _kept()
    return None if kept is None else kept.file


@torch.inference_mode()
def drawing_code(run: Run) -> Tensor | None:
    """The kept picture's posterior mean [D] in a run."""
    pixels = drawing()
    if pixels is None:
        return None
    return run.vae.encode(to_float(torch.from_numpy(pixels)[None, None])).mean[0]


def show_in_address() -> None:
    """Write the kept picture into the page's address, so that a link brings it along."""
    pixels = drawing()
    url.show(PARAMETER, "" if pixels is None else pack(pixels))


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


def _kept() -> _Kept | None:
    pixels = url.take(PARAMETER, unpack)  # a link may bring one along
    if pixels is not None:
        st.session_state[_KEY] = _Kept(pixels, None)
    kept: _Kept | None = st.session_state.get(_KEY)
    return kept
