"""What an objective sees of a training step."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import torch
from torch import Tensor

from muvae.priors import STANDARD_NORMAL, Prior
from muvae.types import Autoencoder, Posterior


@dataclass(frozen=True)
class Progress:
    """How far training is: at step `step` of `steps`, from 1, with `train_size` images an epoch.

    A schedule in `step` alone does not change when more epochs are asked for; one in `steps` does.
    """

    step: int
    steps: int
    train_size: int

    @property
    def fraction(self) -> float:
        """The share of training that is done with this step, in [0, 1]."""
        return self.step / self.steps

    @classmethod
    def end(cls, train_size: int) -> Self:
        """The end of a training of which no more is known: every schedule has run its course."""
        return cls(2**62, 2**62, train_size)


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A batch on its way through the networks.

    `images` float [N,C,H,W] in [0, 1]; `posterior` of [N,D]; `codes` [N,D], drawn from it and
    differentiable; `vae` encodes and decodes anything else that an objective may need; what it
    draws, it draws from `generator`. Outside training, `vae` and parts give no gradients.
    """

    images: Tensor
    posterior: Posterior
    codes: Tensor
    vae: Autoencoder
    progress: Progress
    prior: Prior = STANDARD_NORMAL
    generator: torch.Generator | None = None

    def __len__(self) -> int:
        return len(self.images)

    @cached_property
    def reconstructions(self) -> Tensor:
        """The decoded codes [N,C,H,W], in [0, 1]; decoded when they are first asked for."""
        return self.vae.decode(self.codes)
