"""What every objective is: a frozen, pure function, and what the paper says of its latent space."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from muvae.objectives.terms import squared_error
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
class Objective(ABC):
    """A training objective and the settings under which the paper looks at its models.

    `clip` is the bound of Eq. 5 in units of √D (None: no latent clipping); `sample_std` the σ of
    Figure 6; `traversal` the half-width of the range swept in Figure 7; `formula` is LaTeX for
    the quantity that is minimised.
    """

    name: str
    label: str
    clip: float | None = None
    sample_std: float
    traversal: float

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
