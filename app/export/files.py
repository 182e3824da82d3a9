"""The files that a page's visitor can save, and what they are called."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["png", "gif", "csv", "npz"]
MIME: dict[Kind, str] = {
    "png": "image/png",
    "gif": "image/gif",
    "csv": "text/csv; charset=utf-8",
    "npz": "application/zip",
}
LONGEST = 80  # characters of a file's name that tell its runs


@dataclass(frozen=True)
class Download:
    """A file that the server makes when it is asked for: what it is, for people, and its name."""

    label: str
    name: str
    kind: Kind
    make: Callable[[], bytes]


@dataclass(frozen=True)
class Snapshot:
    """A picture that the browser makes of what it shows: a chart's or a live view's `source`.

    A chart is "chart:" and the key of its element; a live view goes by its module's name.
    """

    label: str
    name: str
    source: str
    title: str
    caption: str
    kind: Kind = "png"


def file_name(kind: Kind, *parts: str, runs: Sequence[str]) -> str:
    """What a file is called: its parts, then its runs; in plain ASCII."""
    told = "-".join(runs)
    if len(told) > LONGEST:
        told = f"{len(runs)}-runs"
    return "-".join(filter(None, map(_plain, ("muvae", *parts, told)))) + f".{kind}"


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
