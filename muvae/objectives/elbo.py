"""The VAE's objective: the negative evidence lower bound (Eq. 1 to 3)."""

from dataclasses import dataclass
from typing import final

from torch import Tensor

from muvae.objectives.batch import Batch
from muvae.objectives.objective import Objective


@final
@dataclass(frozen=True, kw_only=True)
class Elbo(Objective):
    """Squared error plus KL(q(z|x) || p(z)), Eq. 1."""

    def regularization(self, batch: Batch) -> Tensor:
        return batch.prior.kl(batch.posterior, batch.codes).mean()
