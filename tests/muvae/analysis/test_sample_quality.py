"""What is measured of generated pictures, against analytic truths."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from helpers import make_vae
from torch import Tensor

from muvae import Classifier, InvalidInputError
from muvae.analysis.sample_quality import (
    FrechetReference,
    Judged,
    channels_last,
    decode_all,
    frechet_distance,
    judge,
    largest_step,
    nearest_distance,
    traversal_classes,
    traversal_codes,
)


def judged(probabilities: list[list[float]]) -> Judged:
    rows = np.zeros((len(probabilities), 10))
    rows[:, : len(probabilities[0])] = probabilities
    return Judged(np.zeros((len(rows), 1)), rows)


def test_the_judge_is_its_own_networks() -> None:
    torch.manual_seed(0)
    vae, classifier = make_vae(3).eval(), Classifier(3, 10).eval()
    images = torch.rand(7, 1, 28, 28)
    with torch.inference_mode():
        look, mean = judge(vae, classifier, images), vae.encode(images).mean
        expected = classifier(mean).softmax(1)
    np.testing.assert_allclose(look.probabilities, expected.numpy(), rtol=1e-4)
    assert look.features.shape == (7, 1024)
    assert torch.equal(torch.from_numpy(look.guesses), expected.argmax(1))
    assert look.confidence == pytest.approx(float(expected.max(1).values.mean()), rel=1e-4)


def test_class_entropy_tells_even_from_one_sided() -> None:
    assert judged([[1.0, 0.0]] * 5).class_entropy == 0
    even = judged(np.eye(10).tolist())
    assert even.class_entropy == pytest.approx(1)
    halves = judged([[0.9, 0.1], [0.2, 0.8]])
    assert halves.class_entropy == pytest.approx(np.log(2) / np.log(10))
    assert halves.confidence == pytest.approx(0.85)


def test_frechet_distance_of_gaussians() -> None:
    """Whitened samples have the moments they are given, exactly; so has their distance."""
    generator = np.random.default_rng(0)
    points = generator.normal(size=(500, 3))
    points -= points.mean(0)
    white = points @ np.linalg.inv(np.linalg.cholesky(np.cov(points, rowvar=False))).T
    scales, shift = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, -2.0])
    distance = frechet_distance(white, white * scales + shift)
    assert distance == pytest.approx(float((shift**2).sum() + ((scales - 1) ** 2).sum()))
    assert frechet_distance(white, white) == pytest.approx(0, abs=1e-9)
    rotated = white * scales
    turn = np.linalg.qr(generator.normal(size=(3, 3)))[0]
    # The distance does not depend on the axes, also where the covariances do not commute.
    other = white @ turn * [1.0, 1.5, 2.0]
    assert frechet_distance(rotated @ turn, other @ turn) == pytest.approx(
        frechet_distance(rotated, other)
    )
    assert frechet_distance(rotated, other) == pytest.approx(frechet_distance(other, rotated))
    with pytest.raises(InvalidInputError, match="of one width"):
        frechet_distance(white, white[:, :2])


def test_frechet_distance_of_few_wide_features_is_that_of_the_few_that_vary() -> None:
    """Columns of zeros add nothing; with them, features are wider than there are pictures."""
    generator = np.random.default_rng(0)
    first, second = generator.normal(size=(40, 3)), 2 * generator.normal(size=(30, 3)) + 1
    expected = frechet_distance(first, second)
    wide = [np.pad(features, ((0, 0), (0, 60))) for features in (first, second)]
    assert frechet_distance(*wide) == pytest.approx(expected)
    reference = FrechetReference(second)
    assert reference.distance(first) == reference.distance(first) == pytest.approx(expected)
    assert reference.distance(second) == pytest.approx(0, abs=1e-9)
    with pytest.raises(InvalidInputError, match="two pictures or more"):
        FrechetReference(first[:1])


def test_another_order_in_memory_changes_no_result() -> None:
    torch.manual_seed(0)
    vae = make_vae(3).eval()
    images = torch.rand(5, 1, 28, 28)
    copy = channels_last(vae)
    assert copy is not vae
    assert not copy.networks.encoder.layers[2].weight.is_contiguous()  # type: ignore[operator]
    assert all(value.is_contiguous() for value in vae.state_dict().values())
    with torch.inference_mode():
        mean, again = vae.encode(images).mean, copy.encode(images).mean
        torch.testing.assert_close(again, mean)
        torch.testing.assert_close(copy.decode(mean), vae.decode(mean))


def test_nearest_distance_is_the_squared_error_to_the_nearest() -> None:
    reference = torch.zeros(3, 1, 28, 28)
    reference[1] = 0.5
    reference[2] = 1
    images = torch.stack([torch.full((1, 28, 28), 0.1), torch.full((1, 28, 28), 0.6)])
    assert nearest_distance(images, reference) == pytest.approx(784 * 0.01, rel=1e-4)
    assert nearest_distance(reference, reference) == pytest.approx(0, abs=1e-3)


def test_traversal_codes_are_figure_7_s() -> None:
    codes = traversal_codes(3, 2.0, steps=5)
    assert codes.shape == (3, 5, 3)
    for dimension in range(3):
        assert codes[dimension, :, dimension].tolist() == [-2, -1, 0, 1, 2]
        assert codes[dimension].abs().sum() == 6  # nothing else moves


def test_traversal_classes_count_what_is_seen_surely() -> None:
    sure, unsure = [0.9, 0.05, 0.05], [0.1, 0.45, 0.45]
    look = judged(
        [sure, sure, sure[::-1], unsure, [0.0, 1.0, 0.0], unsure],
    )
    classes = traversal_classes(look, latent_dim=2)
    assert classes.per_dimension == pytest.approx(1.5)  # classes 0 and 2; class 1
    assert classes.all_together == 3
    assert classes.opposite == 0.5  # the first's ends differ; the second's are both class 1


@dataclass
class Ramp:
    """Decodes a code's only coordinate to grey, evenly or by one jump."""

    jump: bool

    def decode(self, codes: Tensor) -> Tensor:
        level = (codes[:, 0] > 0.5).float() if self.jump else codes[:, 0]
        return level[:, None, None, None].expand(-1, 1, 28, 28)


def test_the_largest_step_tells_even_paths_from_jumps() -> None:
    starts, ends = torch.zeros(2, 1), torch.ones(2, 1)
    assert largest_step(Ramp(jump=False), starts, ends) == pytest.approx(1 / 20)
    assert largest_step(Ramp(jump=True), starts, ends) == pytest.approx(1)
    with pytest.raises(InvalidInputError, match="no picture changes"):
        largest_step(Ramp(jump=False), starts, starts)


def test_decoding_in_parts_is_decoding() -> None:
    codes = torch.rand(1100, 1)
    assert torch.equal(decode_all(Ramp(jump=False), codes), Ramp(jump=False).decode(codes))
