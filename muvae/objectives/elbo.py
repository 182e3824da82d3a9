"""The VAE's objective: the negative evidence lower bound (Eq. 1 to 3)."""

from dataclasses import dataclass
from typing import final

from torch import Tensor

from muvae.objectives.objective import Objective
from muvae.objectives.terms import kl_divergence
from muvae.types import Posterior


@final
@dataclass(frozen=True, kw_only=True)
class Elbo(Objective):
    """Squared error plus KL(q(z|x) || N(0, I)), Eq. 1."""

    sample_std: float = 1.0
    traversal: float = 2.0

    @property
    def formula(self) -> str:
        return r"\lVert x - x' \rVert^2 + \mathrm{KL}(q(z|x)\,\Vert\,p(z))"

    @property
    def summary(self) -> str:
        return "ELBO"

    def regularization(self, posterior: Posterior) -> Tensor:
        return kl_divergence(posterior).mean()
