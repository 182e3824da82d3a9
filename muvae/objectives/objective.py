"""What every objective is: a frozen, pure function, and what the paper says of its latent space."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

from torch import Tensor

from muvae.objectives.terms import squared_error
from muvae.types import LossTerms, Posterior


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
    @abstractmethod
    def formula(self) -> str:
        """LaTeX of the minimised loss."""

    @property
    @abstractmethod
    def summary(self) -> str:
        """What is minimised, in a few words."""

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
