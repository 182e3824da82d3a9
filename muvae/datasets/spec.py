"""What a dataset is: its title, images, classes, origin and licence, as dataset.json has them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from muvae.errors import CheckpointError, InvalidInputError
from muvae.images import LARGEST, ImageSpec
from muvae.parameters import JsonDataclass, is_int, require
from muvae.runs import files
from muvae.types import MOST_CLASSES

DESCRIPTION_FILE = "dataset.json"
MOST_BYTES = 2**16
LONGEST_TITLE, LONGEST_CLASS, LONGEST_SOURCE, LONGEST_LICENCE = 60, 40, 400, 100
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Framing(JsonDataclass):
    """How a dataset's pictures lie in their images: the box around the ink, and where that stands.

    The box's longer side is `side` pixels; `by_mass` puts the centre of mass in the middle of the
    image, else the box's own centre.
    """

    side: int
    by_mass: bool

    def __post_init__(self) -> None:
        fits = is_int(self.side, 1) and self.side <= LARGEST
        require(fits, "side", self.side, f"a whole number from 1 to {LARGEST}")
        require(isinstance(self.by_mass, bool), "by_mass", self.by_mass, "true or false")


@dataclass(frozen=True)
class Origin(JsonDataclass):
    """Where a dataset is from, in words, and the SHA-256 of its images and labels."""

    source: str
    sha256: str

    def __post_init__(self) -> None:
        _require_text("source", self.source, LONGEST_SOURCE)
        digest = isinstance(self.sha256, str) and _SHA256.fullmatch(self.sha256)
        require(bool(digest), "sha256", self.sha256, "64 hexadecimal digits")


@dataclass(frozen=True)
class DatasetSpec:
    """A dataset's name (its folder's), and what dataset.json says of it.

    `classes` is empty where the images have no labels; `framing` is what other pictures need to lie
    as the dataset's do; `licence` is None where it is not known.
    """

    name: str
    title: str
    image: ImageSpec
    classes: tuple[str, ...]
    origin: Origin
    framing: Framing
    licence: str | None = None


@dataclass(frozen=True)
class Description(JsonDataclass):
    """What dataset.json holds. Its texts are shown as they are, so they are short and printable."""

    title: str
    image: ImageSpec
    classes: tuple[str, ...] | None
    origin: Origin
    framing: Framing
    licence: str | None

    def __post_init__(self) -> None:
        _require_text("title", self.title, LONGEST_TITLE)
        if self.licence is not None:
            _require_text("licence", self.licence, LONGEST_LICENCE)
        shorter = min(self.image.height, self.image.width)
        side = self.framing.side
        require(side <= shorter, "side", side, f"at most {shorter}, an image's shorter side")
        if self.classes is not None:
            _require_classes(self.classes)

    @classmethod
    def of(cls, spec: DatasetSpec) -> Self:
        """That of a dataset; InvalidInputError names what cannot stand in it."""
        classes = spec.classes or None
        return cls(spec.title, spec.image, classes, spec.origin, spec.framing, spec.licence)

    @classmethod
    def from_json(cls, values: object) -> Self:
        """Build from parsed JSON; InvalidInputError names the key that is wrong."""
        if isinstance(values, Mapping):
            changed: dict[str, Any] = dict(values)
            parts = (("image", ImageSpec), ("origin", Origin), ("framing", Framing))
            for key, kind in parts:
                if key in values:
                    changed[key] = kind.from_json(values[key])
            if isinstance(values.get("classes"), list):
                changed["classes"] = tuple(values["classes"])
            values = changed
        return super().from_json(values)

    def named(self, name: str) -> DatasetSpec:
        """The dataset of that name."""
        classes = self.classes or ()
        return DatasetSpec(
            name, self.title, self.image, classes, self.origin, self.framing, self.licence
        )


def write_description(folder: Path, spec: DatasetSpec) -> None:
    """Write checkpoints/<dataset>/dataset.json, atomically; InvalidInputError: what cannot be."""
    files.write_json(folder / DESCRIPTION_FILE, Description.of(spec).to_json())


def read_description(folder: Path) -> DatasetSpec:
    """Read checkpoints/<dataset>/dataset.json; CheckpointError names the file and what is wrong."""
    path = folder / DESCRIPTION_FILE
    values = files.read_json(path, most=MOST_BYTES)
    if isinstance(values, dict) and "image" not in values and "source" in values:
        raise CheckpointError(files.of_format_1(path))
    try:
        return Description.from_json(values).named(folder.name)
    except InvalidInputError as error:
        raise CheckpointError(f"{path}: {error}") from error


def _require_classes(classes: object) -> None:
    count = len(classes) if isinstance(classes, tuple) else None
    enough = count is not None and 2 <= count <= MOST_CLASSES
    require(enough, "the number of classes", count, f"2 to {MOST_CLASSES}")
    assert isinstance(classes, tuple)
    for name in classes:
        _require_text("a class's name", name, LONGEST_CLASS)
    twice = next((name for name in classes if classes.count(name) > 1), None)
    require(twice is None, "a class's name", twice, "there only once")


def _require_text(name: str, value: object, longest: int) -> None:
    fits = isinstance(value, str) and value.isprintable() and 0 < len(value.strip()) <= longest
    shown = value[: longest + 1] if isinstance(value, str) else type(value)
    require(fits, name, shown, f"1 to {longest} printable characters")
