"""What every objective is: the loss of a batch, and how its models are looked at."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from torch import Tensor

from muvae.components import Component
from muvae.objectives.batch import Batch
from muvae.objectives.terms import squared_error
from muvae.parameters import NOT_SAVED, is_positive, require
from muvae.types import LossTerms


@dataclass(frozen=True, kw_only=True)
class Objective(Component, ABC):
    """A training objective and the settings under which its models are looked at.

    `sample_std` is the σ of Figure 6, `traversal` the half-width of the range swept in Figure 7:
    they are parameters, so that a run tells them. `label` is its name for people, and `clip` the
    bound of Eq. 5, in units of √D, that its models start from (None: no latent clipping); a run's
    own bound is its configuration's, and neither is in its JSON.

    The same batch and the same parts give the same losses. A part may have state, such as a
    multiplier in a buffer, that `loss` changes in training, where the part's `training` is set.
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

    def reconstruction(self, batch: Batch) -> Tensor:
        """The batch mean of the reconstruction loss, a scalar: the squared error of Eq. 6."""
        return squared_error(batch.images, batch.reconstructions).mean()

    @abstractmethod
    def regularization(self, batch: Batch) -> Tensor:
        """The batch mean of what is added to the reconstruction loss, a scalar."""

    def adversaries(self, batch: Batch) -> Mapping[str, Tensor]:
        """The losses of parts that are trained against the objective, scalars by the parts' names.

        Each such part minimises its own loss, and everything else the objective's.
        """
        del batch
        return {}

    def loss(self, batch: Batch) -> LossTerms:
        """All losses of a step; they are minimised by whoever calls this."""
        return LossTerms(
            self.reconstruction(batch), self.regularization(batch), self.adversaries(batch)
        )

    def bound(self, latent_dim: int) -> float | None:
        """The largest L2 norm of a mean in D dimensions (Eq. 5); None: means are not clipped."""
        return None if self.clip is None else self.clip * math.sqrt(latent_dim)
