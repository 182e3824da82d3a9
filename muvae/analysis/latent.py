"""Moves in latent space: pure functions on codes, float32 tensors [..., D]."""

import math

import torch
from torch import Tensor

from muvae.errors import InvalidInputError

STRAIGHT = 1e-4  # radians: nearer to 0 or π than this, no arc between two directions is defined


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


def linear_path(start: Tensor, end: Tensor, shares: Tensor) -> Tensor:
    """Codes [K,D] on the straight line from start [D] to end [D]: shares [K], 0 start, 1 end."""
    return torch.lerp(start, end, shares[:, None])


def angle_between(start: Tensor, end: Tensor) -> float | None:
    """The angle in radians at which two codes [D] lie, seen from the origin.

    None where no single arc leads from one to the other: a code at the origin, or both on one line
    through it.
    """
    one, other = (torch.nn.functional.normalize(code.double(), dim=0) for code in (start, end))
    # By its tangent: a cosine tells small angles apart only to half of its digits.
    angle = 2 * float(torch.atan2((one - other).norm(), (one + other).norm()))
    whole = bool(one.any()) and bool(other.any())
    return angle if whole and STRAIGHT < angle < math.pi - STRAIGHT else None


def spherical_path(start: Tensor, end: Tensor, shares: Tensor) -> Tensor:
    """Codes [K,D] on the arc from start [D] to end [D], at shares [K] of its angle.

    Directions turn evenly (slerp), norms go linearly; where `angle_between` is None, it is the
    straight line.
    """
    angle = angle_between(start, end)
    if angle is None:
        return linear_path(start, end, shares)
    turned = shares[:, None] * angle
    one, other = start / start.norm(), end / end.norm()
    directions = torch.sin(angle - turned) * one + torch.sin(turned) * other
    norms = torch.lerp(start.norm(), end.norm(), shares[:, None])
    codes: Tensor = norms * directions / math.sin(angle)
    return codes


def analogy(a: Tensor, b: Tensor, c: Tensor, amount: float = 1.0) -> Tensor:
    """The sum a + amount · (c − b) of codes [..., D]: a − b + c for amount 1, a itself for 0."""
    return a + amount * (c - b)


def spacing(codes: Tensor, coverage: float = 0.99, most: int = 1000) -> float:
    """The distance within which `coverage` of codes [N,D] have another one of them.

    Measured on at most `most` of them, evenly spread; InvalidInputError if there is only one.
    """
    size = len(codes)
    if size < 2:
        raise InvalidInputError(f"spacing is of two codes or more, not of {size}")
    places = torch.linspace(0, size - 1, min(most, size), dtype=torch.float64).round().long()
    nearest_other = []
    for chunk in places.split(100):
        distances = torch.cdist(
            codes[chunk], codes, compute_mode="donot_use_mm_for_euclid_dist"
        )  # the other mode is inexact for codes that lie close together
        distances[torch.arange(len(chunk)), chunk] = torch.inf
        nearest_other.append(distances.amin(dim=1))
    return float(torch.quantile(torch.cat(nearest_other), coverage))
