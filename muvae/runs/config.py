"""What defines a run: frozen dataclasses to JSON values and back, every value checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from muvae.parameters import LATER, JsonDataclass, is_int, is_positive, require
from muvae.types import CLASSES, MOST_CLASSES

ARCHITECTURES = ("conv", "mlp-tanh", "mlp-relu", "mlp-leaky-relu")
PRECISIONS = ("float32", "bfloat16")
RUN_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True)
class ModelConfig(JsonDataclass):
    """The networks: which architecture, how many latent dimensions D, and the bound of Eq. 5.

    `conv` is Table 4; `mlp-…` is Table 2 with the activation function that its name ends in.
    `bound` is the largest L2 norm of a posterior mean; None leaves the means unclipped. `classes`
    is how many the classifier tells apart.
    """

    architecture: str = "conv"
    latent_dim: int = 10
    bound: float | None = None
    classes: int = field(default=CLASSES, metadata=LATER)

    def __post_init__(self) -> None:
        require(
            self.architecture in ARCHITECTURES,
            "architecture",
            self.architecture,
            f"one of {', '.join(ARCHITECTURES)}",
        )
        require(
            is_int(self.latent_dim, 1) and self.latent_dim <= 1024,
            "latent_dim",
            self.latent_dim,
            "a whole number from 1 to 1024",
        )
        require(
            self.bound is None or is_positive(self.bound),
            "bound",
            self.bound,
            "a positive number or null",
        )
        require(
            is_int(self.classes, 2) and self.classes <= MOST_CLASSES,
            "classes",
            self.classes,
            f"a whole number from 2 to {MOST_CLASSES}",
        )


@dataclass(frozen=True)
class RunConfig(JsonDataclass):
    """Everything that decides a training run's result (Appendix B gives the defaults).

    `data_sha256` is that of data of one's own (None: a built-in dataset's, which its name tells);
    `limit` caps the training images (None: all); `precision` is that of the convolutions and of
    the classifier's hidden layers during training.
    """

    name: str
    dataset: str
    objective: str
    model: ModelConfig = field(default_factory=ModelConfig)
    epochs: int = 30
    seed: int = 0
    batch_size: int = 64
    learning_rate: float = 1e-4
    beta1: float = 0.9
    beta2: float = 0.999
    precision: str = "float32"
    limit: int | None = None
    data_sha256: str | None = field(default=None, metadata=LATER)

    def __post_init__(self) -> None:
        require(
            isinstance(self.name, str) and RUN_NAME.fullmatch(self.name) is not None,
            "name",
            self.name,
            "1 to 64 of a-z, 0-9, '.', '_' and '-', starting with a letter or digit",
        )
        for name in ("dataset", "objective"):
            value = getattr(self, name)
            require(isinstance(value, str) and value != "", name, value, "a name")
        require(isinstance(self.model, ModelConfig), "model", self.model, "a ModelConfig")
        require(is_int(self.epochs, 1), "epochs", self.epochs, "a whole number from 1")
        require(
            is_int(self.seed, 0) and self.seed < 2**32,
            "seed",
            self.seed,
            "a whole number from 0 to 2**32 - 1",
        )
        require(is_int(self.batch_size, 1), "batch_size", self.batch_size, "a whole number from 1")
        require(
            is_positive(self.learning_rate),
            "learning_rate",
            self.learning_rate,
            "a positive number",
        )
        for name in ("beta1", "beta2"):
            value = getattr(self, name)
            require(is_positive(value) and value < 1, name, value, "between 0 and 1")
        require(
            self.precision in PRECISIONS,
            "precision",
            self.precision,
            f"one of {', '.join(PRECISIONS)}",
        )
        require(
            self.limit is None or is_int(self.limit, 1),
            "limit",
            self.limit,
            "a whole number from 1, or null",
        )
        require(
            self.data_sha256 is None or isinstance(self.data_sha256, str),
            "data_sha256",
            self.data_sha256,
            "a text or null",
        )

    @classmethod
    def from_json(cls, values: object) -> Self:
        """Build from parsed JSON; InvalidInputError names the key that is wrong."""
        if isinstance(values, Mapping) and "model" in values:
            values = {**values, "model": ModelConfig.from_json(values["model"])}
        return super().from_json(values)
