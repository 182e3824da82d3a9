"""What every prior is: a distribution over codes that can be drawn from and evaluated."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from muvae.components import Component
from muvae.types import Posterior


@dataclass(frozen=True, kw_only=True)
class Prior(Component, ABC):
    """A prior p(z) over codes of D dimensions; densities are natural logarithms."""

    kind: ClassVar[str] = "prior"

    @abstractmethod
    def sample(self, count: int, dim: int, generator: torch.Generator | None = None) -> Tensor:
        """Codes [count,D] drawn from it, on the generator's device; the same for the same state."""

    @abstractmethod
    def log_prob(self, codes: Tensor) -> Tensor:
        """Log p(z) of codes [N,D], [N], in nats."""

    def kl(self, posterior: Posterior, codes: Tensor) -> Tensor:
        """KL(q(z|x) || p(z)) of each image, [N], in nats; codes [N,D] are a draw from q.

        Estimated by log q(z|x) - log p(z) at that draw, unless a prior knows better.
        """
        standardised = (codes - posterior.mean) / posterior.std
        terms = standardised.square() + posterior.log_var + math.log(2 * math.pi)
        return -0.5 * terms.sum(1) - self.log_prob(codes)
