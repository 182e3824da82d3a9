"""A schedule: the ELBO whose KL comes in slowly."""

from dataclasses import dataclass

from torch import Tensor

from muvae.objectives import Objective
from muvae.objectives.batch import Batch


@dataclass(frozen=True, kw_only=True)
class WarmUp(Objective):
    """Squared error plus β KL, β rising evenly from 0 to 1 in some steps (Bowman et al. 2016)."""

    warm_up: int = 6

    def regularization(self, batch: Batch) -> Tensor:
        beta = min(1.0, batch.progress.step / self.warm_up)
        return beta * batch.prior.kl(batch.posterior, batch.codes).mean()
