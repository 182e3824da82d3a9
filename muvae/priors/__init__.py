"""The registry of priors p(z)."""

from muvae.components import Registry
from muvae.priors.prior import Prior
from muvae.priors.standard_normal import StandardNormal

PRIORS: Registry[Prior] = Registry("prior", (StandardNormal(),))
STANDARD_NORMAL = PRIORS["standard-normal"]


def prior_from_json(values: object) -> Prior:
    """The prior of `{"name": ..., parameters}`; InvalidInputError names what is wrong."""
    return PRIORS.from_json(values)


__all__ = ["PRIORS", "STANDARD_NORMAL", "Prior", "StandardNormal", "prior_from_json"]
