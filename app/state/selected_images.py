"""The test images that are selected on the maps, kept from page to page and in the address."""

import base64
import binascii
import zlib
from collections.abc import Sequence

import numpy as np
import streamlit as st

from app.state import url
from app.state.sidebar import Selection

_STATE = PARAMETER = "points"
FEW = 60  # of them the address holds the numbers, of more a set of bits
_BITS = "b"


def keep_points(selection: Selection, indices: Sequence[int]) -> None:
    """Keep the selected test images in the session, with the dataset that they are of."""
    st.session_state[_STATE] = (selection.dataset.name, list(indices))


def kept_points(selection: Selection) -> list[int]:
    """The selected test images in the order of their selection; none if of another dataset.

    A link may bring some along.
    """
    told = url.take(PARAMETER, lambda text: _read(text, len(selection.test)))
    if told is not None:
        keep_points(selection, told)
    dataset, indices = st.session_state.get(_STATE, ("", ()))
    if dataset != selection.dataset.name:
        return []
    return [index for index in indices if index < len(selection.test)]


def show_in_address(selection: Selection) -> None:
    """Write the selected test images into the page's address."""
    url.show(PARAMETER, pack(kept_points(selection)))


def pack(indices: Sequence[int]) -> str:
    """Test images as text for an address: their numbers, or, of many, a compressed set of bits."""
    if len(indices) <= FEW:
        return ".".join(map(str, indices))
    bits = np.zeros(max(indices) + 1, np.uint8)
    bits[list(indices)] = 1
    packed = zlib.compress(np.packbits(bits).tobytes(), 9)
    return _BITS + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _read(text: str, size: int) -> list[int] | None:
    """What `unpack` finds, if that is all that the text names."""
    found = unpack(text, size)
    whole = text.startswith(_BITS) or found == unpack(text, 10**9)
    return found if found and whole else None


def unpack(text: str, size: int) -> list[int]:
    """The test images that such a text names, of `size`; none where it is no such text."""
    if not text.startswith(_BITS):
        parts = text.split(".")
        if not all(part.isascii() and part.isdecimal() and len(part) < 9 for part in parts):
            return []
        return [index for index in dict.fromkeys(map(int, parts)) if index < size]
    most = size // 8 + 1
    try:
        packed = base64.urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4))
        data = zlib.decompressobj().decompress(packed, most)
    except (binascii.Error, ValueError, zlib.error):
        return []
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    return np.flatnonzero(bits[:size]).tolist()
