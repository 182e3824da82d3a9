"""The card of the β-VAE's objective."""

from app.ui.objective_cards.card import RECONSTRUCTION, Card, Observation, Term
from app.ui.objective_cards.elbo import KL, KL_FORMULA, KL_SUM
from muvae.objectives.beta import BetaElbo


def beta_card(objective: BetaElbo) -> Card:
    """What there is to say of a β-VAE's objective."""
    beta = objective.beta
    formula = rf"{beta:g}\,{KL_FORMULA} = {beta / 2:g} {KL_SUM}"
    meaning = f"Weighted by β = {beta:g}: the same minimum, steeper walls. {KL.meaning}"
    return Card(
        family=objective.label,
        summary=f"ELBO, β = {beta:g}",
        formula=rf"\lVert x - x' \rVert^2 + {beta:g}\,{KL_FORMULA}",
        description=(
            f"The ELBO with a KL term that weighs β = {beta:g} times as much (Table 3; "
            "Higgins et al., 2017), proposed to make single dimensions stand for single factors. "
            f"Every nat about an image must now save {beta:g} units of squared error, so weak "
            "dimensions collapse, codes of different images overlap more, and reconstructions blur."
        ),
        terms=(RECONSTRUCTION, Term(formula, meaning)),
        observations=(
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
        ),
        charted=True,
    )
