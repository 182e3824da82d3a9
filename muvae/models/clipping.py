"""Latent clipping's bound (Eq. 5), as floats meet it: a code on the sphere is not beyond it."""

import torch
from torch import Tensor

# Clipping in float32 leaves a norm within 1e-6 of the bound, above it as often as below. The
# browser's copy is app/web/engine/bound.js (held to this one by tests/app/web/engine).
TOLERANCE = 1e-4  # as a share of the bound


def share_of_bound(codes: Tensor, bound: float) -> Tensor:
    """The norm of each code [N,D] as a share of the bound, [N]: 1 on it, more than 1 beyond it.

    On it is what lies within TOLERANCE of it.
    """
    share = torch.linalg.vector_norm(codes.double(), dim=-1) / bound
    return torch.where((share - 1).abs() <= TOLERANCE, 1.0, share)
