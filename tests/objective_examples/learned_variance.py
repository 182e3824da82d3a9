"""A trainable part, and another reconstruction term: the variance of the decoder's noise."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from muvae.objectives import Objective
from muvae.objectives.batch import Batch
from muvae.objectives.terms import squared_error
from muvae.types import Autoencoder


class Variance(nn.Module):
    """The negative log-likelihood of images under N(x', v I), with a v that is learnt."""

    def __init__(self) -> None:
        super().__init__()
        self.log_var = nn.Parameter(torch.zeros(()))

    def forward(self, images: Tensor, reconstructions: Tensor) -> Tensor:
        pixels = images[0].numel()
        errors = squared_error(images, reconstructions) * torch.exp(-self.log_var)
        return 0.5 * (errors + pixels * (self.log_var + math.log(2 * math.pi)))


@dataclass(frozen=True, kw_only=True)
class LearnedVariance(Objective):
    """The negative ELBO of a decoder with noise of one learned variance (Rybkin et al. 2021)."""

    learning_rate: float = 1e-2

    def make_parts(self, vae: Autoencoder) -> Mapping[str, nn.Module]:
        return {"noise": Variance()}

    def adam(self, part: str) -> Mapping[str, float]:
        return {"lr": self.learning_rate}

    def reconstruction(self, batch: Batch) -> Tensor:
        likelihood: Tensor = self.parts["noise"](batch.images, batch.reconstructions)
        return likelihood.mean()

    def regularization(self, batch: Batch) -> Tensor:
        return batch.prior.kl(batch.posterior, batch.codes).mean()
