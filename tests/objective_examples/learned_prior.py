"""A prior with a trainable part: a normal distribution whose mean and variance are learnt."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.distributions import Independent, Normal

from muvae.priors import Prior
from muvae.types import Autoencoder


class Moments(nn.Module):
    """Mean and log-variance of D dimensions, those of N(0, I) at the start."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.zeros(dim))
        self.log_var = nn.Parameter(torch.zeros(dim))

    def forward(self) -> Independent:
        return Independent(Normal(self.mean, torch.exp(0.5 * self.log_var)), 1)


@dataclass(frozen=True, kw_only=True)
class LearnedPrior(Prior):
    """N(m, diag v), with m and v learnt by the objective; its KL is estimated at the codes."""

    name: str = "learned-prior"
    learning_rate: float = 1e-2

    def make_parts(self, vae: Autoencoder) -> Mapping[str, nn.Module]:
        return {"moments": Moments(vae.latent_dim)}

    def adam(self, part: str) -> Mapping[str, float]:
        return {"lr": self.learning_rate}

    def sample(self, count: int, dim: int, generator: torch.Generator | None = None) -> Tensor:
        own: Normal = self.parts["moments"]().base_dist
        noise = torch.empty(count, dim, device=own.loc.device).normal_(generator=generator)
        return own.loc + own.scale * noise

    def log_prob(self, codes: Tensor) -> Tensor:
        density: Tensor = self.parts["moments"]().log_prob(codes)
        return density
