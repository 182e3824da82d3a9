"""An adversary with an optimiser of its own, and a state beside its weights."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn.functional import softplus

from muvae.objectives import Objective
from muvae.objectives.batch import Batch
from muvae.types import Autoencoder


@dataclass(frozen=True, kw_only=True)
class Adversarial(Objective):
    """Squared error plus λ times how surely codes are told from the prior's (Makhzani et al. 2015).

    Its batch normalisation keeps running statistics, which are a part's state too.
    """

    weight: float = 5.0
    hidden: int = 16
    learning_rate: float = 1e-3

    def make_parts(self, vae: Autoencoder) -> Mapping[str, nn.Module]:
        layers = nn.Linear(vae.latent_dim, self.hidden), nn.BatchNorm1d(self.hidden), nn.ReLU()
        return {"discriminator": nn.Sequential(*layers, nn.Linear(self.hidden, 1))}

    def adam(self, part: str) -> Mapping[str, object]:
        return {"lr": self.learning_rate, "betas": (0.5, 0.9)}

    def regularization(self, batch: Batch) -> Tensor:
        return self.weight * softplus(-self.parts["discriminator"](batch.codes)).mean()

    def adversaries(self, batch: Batch) -> Mapping[str, Tensor]:
        discriminator = self.parts["discriminator"]
        drawn = batch.prior.sample(*batch.codes.shape, batch.generator)
        real = softplus(-discriminator(drawn)).mean()
        return {"discriminator": real + softplus(discriminator(batch.codes.detach())).mean()}
