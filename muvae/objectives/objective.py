"""What every objective is: a frozen, pure function, and what the paper says of its latent space."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from torch import Tensor

from muvae.components import Component
from muvae.objectives.terms import squared_error
from muvae.parameters import NOT_SAVED, is_positive, require
from muvae.types import LossTerms, Posterior

# Where something can be seen, in the field's terms; the app knows the page and its state.
View = Literal[
    "reconstructions",
    "samples",
    "samples at one σ",
    "traversals",
    "weakest traversal",
    "maps",
    "maps by norm",
    "distributions",
    "KL per dimension",
    "curves",
    "toy planes",
]


@dataclass(frozen=True)
class Term:
    """A part of the loss: LaTeX, and what it does in words (markdown)."""

    formula: str
    meaning: str


@dataclass(frozen=True)
class Observation:
    """What can be seen of an objective's models (markdown), and where.

    `beside` are the names of the objectives whose models it shows in comparison.
    """

    text: str
    view: View
    beside: tuple[str, ...] = ()


RECONSTRUCTION = Term(
    r"\lVert x - x' \rVert^2",
    "Reconstruction: squared error between the image and what the decoder makes of its code, "
    "summed over the pixels. The code is drawn, z = μ + σε, so noise costs wherever the decoder "
    "listens.",
)


@dataclass(frozen=True, kw_only=True)
class Objective(Component, ABC):
    """A training objective and the settings under which its models are looked at.

    `sample_std` is the σ of Figure 6, `traversal` the half-width of the range swept in Figure 7:
    they are parameters, so that a run tells them. `label` is its name for people, and `clip` the
    bound of Eq. 5, in units of √D, that its models start from (None: no latent clipping); a run's
    own bound is its configuration's, and neither is in its JSON.
    """

    kind: ClassVar[str] = "objective"

    label: str = field(metadata=NOT_SAVED)
    clip: float | None = field(default=None, metadata=NOT_SAVED)
    sample_std: float = 1.0
    traversal: float = 2.0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("sample_std", "traversal"):
            value = getattr(self, name)
            require(is_positive(value), name, value, "a positive number")
        bounded = self.clip is None or self.clip > 0
        require(bounded, "clip", self.clip, "a positive number or none")

    @property
    def family(self) -> str:
        """The name that it shares with those that differ from it by their bound alone."""
        return self.label

    @property
    @abstractmethod
    def formula(self) -> str:
        """LaTeX of the minimised loss."""

    @property
    @abstractmethod
    def summary(self) -> str:
        """What is minimised, in a few words."""

    @property
    @abstractmethod
    def description(self) -> str:
        """What it is and what it does to the codes, in plain words (markdown); one a family."""

    @property
    @abstractmethod
    def terms(self) -> tuple[Term, ...]:
        """The parts of the formula."""

    @property
    @abstractmethod
    def observations(self) -> tuple[Observation, ...]:
        """What to look for in models that were trained with it."""

    @abstractmethod
    def regularization(self, posterior: Posterior) -> Tensor:
        """The batch mean of what is added to the reconstruction loss, a scalar."""

    def bound(self, latent_dim: int) -> float | None:
        """The largest L2 norm of a mean in D dimensions (Eq. 5); None: means are not clipped."""
        return None if self.clip is None else self.clip * math.sqrt(latent_dim)

    def __call__(self, images: Tensor, reconstructions: Tensor, posterior: Posterior) -> LossTerms:
        """Loss of a batch: images and reconstructions [N,1,28,28], posterior of [N,D]."""
        return LossTerms(
            reconstruction=squared_error(images, reconstructions).mean(),
            regularization=self.regularization(posterior),
        )
