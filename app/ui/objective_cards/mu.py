"""The card of the μ-VAE's objective, in its three forms."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.ui.objective_cards.card import RECONSTRUCTION, Card, Observation, Term
from muvae.objectives.mu import MuElbo
from muvae.objectives.terms import VarianceTerm

_AGGREGATE = Term(
    r"\tfrac1B \left|\sum_{i,d} \mu\right|",
    "Eq. 4, over the B images of a batch and the D dimensions: the absolute value of the *sum*, so "
    "any mean is free of charge as long as the others balance it.",
)
_CLIPPING = Term(
    r"\lVert \mu \rVert_2 \leq c\,\sqrt{D}",
    "Latent clipping, Eq. 5, a part of the encoder: a mean vector longer than the bound is scaled "
    "back to it. The paper's two models differ in c alone; the table gives it and the bound.",
)


@dataclass(frozen=True)
class _Form:
    """What goes with one form of the variance term: its part of the formula, and words."""

    formula: str
    summary: str
    family: str
    meaning: str
    description: str
    observations: tuple[Observation, ...]


_FORMS: Mapping[VarianceTerm, _Form] = {
    "kl": _Form(
        formula=r"\sum_{i,d} [\sigma^2 - \log \sigma^2 - 1]",
        summary="Eq. 6, KL variance term",
        family="μ-VAE",
        meaning="The KL's own variance term, which Section 4 allows: 0 at σ = 1 and more on both "
        "sides, so the noise stays and the decoder must be smooth on its scale.",
        description="The KL pulls the mean of *every* image to 0; the μ-VAE asks only that the "
        "means of a batch *together* sum to 0. Codes may lie anywhere as long as others balance "
        "them, so they spread out and images stay apart. As nothing else keeps them from running "
        "off, latent clipping holds each within a ball, whose radius is the knob for how far apart "
        "codes can be.",
        observations=(
            Observation(
                "Draws at σ = 3. Codes of #1 spread about so far; those of #2 about twice, so its "
                "draws fall between them. Move σ and watch the classifier's confidence.",
                "samples",
            ),
            Observation(
                "At σ = 1 all draws come from the middle, where hardly any image has its code.",
                "samples at one σ",
                ("vae",),
            ),
            Observation(
                "Most codes lie near the bound: a shell, not a ball filled from its centre.",
                "maps by norm",
                ("vae",),
            ),
            Observation(
                "Every dimension changes the picture, and nearly all lead from one class to "
                "another, where some of β-VAE's stand still.",
                "traversals",
                ("beta-vae",),
            ),
            Observation(
                "Only the sum of all means is held at 0: look how far each dimension's codes are "
                "centred, and that they spread about 3 with #1 and farther with #2.",
                "distributions",
            ),
            Observation(
                "With two dimensions the whole of it can be seen, within the circle of the bound.",
                "toy planes",
            ),
        ),
    ),
    "log_var": _Form(
        formula=r"\sum_{i,d} \log \sigma^2",
        summary="Eq. 6 as printed",
        family="μ-VAE (Eq. 6)",
        meaning="The term that Eq. 6 prints. The paper says that it pushes log σ² to 0; but it is "
        "a straight line without a minimum, and training follows it down for ever.",
        description="The same objective with the variance term that Eq. 6 prints. It has no lower "
        "bound: σ falls to 0 within the first epoch, KL by Eq. 3 grows without end, and what is "
        "left is a deterministic autoencoder with its codes on the sphere of the bound. It "
        "reconstructs and classifies well, but no noise has taught the decoder what lies between "
        "codes.",
        observations=(
            Observation(
                "Draws at σ = 3 are mostly noise, yet the classifier is sure of them: "
                "confidence is no proof of a good sample.",
                "samples",
                ("mu-vae-1", "mu-vae-2"),
            ),
            Observation(
                "Every code has the length of the bound: all points in one colour.",
                "maps by norm",
                ("mu-vae-1", "mu-vae-2"),
            ),
            Observation(
                "From the origin, which is off that sphere, traversals tear into fragments; those "
                "of the KL form hold together for longer.",
                "traversals",
                ("mu-vae-1", "mu-vae-2"),
            ),
            Observation(
                "KL by Eq. 3, on a log axis: beyond a billion nats, and rising with every epoch.",
                "curves",
                ("mu-vae-1", "mu-vae-2"),
            ),
        ),
    ),
    "exp": _Form(
        formula=r"\sum_{i,d} [\sigma^2 - 1]",
        summary="Eq. 6, exp variance term",
        family="μ-VAE (exp)",
        meaning="The third form that Section 4 names. It never falls below −1 a dimension, but it "
        "gets there only as σ goes to 0: bounded, and with no minimum at σ = 1 either.",
        description="The same objective with the variance term exp(log σ²) − 1. Unlike Eq. 6 as "
        "printed it is bounded, and its pull fades as σ shrinks, so σ falls slowly; but nothing "
        "holds it up, since noise only costs reconstruction.",
        observations=(
            Observation(
                "With so little noise in training, are draws between codes still digits or "
                "clothes? Compare with the KL form at the same σ.",
                "samples",
                ("mu-vae-1", "mu-vae-2"),
            ),
            Observation(
                "KL by Eq. 3 holds −log σ²: does it rise as σ falls, and how fast beside the KL "
                "form's?",
                "curves",
                ("mu-vae-1", "mu-vae-2"),
            ),
        ),
    ),
}


def mu_card(objective: MuElbo) -> Card:
    """What there is to say of a μ-VAE's objective."""
    form = _FORMS[objective.variance]
    variance = Term(r"\tfrac1B " + form.formula, form.meaning)
    return Card(
        family=form.family,
        summary=form.summary,
        formula=rf"\lVert x - x' \rVert^2 + {_AGGREGATE.formula} + \tfrac1B {form.formula}",
        description=form.description,
        terms=(RECONSTRUCTION, _AGGREGATE, variance, _CLIPPING),
        observations=form.observations,
        charted=True,
    )
