"""Moves in latent space: pure functions on codes, float32 tensors [..., D]."""

import torch
from torch import Tensor

from muvae.errors import InvalidInputError


def standard_noise(count: int, latent_dim: int, seed: int) -> Tensor:
    """Draws of N(0, I), [count, D]: the same for a seed, so that runs can be compared on them."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, latent_dim, generator=generator)


def sample_prior(noise: Tensor, std: float) -> Tensor:
    """Codes [N,D] of N(0, σ²I) from standard noise [N,D], as in Figure 6."""
    if not std >= 0:
        raise InvalidInputError(f"std is {std}; it must be 0 or more")
    return noise * std


def sample_aggregate(noise: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Codes [N,D] of the aggregate posterior's diagonal Gaussian, mean and std [D] as measured."""
    return mean + noise * std


def traverse(base: Tensor, dimension: int, values: Tensor) -> Tensor:
    """Copies of one code [D], [K,D], whose coordinate `dimension` takes each of `values` [K].

    All other coordinates stay as they are in `base` (Figure 7).
    """
    if not 0 <= dimension < len(base):
        raise InvalidInputError(f"dimension is {dimension}; the code has 0 to {len(base) - 1}")
    codes = base.repeat(len(values), 1)
    codes[:, dimension] = values
    return codes


def move(base: Tensor, positions: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Move a code [D] along its axes: positions [D] in [-1, 1] go from low [D] by base to high [D].

    Position 0 leaves a coordinate at `base`, -1 puts it at `low`, 1 at `high`, linearly between;
    where `base` lies outside of low to high, that side's end is `base` itself.
    """
    if bool((positions.abs() > 1).any()):
        raise InvalidInputError("positions must lie between -1 and 1")
    up = (high - base).clamp_min(0)
    down = (base - low).clamp_min(0)
    return base + torch.where(positions > 0, positions * up, positions * down)


def quantile_range(codes: Tensor, coverage: float = 0.98) -> tuple[Tensor, Tensor]:
    """Each dimension's central range, low and high [D], that holds `coverage` of codes [N,D]."""
    tail = (1 - coverage) / 2
    low, high = torch.quantile(codes, torch.tensor([tail, 1 - tail]), dim=0)
    return low, high


def nearest(codes: Tensor, query: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` codes of [N,D] nearest to query [D]: Euclidean distances and indices [count]."""
    distances = torch.linalg.vector_norm(codes - query, dim=1)
    result = torch.topk(distances, min(count, len(codes)), largest=False)
    return result.values, result.indices
