"""What a dataset is to those who look at it; of one's own, dataset.json beside its test images.

checkpoints/<dataset>/dataset.json   title, classes, framing, what it was read from, its SHA-256
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from muvae.errors import CheckpointError, InvalidInputError
from muvae.parameters import JsonDataclass, is_int, require
from muvae.runs import files
from muvae.types import IMAGE_SHAPE, MOST_CLASSES

DESCRIPTION_FILE = "dataset.json"
MOST_BYTES = 2**16
LONGEST_TITLE, LONGEST_CLASS, LONGEST_SOURCE = 60, 40, 400
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Framing(JsonDataclass):
    """How a dataset's pictures lie in their 28×28: the box around the ink, and where that stands.

    The box's longer side is `side` pixels; `by_mass` puts the centre of mass in the middle (at
    pixel 14, counted from 0), else the box's own centre. The default is MNIST's.
    """

    side: int = 20
    by_mass: bool = True

    def __post_init__(self) -> None:
        most = IMAGE_SHAPE[-1]
        fits = is_int(self.side, 1) and self.side <= most
        require(fits, "side", self.side, f"a whole number from 1 to {most}")
        require(isinstance(self.by_mass, bool), "by_mass", self.by_mass, "true or false")


@dataclass(frozen=True)
class Original:
    """Where a built-in dataset is from: its class in torchvision, each raw file's SHA-256."""

    torchvision_class: str
    files: Mapping[str, str]

    @property
    def source(self) -> str:
        """The same in words."""
        return f"{self.torchvision_class} as torchvision has it"

    @property
    def sha256(self) -> str:
        """One SHA-256 over the raw files' own."""
        lines = "".join(f"{digest}  {file}\n" for file, digest in self.files.items())
        return hashlib.sha256(lines.encode()).hexdigest()


@dataclass(frozen=True)
class Own:
    """Where data of one's own is from, in words, and the SHA-256 of its images and labels."""

    source: str
    sha256: str


@dataclass(frozen=True)
class DatasetSpec:
    """A dataset's name (its folder's), its title and classes for people, and where it is from.

    `framing` is what other pictures need to lie as the dataset's do.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    origin: Original | Own
    framing: Framing = Framing()


@dataclass(frozen=True)
class Description(JsonDataclass):
    """What dataset.json holds. Its texts are shown as they are, so they are short and printable."""

    title: str
    classes: tuple[str, ...]
    framing: Framing
    source: str
    sha256: str

    def __post_init__(self) -> None:
        _require_text("title", self.title, LONGEST_TITLE)
        _require_text("source", self.source, LONGEST_SOURCE)
        count = len(self.classes) if isinstance(self.classes, tuple) else None
        enough = count is not None and 2 <= count <= MOST_CLASSES
        require(enough, "the number of classes", count, f"2 to {MOST_CLASSES}")
        for name in self.classes:
            _require_text("a class's name", name, LONGEST_CLASS)
        twice = next((name for name in self.classes if self.classes.count(name) > 1), None)
        require(twice is None, "a class's name", twice, "there only once")
        digest = isinstance(self.sha256, str) and _SHA256.fullmatch(self.sha256)
        require(bool(digest), "sha256", self.sha256, "64 hexadecimal digits")

    @classmethod
    def of(cls, spec: DatasetSpec) -> Self:
        """That of a dataset; InvalidInputError names what cannot stand in it."""
        return cls(spec.title, spec.classes, spec.framing, spec.origin.source, spec.origin.sha256)

    @classmethod
    def from_json(cls, values: object) -> Self:
        """Build from parsed JSON; InvalidInputError names the key that is wrong."""
        if isinstance(values, Mapping):
            changed = dict(values)
            if "framing" in values:
                changed["framing"] = Framing.from_json(values["framing"])
            if isinstance(values.get("classes"), list):
                changed["classes"] = tuple(values["classes"])
            values = changed
        return super().from_json(values)


def write_description(folder: Path, spec: DatasetSpec) -> None:
    """Write checkpoints/<dataset>/dataset.json, atomically; InvalidInputError: what cannot be."""
    files.write_json(folder / DESCRIPTION_FILE, Description.of(spec).to_json())


def read_description(folder: Path) -> DatasetSpec:
    """Read checkpoints/<dataset>/dataset.json; CheckpointError names the file and what is wrong."""
    path = folder / DESCRIPTION_FILE
    if path.is_file() and path.stat().st_size > MOST_BYTES:
        raise CheckpointError(f"{path} is longer than {MOST_BYTES:,} bytes")
    try:
        read = Description.from_json(files.read_json(path))
    except InvalidInputError as error:
        raise CheckpointError(f"{path}: {error}") from error
    origin = Own(read.source, read.sha256)
    return DatasetSpec(folder.name, read.title, read.classes, origin, read.framing)


def _require_text(name: str, value: object, longest: int) -> None:
    fits = isinstance(value, str) and value.isprintable() and 0 < len(value.strip()) <= longest
    shown = value[: longest + 1] if isinstance(value, str) else type(value)
    require(fits, name, shown, f"1 to {longest} printable characters")
