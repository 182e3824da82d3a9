"""The β-VAE's objective: the ELBO with its KL term weighted (Table 3)."""

from dataclasses import dataclass
from typing import final

from torch import Tensor

from muvae.objectives.batch import Batch
from muvae.objectives.objective import Objective
from muvae.parameters import require


@final
@dataclass(frozen=True, kw_only=True)
class BetaElbo(Objective):
    """Squared error plus β KL(q(z|x) || p(z)); β = 1 is the ELBO."""

    beta: float = 4.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.beta >= 0, "beta", self.beta, "0 or more")

    def regularization(self, batch: Batch) -> Tensor:
        return self.beta * batch.prior.kl(batch.posterior, batch.codes).mean()
