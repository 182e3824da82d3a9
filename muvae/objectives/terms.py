"""The terms that objectives are made of: tensors [N,D] or images [N,C,H,W] in, one scalar out."""

from typing import Literal, get_args

import torch
from torch import Tensor

VarianceTerm = Literal["kl", "log_var", "exp"]
VARIANCE_TERMS: tuple[VarianceTerm, ...] = get_args(VarianceTerm)


def squared_error(images: Tensor, reconstructions: Tensor) -> Tensor:
    """Reconstruction term of Eq. 6, [N]: squared error of each image, summed over its pixels."""
    return (images - reconstructions).square().flatten(1).sum(1)


def variance_term(log_var: Tensor, form: VarianceTerm) -> Tensor:
    """The three forms that Section 4 names for what is left of the KL loss, elementwise, [N,D].

    `kl` is exp(log σ²) − log σ² − 1, least (0) at σ = 1; `log_var` is log σ², as Eq. 6 prints it,
    unbounded below; `exp` is exp(log σ²) − 1, which falls to −1 as σ goes to 0.
    """
    match form:
        case "kl":
            return log_var.exp() - log_var - 1
        case "log_var":
            return log_var
        case "exp":
            return log_var.exp() - 1


def aggregate_mean(mean: Tensor) -> Tensor:
    """|Σ_i Σ_d μ_d| / B of Eq. 4, a scalar.

    The absolute value is of the sum over the whole batch, which couples its images: with several
    devices, reduce the sum before the absolute value.
    """
    return torch.abs(mean.sum()) / len(mean)
