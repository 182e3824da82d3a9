"""What a run generates, measured over draws; against analytic truths."""

import math

import pytest
import torch
from torch import Tensor, nn

from muvae import Posterior
from muvae.analysis.generation import Judge, path_metrics, sample_metrics, traversal_metrics

STD = 3.0
HALF, OTHER = torch.zeros(40, 1, 1, 1), torch.linspace(-1, 1, 400)[:, None, None, None]


class Pixel:
    """A code's only coordinate is the image's only pixel, and back; counts what it encodes."""

    def __init__(self) -> None:
        self.encoded = 0

    def decode(self, codes: Tensor) -> Tensor:
        return codes[:, :, None, None]

    def encode(self, images: Tensor) -> Posterior:
        self.encoded += len(images)
        return Posterior(images.flatten(1), torch.zeros(len(images), 1))


class Sign:
    """Takes a code for class 1 where it is positive, else for class 0."""

    def __init__(self) -> None:
        self.hidden = nn.Sequential(nn.Identity())
        self.head = nn.Linear(1, 2)
        with torch.no_grad():
            self.head.weight.copy_(torch.tensor([[0.0], [100.0]]))
            self.head.bias.zero_()


def sample(count: int, generator: torch.Generator) -> Tensor:
    return STD * torch.randn(count, 1, generator=generator)


def test_samples_are_measured_with_their_noise() -> None:
    """Samples of N(0, σ²) have squared errors to 0 of mean σ² and variance 2σ⁴.

    The Fréchet distance of N(m, s²) to N(0, 0) is m² + s², here of the same mean.
    """
    judge = Judge.of(Pixel(), Sign(), HALF, OTHER)
    found = sample_metrics(Pixel(), sample, HALF, OTHER, {"own": judge})
    sd = math.sqrt(2 * STD**4 / len(OTHER))
    for name in ("samples_nearest", "own_samples_frechet"):
        assert found[name].draws == 32
        assert found[name].value == pytest.approx(STD**2, abs=4 * sd / math.sqrt(32))
        assert found[name].sd == pytest.approx(sd, rel=0.5)
    assert found["own_samples_class_entropy"].value == pytest.approx(1, abs=0.01)
    assert found["own_samples_confidence"].value > 0.95


def test_real_images_are_measured_without_draws() -> None:
    judge = Judge.of(Pixel(), Sign(), HALF, OTHER)
    found = sample_metrics(Pixel(), sample, HALF, OTHER, {"own": judge}, draws=2)
    drawn = {name for name, measured in found.items() if measured.draws == 2}
    assert drawn == {name for name in found if "samples" in name}
    assert found["real_nearest"].value == pytest.approx(float(OTHER.square().mean()))
    assert found["own_real_frechet"].value == pytest.approx(float(OTHER.var()), rel=1e-4)
    assert found["own_real_class_entropy"].value == pytest.approx(1)


def test_a_judge_by_two_names_looks_once() -> None:
    vae = Pixel()
    judge = Judge.of(vae, Sign(), HALF, OTHER)
    vae.encoded = 0
    found = sample_metrics(vae, sample, HALF, OTHER, {"own": judge, "judged": judge}, draws=3)
    assert vae.encoded == 3 * len(OTHER)
    assert found["own_samples_frechet"] == found["judged_samples_frechet"]


def test_traversals_meet_both_classes() -> None:
    judge = Judge.of(Pixel(), Sign(), HALF, OTHER)
    found = traversal_metrics(Pixel(), judge, latent_dim=1, half_width=2.0)
    assert found["traversal_per_dimension"].value == 2
    assert found["traversal_opposite"].value == 1
    assert {measured.draws for measured in found.values()} == {None}


class Curve:
    """Brightness is a sigmoid of the code, so that paths far from 0 or across it are uneven."""

    def __init__(self) -> None:
        self.starts = list[Tensor]()

    def decode(self, codes: Tensor) -> Tensor:
        self.starts.append(codes[0])
        return codes.sigmoid()[:, :, None, None]


def test_paths_are_between_other_codes_in_each_draw() -> None:
    means = torch.linspace(-4, 4, 101)[:, None]
    vae = Curve()
    found = path_metrics(vae, means, paths=3)["path_largest_step"]
    assert found.draws == 32
    assert found.sd is not None
    assert found.sd > 0
    assert 1 / 20 < found.value < 1
    assert len({float(start) for start in vae.starts}) > 16
    few = path_metrics(vae, means[:5], paths=200, draws=4)["path_largest_step"]
    assert few.draws == 4


def test_even_paths_are_even_in_every_draw() -> None:
    found = path_metrics(Pixel(), torch.linspace(0, 1, 50)[:, None], paths=10)
    assert found["path_largest_step"].value == pytest.approx(1 / 20, rel=1e-4)
    assert found["path_largest_step"].sd == pytest.approx(0, abs=1e-6)
