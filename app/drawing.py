"""The picture that the user drew or uploaded, kept from page to page of a session."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from torch import Tensor

from muvae import Run
from muvae.data import to_float
from muvae.types import IMAGE_SHAPE

_KEY = "kept-drawing"


@dataclass(frozen=True)
class _Kept:
    pixels: NDArray[np.uint8]
    file: str | None


def keep_drawing(pixels: NDArray[np.uint8] | None, file: str | None = None) -> None:
    """Keep a picture uint8 [28,28] in place of the last, or none; `file` names an upload's file."""
    if pixels is None:
        st.session_state.pop(_KEY, None)
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


def _kept() -> _Kept | None:
    kept: _Kept | None = st.session_state.get(_KEY)
    return kept
