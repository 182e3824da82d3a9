"""What is measured on a split, against the same worked out image by image."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from batches import OF_KL_AND_EQ_6
from helpers import make_run, make_split
from torch import Tensor

from muvae import OBJECTIVES, Classifier, Measurement, Posterior, Run, Split, SplitMetrics
from muvae.analysis.metrics import knn_accuracy
from muvae.images import to_float
from muvae.training import evaluation
from muvae.training.evaluation import (
    Encoded,
    accuracy,
    as_metrics,
    encode_split,
    evaluate,
    latent_summary,
    mean_regularization,
    measure,
)


@pytest.fixture(scope="module")
def encoded(run: Run, split: Split) -> Encoded:
    return encode_split(run.vae, split)


def test_encoding_a_split_is_encoding_its_images(run: Run, split: Split, encoded: Encoded) -> None:
    images = to_float(split.images)
    posterior = run.vae.encode(images)
    torch.testing.assert_close(encoded.posterior.mean, posterior.mean)
    torch.testing.assert_close(encoded.posterior.log_var, posterior.log_var)
    for codes, errors in (
        (encoded.posterior.mean, encoded.mean_error),
        (encoded.samples, encoded.sampled_error),
    ):
        expected = (images - run.vae.decode(codes)).pow(2).sum((1, 2, 3))
        torch.testing.assert_close(errors, expected)
        assert errors.shape == (40,)


def test_samples_are_of_the_posterior_and_the_same_at_every_call(
    run: Run, split: Split, encoded: Encoded
) -> None:
    torch.manual_seed(99)
    assert torch.equal(encode_split(run.vae, split).samples, encoded.samples)
    noise = (encoded.samples - encoded.posterior.mean) / encoded.posterior.std
    assert noise.mean().item() == pytest.approx(0, abs=0.4)
    assert noise.std().item() == pytest.approx(1, abs=0.3)
    assert len(noise.unique()) == noise.numel()


def test_pieces_make_the_whole(
    run: Run, split: Split, encoded: Encoded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "CHUNK", 7)
    pieces = encode_split(run.vae, split)
    torch.testing.assert_close(pieces.posterior.mean, encoded.posterior.mean)
    torch.testing.assert_close(pieces.mean_error, encoded.mean_error)
    assert pieces.samples.shape == encoded.samples.shape
    share = accuracy(run.classifier, encoded.samples, split.labels)
    guesses = run.classifier(encoded.samples).argmax(1)
    assert share == int((guesses == split.labels).sum()) / 40


def test_accuracy_is_the_share_of_right_guesses() -> None:
    """A classifier that answers 3 to every code."""
    classifier = Classifier(2, 10)
    with torch.no_grad():
        classifier.head.weight.zero_()
        classifier.head.bias.copy_(torch.eye(10)[3])
    labels = torch.tensor([3, 0, 3, 3, 9])
    assert accuracy(classifier, torch.randn(5, 2), labels) == 0.6


MEAN = torch.tensor([[1.0, -2.0], [-3.0, 1.0], [2.0, 0.0], [0.5, 0.5], [4.0, -1.0]])
LOG_VAR = torch.linspace(-1, 1, 10).reshape(5, 2)


@pytest.fixture
def hand_made() -> Encoded:
    errors = torch.arange(5.0)
    return Encoded(Posterior(MEAN, LOG_VAR), MEAN + 1, sampled_error=errors + 1, mean_error=errors)


@pytest.mark.parametrize("name", OF_KL_AND_EQ_6)
def test_a_measurement_by_hand(name: str, hand_made: Encoded) -> None:
    """Batches of two, two and one: the aggregate couples the images of each."""
    labels = torch.tensor([3, 3, 0, 0, 0])
    classifier = Classifier(2, 10)
    with torch.no_grad():
        classifier.head.weight.zero_()
        classifier.head.bias.copy_(torch.eye(10)[3])
    split = Split(torch.zeros(5, 1, 28, 28, dtype=torch.uint8), labels)
    regularization = mean_regularization(
        make_run().vae, OBJECTIVES[name], split, hand_made, batch_size=2
    )
    measured = measure(hand_made, labels, classifier, regularization)
    assert measured.regularization == regularization
    assert measured.reconstruction == 3.0
    assert measured.reconstruction_mean == 2.0
    assert (measured.accuracy_mean, measured.accuracy_sampled) == (0.4, 0.4)
    assert measured.active_units == 2

    mean, log_var = MEAN.double(), LOG_VAR.double()
    kl = float((mean**2 + log_var.exp() - log_var - 1).sum()) / 2 / 5
    assert measured.kl == pytest.approx(kl, rel=1e-6)
    aggregate = (abs(1 - 2 - 3 + 1) + abs(2 + 0.5 + 0.5) + abs(4 - 1)) / 5
    variance = float((log_var.exp() - log_var - 1).sum()) / 5
    expected = {
        "vae": kl,
        "beta-vae": 4 * kl,
        "mu-vae-1": aggregate + variance,
        "mu-vae-2": aggregate + variance,
        "mu-vae-1-eq6": aggregate + float(log_var.sum()) / 5,
        "mu-vae-2-eq6": aggregate + float(log_var.sum()) / 5,
        "mu-vae-1-exp": aggregate + float((log_var.exp() - 1).sum()) / 5,
        "mu-vae-2-exp": aggregate + float((log_var.exp() - 1).sum()) / 5,
    }
    assert measured.regularization == pytest.approx(expected[name], rel=1e-6, abs=1e-6)


def test_sampled_codes_and_means_are_told_apart(hand_made: Encoded) -> None:
    """A classifier that guesses 1 where the first coordinate is over 1.5, else 0."""
    classifier = Classifier(2, 10)
    with torch.no_grad():
        for parameter in classifier.parameters():
            parameter.zero_()
        for index in (0, 2, 4):
            classifier.get_parameter(f"hidden.{index}.weight")[0, 0] = 1.0
        classifier.head.weight[1, 0] = 1.0
        classifier.head.bias[0] = 1.5
    measured = measure(hand_made, torch.ones(5).long(), classifier, 0.0)
    # The first coordinates are 1, -3, 2, 0.5, 4; those of the samples are greater by 1.
    assert measured.accuracy_mean == 0.4
    assert measured.accuracy_sampled == 0.6


def test_evaluating_is_encoding_and_measuring(run: Run, split: Split, encoded: Encoded) -> None:
    objective = OBJECTIVES["mu-vae-1"]
    result = evaluate(run.vae, run.classifier, objective, split, batch_size=7)
    regularization = mean_regularization(run.vae, objective, split, encoded, batch_size=7)
    assert result == measure(encoded, split.labels, run.classifier, regularization)
    half = evaluate(run.vae, run.classifier, objective, split, batch_size=7, precision="bfloat16")
    assert half != result
    assert half.reconstruction == pytest.approx(result.reconstruction, rel=0.02)


def test_nothing_is_learnt_by_measuring(split: Split) -> None:
    run = make_run()
    run.vae.requires_grad_(True)
    result = encode_split(run.vae, split)
    assert not result.posterior.mean.requires_grad
    assert all(parameter.grad is None for parameter in run.vae.parameters())


def test_a_summary_of_the_codes() -> None:
    mean = torch.randn(60, 2, generator=torch.Generator().manual_seed(0)) + 5
    log_var = torch.full((60, 2), math.log(4.0))
    labels = make_split(60).labels
    empty: Tensor = torch.zeros(60)
    summary = latent_summary(Encoded(Posterior(mean, log_var), mean, empty, empty), labels)
    assert summary["mean_log_var"].value == pytest.approx(math.log(4.0))
    assert summary["aggregate_mean"].value == pytest.approx(mean.mean(0).abs().mean().item())
    spread = np.sqrt(mean.numpy().var(0) + 4)
    assert summary["aggregate_std"].value == pytest.approx(spread.mean())
    assert summary["knn_accuracy"].value == knn_accuracy(mean.numpy(), labels.numpy())
    assert -1 <= summary["silhouette"].value < 0.1


def test_metrics_have_the_split_s_name_before_theirs() -> None:
    metrics = SplitMetrics(*(float(i) for i in range(6)), active_units=7)
    assert as_metrics(metrics, "test") == {
        f"test_{name}": Measurement(value) for name, value in dataclasses.asdict(metrics).items()
    }
