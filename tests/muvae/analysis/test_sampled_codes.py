"""The error and the accuracy of sampled codes, where both are known."""

import math
from statistics import NormalDist

import pytest
import torch
from torch import Tensor, nn

from muvae import Posterior
from muvae.analysis.sampled_codes import sampled_code_metrics

IMAGES = 2000
MEAN, STD = 1.0, 0.8


class Pixel:
    """Decodes a code's only coordinate to the image's only pixel."""

    def decode(self, codes: Tensor) -> Tensor:
        return codes[:, :, None, None]


class Sign:
    """Takes a code for class 1 where it is positive, else for class 0."""

    def __init__(self) -> None:
        self.hidden = nn.Sequential(nn.Identity())
        self.head = nn.Linear(1, 2)
        with torch.no_grad():
            self.head.weight.copy_(torch.tensor([[0.0], [1.0]]))
            self.head.bias.zero_()


def test_error_and_accuracy_are_those_of_the_posterior() -> None:
    """Of z ~ N(μ, σ²): P(z > 0) = Φ(μ/σ), and E z² = μ² + σ² with variance 2σ⁴ + 4μ²σ²."""
    posterior = Posterior(torch.full((IMAGES, 1), MEAN), torch.full((IMAGES, 1), math.log(STD**2)))
    images, labels = torch.zeros(IMAGES, 1, 1, 1), torch.ones(IMAGES, dtype=torch.int64)
    found = sampled_code_metrics(Pixel(), Sign(), images, labels, posterior)
    share = NormalDist().cdf(MEAN / STD)
    expected = {
        "test_accuracy_sampled": (share, math.sqrt(share * (1 - share) / IMAGES)),
        "test_reconstruction": (
            MEAN**2 + STD**2,
            math.sqrt((2 * STD**4 + 4 * MEAN**2 * STD**2) / IMAGES),
        ),
    }
    assert set(found) == set(expected)
    for name, (value, sd) in expected.items():
        measured = found[name]
        assert measured.draws == 32
        assert measured.value == pytest.approx(value, abs=4 * sd / math.sqrt(32))
        assert measured.sd == pytest.approx(sd, rel=0.5)  # of 32 draws, four of its own σ


def test_without_noise_nothing_varies() -> None:
    posterior = Posterior(torch.full((6, 1), MEAN), torch.full((6, 1), -math.inf))
    labels = torch.tensor([1, 1, 1, 0, 1, 1])
    found = sampled_code_metrics(Pixel(), Sign(), torch.zeros(6, 1, 1, 1), labels, posterior)
    assert found["test_accuracy_sampled"].value == pytest.approx(5 / 6)
    assert found["test_reconstruction"].value == pytest.approx(1)
    assert {measured.sd for measured in found.values()} == {0}
