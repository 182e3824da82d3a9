"""The μ-VAE's objective: the aggregate mean and a variance term in place of the KL (Eq. 4 to 6)."""

from dataclasses import dataclass
from typing import final

from torch import Tensor

from muvae.objectives.batch import Batch
from muvae.objectives.objective import Objective
from muvae.objectives.terms import VarianceTerm, aggregate_mean, variance_term


@final
@dataclass(frozen=True, kw_only=True)
class MuElbo(Objective):
    """Squared error plus (|Σ_i Σ_d μ| + Σ_i Σ_d v(log σ²)) / B, with means clipped (Eq. 4 to 6).

    `variance` is v: `log_var` is Eq. 6 as printed, which has no lower bound and drives σ to 0;
    `kl` is the KL loss's own term, which Section 4 allows in its place.
    """

    variance: VarianceTerm = "kl"
    sample_std: float = 3.0

    def regularization(self, batch: Batch) -> Tensor:
        posterior = batch.posterior
        variance = variance_term(posterior.log_var, self.variance).sum(1).mean()
        return aggregate_mean(posterior.mean) + variance
