"""A term of the codes themselves: how far a batch of them is from as many draws of the prior."""

from dataclasses import dataclass

import torch
from torch import Tensor

from muvae.objectives import Objective
from muvae.objectives.batch import Batch


@dataclass(frozen=True, kw_only=True)
class Mmd(Objective):
    """Squared error plus λ MMD²(q(z), p(z)), Gaussian kernel (Zhao et al. 2019, Section 3.2)."""

    weight: float = 10.0

    def regularization(self, batch: Batch) -> Tensor:
        count, dim = batch.codes.shape
        drawn = batch.prior.sample(count, dim, batch.generator)
        return self.weight * (
            _kernel(batch.codes, batch.codes)
            + _kernel(drawn, drawn)
            - 2 * _kernel(batch.codes, drawn)
        )


def _kernel(first: Tensor, second: Tensor) -> Tensor:
    """The mean of exp(-||x - y||² / D) over all pairs."""
    squares = (first[:, None] - second).square().mean(2)
    return torch.exp(-squares).mean()
