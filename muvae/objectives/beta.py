"""The β-VAE's objective: the ELBO with its KL term weighted (Table 3)."""

from dataclasses import dataclass
from typing import final

from torch import Tensor

from muvae.objectives.objective import Objective
from muvae.objectives.terms import kl_divergence
from muvae.types import Posterior


@final
@dataclass(frozen=True, kw_only=True)
class BetaElbo(Objective):
    """Squared error plus β KL(q(z|x) || N(0, I)); β = 1 is the ELBO."""

    beta: float
    sample_std: float = 1.0
    traversal: float = 2.0

    @property
    def formula(self) -> str:
        return rf"\lVert x - x' \rVert^2 + {self.beta:g}\,\mathrm{{KL}}(q(z|x)\,\Vert\,p(z))"

    @property
    def summary(self) -> str:
        return f"ELBO, β = {self.beta:g}"

    def regularization(self, posterior: Posterior) -> Tensor:
        return self.beta * kl_divergence(posterior).mean()
