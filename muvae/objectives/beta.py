"""The β-VAE's objective: the ELBO with its KL term weighted (Table 3)."""

from dataclasses import dataclass
from typing import final

from torch import Tensor

from muvae.objectives.batch import Batch
from muvae.objectives.elbo import KL, KL_FORMULA, KL_SUM
from muvae.objectives.objective import RECONSTRUCTION, Objective, Observation, Term
from muvae.parameters import require


@final
@dataclass(frozen=True, kw_only=True)
class BetaElbo(Objective):
    """Squared error plus β KL(q(z|x) || N(0, I)); β = 1 is the ELBO."""

    beta: float = 4.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.beta >= 0, "beta", self.beta, "0 or more")

    @property
    def formula(self) -> str:
        return rf"\lVert x - x' \rVert^2 + {self.beta:g}\,{KL_FORMULA}"

    @property
    def summary(self) -> str:
        return f"ELBO, β = {self.beta:g}"

    @property
    def description(self) -> str:
        return (
            f"The ELBO with a KL term that weighs β = {self.beta:g} times as much (Table 3; "
            "Higgins et al., 2017), proposed to make single dimensions stand for single factors. "
            f"Every nat about an image must now save {self.beta:g} units of squared error, so weak "
            "dimensions collapse, codes of different images overlap more, and reconstructions blur."
        )

    @property
    def terms(self) -> tuple[Term, ...]:
        formula = rf"{self.beta:g}\,{KL_FORMULA} = {self.beta / 2:g} {KL_SUM}"
        meaning = f"Weighted by β = {self.beta:g}: the same minimum, steeper walls. {KL.meaning}"
        return RECONSTRUCTION, Term(formula, meaning)

    @property
    def observations(self) -> tuple[Observation, ...]:
        return (
            Observation(
                "Several dimensions hardly change the picture. The strip shows the one with the "
                "least KL of all.",
                "weakest traversal",
                ("vae",),
            ),
            Observation(
                "Blurred or plainly another class, in red where its classifier errs: the code no "
                "longer says which image it was.",
                "reconstructions",
                ("vae",),
            ),
            Observation(
                "The least KL of all objectives, unevenly spread: on a log axis some dimensions "
                "lie far below the others.",
                "KL per dimension",
                ("vae",),
            ),
        )

    def regularization(self, batch: Batch) -> Tensor:
        return self.beta * batch.prior.kl(batch.posterior, batch.codes).mean()
