"""Measuring over draws: their mean, their standard deviation, and no two of them alike."""

import math

import numpy as np
import pytest
import torch

from muvae.analysis.draws import over_draws, silhouette_over_draws
from muvae.analysis.metrics import silhouette


def test_a_measurement_is_the_mean_and_standard_deviation_of_its_draws() -> None:
    """The standard deviation is the sample's, with n − 1."""
    seen = list[float]()

    def once(generator: torch.Generator) -> dict[str, float]:
        seen.append(float(torch.randn(100, generator=generator).mean()))
        return {"mean": seen[-1], "double": 2 * seen[-1]}

    found = over_draws(once, seed=0)
    assert len(seen) == len(set(seen)) == 32
    mean = sum(seen) / 32
    sd = math.sqrt(sum((value - mean) ** 2 for value in seen) / 31)
    assert found["mean"].value == pytest.approx(mean)
    assert found["mean"].sd == pytest.approx(sd)
    assert found["mean"].draws == 32
    assert found["double"].value == pytest.approx(2 * mean)
    assert found["double"].sd == pytest.approx(2 * sd)
    # Of means of 100 draws of N(0, 1), the standard deviation is 0.1.
    assert sd == pytest.approx(0.1, rel=0.5)


def test_draws_are_those_of_their_seed() -> None:
    def once(generator: torch.Generator) -> dict[str, float]:
        return {"noise": float(torch.randn((), generator=generator))}

    first, same, other = (over_draws(once, seed=seed, draws=5) for seed in (0, 0, 1))
    assert first == same
    assert first != other
    assert first["noise"].draws == 5


def test_the_silhouette_is_over_draws_of_codes_where_there_are_many() -> None:
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 3, 900)
    codes = generator.normal(size=(900, 2)) + 2 * labels[:, None]
    found = silhouette_over_draws(codes, labels, sample_size=300)
    whole = silhouette(codes, labels, sample_size=None)
    assert found.draws == 32
    assert found.sd is not None
    assert found.sd > 0
    assert abs(found.value - whole) < found.sd
    everything = silhouette_over_draws(codes, labels, sample_size=900)
    assert (everything.value, everything.sd, everything.draws) == (whole, None, None)
