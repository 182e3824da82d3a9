"""The card of the ELBO."""

from app.ui.objective_cards.card import RECONSTRUCTION, Card, Observation, Term
from muvae.objectives.elbo import Elbo

KL_FORMULA = r"\mathrm{KL}(q(z|x)\,\Vert\,p(z))"
KL_SUM = r"\sum_d [\mu_d^2 + \sigma_d^2 - \log \sigma_d^2 - 1]"
KL = Term(
    rf"{KL_FORMULA} = \tfrac12 {KL_SUM}",
    "Eq. 3, in nats: 0 only where an image's posterior is the prior, μ = 0 and σ = 1. It grows "
    "with the square of every mean and as σ leaves 1: the price of saying something about an "
    "image.",
)


def elbo_card(objective: Elbo) -> Card:
    """What there is to say of a VAE's objective."""
    return Card(
        family=objective.label,
        summary="ELBO",
        formula=rf"\lVert x - x' \rVert^2 + {KL_FORMULA}",
        description=(
            "The usual VAE: reconstruct well, and keep the posterior of *each image* near the "
            "prior N(0, I). The sum is, but for a constant, the negative evidence lower bound "
            "(Eq. 1, 2) of a decoder with Gaussian noise of variance ½. A dimension that saves "
            "less reconstruction error than its KL costs falls back to μ = 0, σ = 1 and says "
            "nothing: posterior collapse."
        ),
        terms=(RECONSTRUCTION, KL),
        observations=(
            Observation(
                "Its codes together follow the prior, so draws at σ = 1 fall among them. Draw all "
                "models at one σ: what σ = 1 gives here, μ-VAE gives at a larger one.",
                "samples at one σ",
                ("mu-vae-1", "mu-vae-2"),
            ),
            Observation(
                "Sharper than β-VAE, and with a larger error than μ-VAE: the KL buys closeness to "
                "the prior with detail.",
                "reconstructions",
                ("beta-vae", "mu-vae-1"),
            ),
            Observation(
                "In every dimension the codes of all images together come close to the prior "
                "N(0, 1), and ±2, the range of the traversals, covers nearly all of them.",
                "distributions",
            ),
        ),
        charted=True,
    )
