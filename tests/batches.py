"""Batches for objectives, made without networks."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from muvae import OBJECTIVES, Posterior
from muvae.objectives.batch import Batch, Progress
from muvae.objectives.beta import BetaElbo
from muvae.objectives.elbo import Elbo
from muvae.objectives.mu import MuElbo

# The names of those of KL and the terms of Eq. 6 alone, which tests write out.
OF_KL_AND_EQ_6 = [
    name for name, each in OBJECTIVES.items() if type(each) in (Elbo, BetaElbo, MuElbo)
]


@dataclass
class FixedNetworks:
    """Networks that decode every code into the same images."""

    reconstructions: Tensor
    latent_dim: int

    def encode(self, images: Tensor) -> Posterior:
        """Not asked for."""
        raise NotImplementedError

    def decode(self, codes: Tensor) -> Tensor:
        """Those images."""
        assert len(codes) == len(self.reconstructions)
        return self.reconstructions


def make_batch(
    images: Tensor, reconstructions: Tensor, posterior: Posterior, **others: Any
) -> Batch:
    """A batch of these, its codes being the means, in the middle of training."""
    progress = Progress(step=50, steps=100, train_size=len(images))
    return Batch(
        **{
            "images": images,
            "posterior": posterior,
            "codes": posterior.mean,
            "vae": FixedNetworks(reconstructions, posterior.mean.shape[1]),
            "progress": progress,
            **others,
        }
    )


def random_batch(count: int = 5, dim: int = 3, seed: int = 0, **others: Any) -> Batch:
    """Images, reconstructions and a posterior drawn from a seed."""
    generator = torch.Generator().manual_seed(seed)
    images, reconstructions = torch.rand(2, count, 1, 28, 28, generator=generator)
    mean, log_var = torch.randn(2, count, dim, generator=generator)
    return make_batch(images, reconstructions, Posterior(mean, log_var), **others)
