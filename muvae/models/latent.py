"""The latent space: its size D, and the clipping of posterior means (Eq. 5)."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from muvae.parameters import JsonDataclass, is_int, is_positive, require

MOST_DIMENSIONS = 1024


@dataclass(frozen=True)
class Latent(JsonDataclass):
    """How many dimensions D a code has, and the bound of its mean in units of √D (Eq. 5).

    A `clip` of None leaves the means unclipped.
    """

    dim: int
    clip: float | None = None

    def __post_init__(self) -> None:
        fits = is_int(self.dim, 1) and self.dim <= MOST_DIMENSIONS
        require(fits, "latent.dim", self.dim, f"a whole number from 1 to {MOST_DIMENSIONS}")
        fits = self.clip is None or is_positive(self.clip)
        require(fits, "latent.clip", self.clip, "a positive number or null")

    @property
    def bound(self) -> float | None:
        """The largest L2 norm of a posterior mean, clip · √D; None leaves the means unclipped."""
        return None if self.clip is None else self.clip * math.sqrt(self.dim)


def clip_norm(mean: Tensor, bound: float | None) -> Tensor:
    """Latent clipping (Eq. 5): scale each row of [N,D] whose L2 norm exceeds `bound` back to it.

    Rows within the bound pass unchanged, value and gradient; beyond it the gradient is that of the
    projection onto the sphere, so it has no radial part. A bound of None leaves all rows alone.
    """
    if bound is None:
        return mean
    norm = torch.linalg.vector_norm(mean, dim=1, keepdim=True)
    return torch.where(norm > bound, mean * (bound / norm.clamp_min(bound)), mean)
