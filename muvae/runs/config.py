"""What defines a run: frozen dataclasses to JSON values and back, every value checked."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from muvae.images import ImageSpec
from muvae.models.latent import Latent
from muvae.models.network import Decoder, Encoder
from muvae.models.registry import DECODERS, ENCODERS
from muvae.objectives import OBJECTIVES, Objective
from muvae.parameters import JsonDataclass, is_int, is_positive, require
from muvae.priors import PRIORS, STANDARD_NORMAL, Prior
from muvae.types import MOST_CLASSES

PRECISIONS = ("float32", "bfloat16")
MOST_EPOCHS = 10_000  # rows of history.csv, of some 300 bytes each
RUN_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_EXPECTED_NAME = "1 to 64 of a-z, 0-9, '.', '_' and '-', starting with a letter or digit"


@dataclass(frozen=True)
class Optimizer(JsonDataclass):
    """Adam's settings; the defaults are Appendix B's."""

    name: str = "adam"
    learning_rate: float = 1e-4
    beta1: float = 0.9
    beta2: float = 0.999

    def __post_init__(self) -> None:
        require(self.name == "adam", "optimizer.name", self.name, "adam")
        rate = self.learning_rate
        require(is_positive(rate), "optimizer.learning_rate", rate, "a positive number")
        for name in ("beta1", "beta2"):
            value = getattr(self, name)
            fits = is_positive(value) and value < 1
            require(fits, f"optimizer.{name}", value, "between 0 and 1")


@dataclass(frozen=True, kw_only=True)
class RunConfig(JsonDataclass):
    """Everything that decides a training run's result: nothing of it is looked up elsewhere.

    `classes` is how many the classifier tells apart; None: the images have no labels. `limit` caps
    the training images (None: all); `precision` is that of the convolutions and of the classifier's
    hidden layers during training; `data_sha256` is that of the dataset's images and labels.
    """

    name: str
    dataset: str
    objective: Objective
    latent: Latent
    prior: Prior = STANDARD_NORMAL
    encoder: Encoder
    decoder: Decoder
    image: ImageSpec
    classes: int | None
    epochs: int
    seed: int = 0
    batch_size: int = 64
    optimizer: Optimizer = field(default_factory=Optimizer)
    precision: str = "float32"
    limit: int | None = None
    data_sha256: str

    def __post_init__(self) -> None:
        named = isinstance(self.name, str) and RUN_NAME.fullmatch(self.name) is not None
        require(named, "name", self.name, _EXPECTED_NAME)
        for name in ("dataset", "data_sha256"):
            value = getattr(self, name)
            require(isinstance(value, str) and value != "", name, value, "a text")
        some = self.classes is None or (is_int(self.classes, 2) and self.classes <= MOST_CLASSES)
        expected = f"a whole number from 2 to {MOST_CLASSES}, or null"
        require(some, "classes", self.classes, expected)
        fits = is_int(self.epochs, 1) and self.epochs <= MOST_EPOCHS
        require(fits, "epochs", self.epochs, f"a whole number from 1 to {MOST_EPOCHS}")
        seed = is_int(self.seed, 0) and self.seed < 2**32
        require(seed, "seed", self.seed, "a whole number from 0 to 2**32 - 1")
        require(is_int(self.batch_size, 1), "batch_size", self.batch_size, "a whole number from 1")
        precise = self.precision in PRECISIONS
        require(precise, "precision", self.precision, f"one of {', '.join(PRECISIONS)}")
        limit = self.limit is None or is_int(self.limit, 1)
        require(limit, "limit", self.limit, "a whole number from 1, or null")

    @classmethod
    def from_json(cls, values: object) -> Self:
        """Build from parsed JSON; InvalidInputError names the key that is wrong."""
        if isinstance(values, Mapping):
            values = {
                key: _PARTS[key](value) if key in _PARTS else value for key, value in values.items()
            }
        return super().from_json(values)


_PARTS: Mapping[str, Callable[[object], object]] = {
    "objective": OBJECTIVES.from_json,
    "latent": Latent.from_json,
    "prior": PRIORS.from_json,
    "encoder": ENCODERS.from_json,
    "decoder": DECODERS.from_json,
    "image": ImageSpec.from_json,
    "optimizer": Optimizer.from_json,
}


def differences(one: RunConfig, other: RunConfig, *, besides: tuple[str, ...] = ()) -> list[str]:
    """The parameters in which two configurations differ, with both values: `latent.dim (2, not 3)`.

    Those named in `besides` may differ.
    """
    first, second = (dict(_flat(config.to_json())) for config in (one, other))
    return [
        f"{name} ({first.get(name)}, not {second.get(name)})"
        for name in dict.fromkeys((*first, *second))
        if name not in besides and first.get(name) != second.get(name)
    ]


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
