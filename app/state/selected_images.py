"""The test images that are selected on the maps, which people hold from page to page."""

import base64
import binascii
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.state import values
from app.state.choice import DATASET
from app.state.context import Context
from app.state.parameters import MOST_DIGITS, Parameter, read_index

FEW = 60  # of them the address holds the numbers, of more a set of bits
_BITS = "b"


@dataclass(frozen=True, kw_only=True)
class Selected(Parameter[tuple[int, ...]]):
    """Test images in the order of their selection; none at first."""

    def default(self, context: Context) -> tuple[int, ...]:
        """None."""
        del context
        return ()

    def read(self, text: str, context: Context) -> tuple[int, ...] | None:
        """What `unpack` finds, if that is all that the text names."""
        found = unpack(text, context.size)
        whole = text.startswith(_BITS) or found == unpack(text, 10**MOST_DIGITS)
        return tuple(found) if found and whole else None

    def write(self, value: tuple[int, ...], context: Context) -> str:
        """Packed."""
        del context
        return pack(value)

    def fit(self, value: tuple[int, ...], context: Context) -> tuple[int, ...]:
        """Those that are there."""
        return tuple(index for index in value if index < context.size)


SELECTED_IMAGES = Selected(name="points", scope=(DATASET,))


def set_selected_images(indices: Sequence[int]) -> None:
    """Select test images of the chosen dataset."""
    values.put(SELECTED_IMAGES, tuple(indices))


def selected_images() -> list[int]:
    """The selected test images of the dataset, which the page shows: they stand in the address."""
    found = values.use(SELECTED_IMAGES)
    return list(found)


def pack(indices: Sequence[int]) -> str:
    """Test images as text for an address: their numbers, or, of many, a compressed set of bits."""
    if len(indices) <= FEW:
        return ".".join(map(str, indices))
    bits = np.zeros(max(indices) + 1, np.uint8)
    bits[list(indices)] = 1
    packed = zlib.compress(np.packbits(bits).tobytes(), 9)
    return _BITS + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def unpack(text: str, size: int) -> list[int]:
    """The test images that such a text names, of `size`; none where it is no such text."""
    if not text.startswith(_BITS):
        parts = text.split(".")
        if None in [read_index(part, 10**MOST_DIGITS) for part in parts]:
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
