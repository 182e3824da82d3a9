"""Safetensors files by hand, sound and spoilt, as bytes: what their makers would not write."""

import json
import struct
from typing import Any

import torch

from muvae.runs.tensor_files import Layout

LAYOUT: Layout = {"a": (torch.float32, (2,)), "b": (torch.float32, (2,))}
VALUES = struct.pack("<4f", 1, 2, 3, 4)


def tensor(start: int, end: int, shape: Any = (2,), dtype: str = "F32") -> dict[str, Any]:
    """A tensor's entry in a header."""
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}


def raw(header: object, data: bytes = VALUES, length: int | None = None) -> bytes:
    """A file: the header's length (or what is said to be it), the header, the tensors' bytes."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


A, B = tensor(0, 8), tensor(8, 16)
_A, _B = json.dumps(A), json.dumps(B)
SOUND = raw({"a": A, "b": B})
SPOILT: dict[str, bytes] = {
    "empty": b"",
    "shorter than a length": SOUND[:7],
    "no header": SOUND[:8],
    "cut off": SOUND[:-1],
    "longer": SOUND + b"\0",
    "header of terabytes": raw({"a": A, "b": B}, length=2**40),
    "header of 2⁶³": raw({"a": A, "b": B}, length=2**63),
    "header of 2⁶⁴ - 1": raw({"a": A, "b": B}, length=2**64 - 1),
    "header past the end": raw({"a": A, "b": B}, length=len(SOUND) + 1),
    "header cut off": raw({"a": A, "b": B}, length=20),
    "header no JSON": raw(b"{" * 100),
    "header no text": raw(b"\xff\xfe{}"),
    "header a list": raw([A, B]),
    "header a number": raw(7),
    "header null": raw(None),
    "header deep": raw(b"[" * 50_000),
    "tensor a list": raw({"a": [], "b": B}),
    "tensor null": raw({"a": None, "b": B}),
    "tensor twice": raw(f'{{"a": {_A}, "a": {_B}, "b": {_B}}}'.encode()),
    "last tensor twice": raw(f'{{"a": {_A}, "b": {_B}, "b": {_B}}}'.encode()),
    "metadata twice": raw(
        f'{{"__metadata__": {{"k": "1", "k": "2"}}, "a": {_A}, "b": {_B}}}'.encode()
    ),
    "offsets past the end": raw({"a": A, "b": tensor(8, 2**40)}),
    "offsets overlapping": raw({"a": A, "b": tensor(4, 12)}, VALUES[:12]),
    "offsets the same": raw({"a": A, "b": A}, VALUES[:8]),
    "offsets with a hole": raw({"a": A, "b": tensor(12, 20)}, VALUES + bytes(4)),
    "offsets backwards": raw({"a": tensor(8, 0), "b": B}),
    "offsets below 0": raw({"a": tensor(-8, 0), "b": tensor(0, 8)}, VALUES[:8]),
    "offsets in fractions": raw({"a": tensor(0, 8), "b": {**B, "data_offsets": [8.5, 16.5]}}),
    "offsets as text": raw({"a": A, "b": {**B, "data_offsets": ["8", "16"]}}),
    "one offset": raw({"a": A, "b": {**B, "data_offsets": [8]}}),
    "no offsets": raw({"a": A, "b": {"dtype": "F32", "shape": [2]}}),
    "shape of terabytes": raw({"a": tensor(0, 8, [2**40]), "b": B}),
    "shape and offsets of terabytes": raw({"a": A, "b": tensor(8, 8 + 2**42, [2**40])}),
    "shape past 2⁶⁴": raw({"a": tensor(0, 8, [2**32, 2**32, 2**10]), "b": B}),
    "shape below 0": raw({"a": tensor(0, 8, [-2]), "b": B}),
    "shape below 0 twice": raw({"a": tensor(0, 8, [-1, -2]), "b": B}),
    "shape a number": raw({"a": {**A, "shape": 2}, "b": B}),
    "shape as text": raw({"a": {**A, "shape": ["2"]}, "b": B}),
    "shape long": raw({"a": tensor(0, 8, [1] * 100_000 + [2]), "b": B}),
    "dtype unknown": raw({"a": tensor(0, 8, dtype="F33"), "b": B}),
    "dtype a number": raw({"a": {**A, "dtype": 4}, "b": B}),
    "dtype of another": raw({"a": tensor(0, 8, [8], dtype="U8"), "b": B}),
    "integers": raw({"a": tensor(0, 8, dtype="I32"), "b": B}),
    "NaN": raw({"a": A, "b": B}, struct.pack("<4f", 1, 2, 3, float("nan"))),
    "infinity": raw({"a": A, "b": B}, struct.pack("<4f", float("-inf"), 2, 3, 4)),
    "tensor missing": raw({"a": A}, VALUES[:8]),
    "tensor more": raw({"a": A, "b": B, "c": tensor(16, 24)}, VALUES + VALUES[:8]),
    "none": raw({}, b""),
}
