"""The μ-VAE's objective: the aggregate mean and a variance term in place of the KL (Eq. 4 to 6)."""

from dataclasses import dataclass
from typing import final

from torch import Tensor

from muvae.errors import InvalidInputError
from muvae.objectives.objective import Objective
from muvae.objectives.terms import VARIANCE_TERMS, VarianceTerm, aggregate_mean, variance_term
from muvae.types import Posterior

_FORMULAS = {
    "kl": r"\sum_{i,d} [\sigma^2 - \log \sigma^2 - 1]",
    "log_var": r"\sum_{i,d} \log \sigma^2",
    "exp": r"\sum_{i,d} [\sigma^2 - 1]",
}
_SUMMARIES = {
    "kl": "Eq. 6, KL variance term",
    "log_var": "Eq. 6 as printed",
    "exp": "Eq. 6, exp variance term",
}


@final
@dataclass(frozen=True, kw_only=True)
class MuElbo(Objective):
    """Squared error plus (|Σ_i Σ_d μ| + Σ_i Σ_d v(log σ²)) / B, with means clipped (Eq. 4 to 6).

    `variance` is v: `log_var` is Eq. 6 as printed, which has no lower bound and drives σ to 0;
    `kl` is the KL loss's own term, which Section 4 allows in its place.
    """

    variance: VarianceTerm = "kl"
    sample_std: float = 3.0

    def __post_init__(self) -> None:
        if self.variance not in VARIANCE_TERMS:
            raise InvalidInputError(
                f"variance is {self.variance!r}; it must be one of {', '.join(VARIANCE_TERMS)}"
            )

    @property
    def formula(self) -> str:
        terms = r"\left|\sum_{i,d} \mu\right| + " + _FORMULAS[self.variance]
        return rf"\lVert x - x' \rVert^2 + \tfrac1B\left({terms}\right)"

    @property
    def summary(self) -> str:
        return _SUMMARIES[self.variance]

    def regularization(self, posterior: Posterior) -> Tensor:
        variance = variance_term(posterior.log_var, self.variance).sum(1).mean()
        return aggregate_mean(posterior.mean) + variance
