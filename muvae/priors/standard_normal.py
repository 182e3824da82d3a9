"""The standard normal prior, N(0, I), that of the paper."""

import math
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from muvae.priors.prior import Prior
from muvae.types import Posterior


@final
@dataclass(frozen=True, kw_only=True)
class StandardNormal(Prior):
    """N(0, I) in D dimensions."""

    name: str = "standard-normal"

    def sample(self, count: int, dim: int, generator: torch.Generator | None = None) -> Tensor:
        device = generator.device if generator is not None else None
        return torch.randn(count, dim, generator=generator, device=device)

    def log_prob(self, codes: Tensor) -> Tensor:
        return -0.5 * (codes.square() + math.log(2 * math.pi)).sum(1)

    def kl(self, posterior: Posterior, codes: Tensor) -> Tensor:
        del codes
        return kl_divergence(posterior)


def kl_divergence(posterior: Posterior) -> Tensor:
    """KL(q(z|x) || N(0, I)) of each image, Eq. 3, [N], in nats."""
    log_var = posterior.log_var
    return 0.5 * (posterior.mean.square() + (log_var.exp() - log_var - 1)).sum(1)
