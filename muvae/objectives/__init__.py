"""The registry of objectives, in display order; the first four are the paper's."""

from muvae.components import Registry, changed
from muvae.objectives.beta import BetaElbo
from muvae.objectives.elbo import Elbo
from muvae.objectives.mu import MuElbo
from muvae.objectives.objective import Objective

OBJECTIVES: Registry[Objective] = Registry(
    "objective",
    (
        Elbo(name="vae", label="VAE"),
        BetaElbo(name="beta-vae", label="β-VAE", beta=4.0),
        MuElbo(name="mu-vae-1", label="μ-VAE#1", clip=3.0, traversal=10.0),
        MuElbo(name="mu-vae-2", label="μ-VAE#2", clip=6.0, traversal=20.0),
        MuElbo(
            name="mu-vae-1-eq6",
            label="μ-VAE#1 (Eq. 6)",
            clip=3.0,
            traversal=10.0,
            variance="log_var",
        ),
        MuElbo(
            name="mu-vae-2-eq6",
            label="μ-VAE#2 (Eq. 6)",
            clip=6.0,
            traversal=20.0,
            variance="log_var",
        ),
        MuElbo(
            name="mu-vae-1-exp",
            label="μ-VAE#1 (exp)",
            clip=3.0,
            traversal=10.0,
            variance="exp",
        ),
        MuElbo(
            name="mu-vae-2-exp",
            label="μ-VAE#2 (exp)",
            clip=6.0,
            traversal=20.0,
            variance="exp",
        ),
    ),
)
PAPER_OBJECTIVES = ("vae", "beta-vae", "mu-vae-1", "mu-vae-2")


def get_objective(name: str) -> Objective:
    """Look an objective up by its registered name; InvalidInputError lists the names there are."""
    return OBJECTIVES.named(name)


def objective_from_json(values: object) -> Objective:
    """The objective of `{"name": ..., parameters}`; InvalidInputError names what is wrong."""
    return OBJECTIVES.from_json(values)


__all__ = [
    "OBJECTIVES",
    "PAPER_OBJECTIVES",
    "Objective",
    "changed",
    "get_objective",
    "objective_from_json",
]
