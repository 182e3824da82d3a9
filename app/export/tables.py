"""Tables as CSV and arrays as NPZ: the same numbers again when they are read."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muvae.runs.files import packed_arrays

CHUNK = 1000  # rows that are text at a time
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # with which a spreadsheet's formulas begin
Column = Sequence[object] | NDArray[Any]


def csv_bytes(columns: Mapping[str, Column]) -> bytes:
    """Columns of one length under a header, in UTF-8.

    A float is written with the fewest digits that read back to it, of its own precision; None and
    what is not a number are left empty. Texts, such as names of classes and runs, get an apostrophe
    in front where a spreadsheet would take them for formulas.
    """
    buffer = io.BytesIO()
    text = io.TextIOWrapper(buffer, encoding="utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow(map(_inert, columns))
    count = len(next(iter(columns.values())))
    assert all(len(column) == count for column in columns.values())
    for start in range(0, count, CHUNK):
        parts = [_texts(column[start : start + CHUNK]) for column in columns.values()]
        writer.writerows(zip(*parts, strict=True))
    text.flush()
    return buffer.getvalue()


def csv_rows(rows: Iterable[Mapping[str, object]]) -> bytes:
    """The same of rows by column; what a row lacks is empty."""
    table = list(rows)
    names = dict.fromkeys(name for row in table for name in row)
    return csv_bytes({name: [row.get(name) for row in table] for name in names})


def npz_bytes(arrays: Mapping[str, NDArray[Any]], *, caption: str) -> bytes:
    """Arrays by name, and the caption as one of them; nothing in it has to be unpickled."""
    return packed_arrays({**arrays, "caption": np.array(caption)})


def _texts(values: Column) -> list[object]:
    if isinstance(values, np.ndarray):
        if values.dtype.kind != "f":
            return list(values.tolist())
        # numpy's own text of a float32 is as short as its precision allows; Python's is a double's.
        texts: NDArray[np.str_] = values.astype(np.str_)
        return ["" if text == "nan" else text for text in texts.tolist()]
    return [
        "" if isinstance(value, float) and value != value else _inert(value) for value in values
    ]


def _inert(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
