"""What is measured of runs' test codes for the pages, kept until a run's folder changes."""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from app.data.store import measure_run
from muvae import Run
from muvae.analysis.latent import spacing
from muvae.analysis.metrics import (
    AggregatePosterior,
    FittedHistogram,
    aggregate_posterior,
    fitted_histograms,
    kl_per_dimension,
)
from muvae.training.evaluation import sample_codes
from muvae.types import Posterior


def aggregate(dataset: str, name: str) -> AggregatePosterior:
    """Mean and standard deviation per dimension of a run's codes, as measured on the test set."""
    return measure_run(dataset, name, "aggregate", lambda r: aggregate_posterior(*_posterior(r)))


def code_histograms(dataset: str, name: str, *, sampled: bool) -> tuple[FittedHistogram, ...]:
    """A histogram of each dimension of a run's test codes, sampled ones or means."""

    def make(run: Run) -> tuple[FittedHistogram, ...]:
        mean, log_var = run.codes.mean, run.codes.log_var
        codes = sample_codes(Posterior(mean, log_var)) if sampled else mean
        return fitted_histograms(codes.numpy())

    return measure_run(dataset, name, f"histograms, sampled: {sampled}", make)


def kl(dataset: str, name: str) -> NDArray[np.float64]:
    """KL divergence to N(0, 1) of each dimension of a run's test codes, in nats."""
    return measure_run(dataset, name, "kl", lambda run: kl_per_dimension(*_posterior(run)))


def _posterior(run: Run) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return run.codes.mean.numpy(), run.codes.log_var.numpy()


def code_spacing(dataset: str, name: str) -> float:
    """The distance within which 99 % of a run's test codes have another one of them."""
    return measure_run(dataset, name, "spacing", lambda run: spacing(run.codes.mean))


def code_limit(codes: Tensor) -> float:
    """How far from 0 codes [N,D] reach, for axes of ±that: 1 where all are 0."""
    return float(codes.abs().max()) or 1.0
