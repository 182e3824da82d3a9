"""Latent metrics against closed forms, torch, brute force and cases small enough for paper."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.distributions import Normal, kl_divergence

from muvae.analysis.metrics import (
    active_mask,
    active_units,
    aggregate_posterior,
    histograms,
    kl_per_dimension,
    knn_accuracy,
    normal_density,
    silhouette,
)
from muvae.errors import InvalidInputError, MuvaeError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def blobs(
    rng: np.random.Generator, dimensions: int = 5, per_class: int = 40
) -> tuple[Floats, Ints]:
    """Five unit Gaussians, 20 apart on a line: [5 * per_class, D], and their labels."""
    labels = np.repeat(np.arange(5), per_class)
    codes = rng.normal(size=(len(labels), dimensions))
    codes[:, 0] += 20.0 * labels
    return codes, labels


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_kl_is_that_of_torch(rng: np.random.Generator, dtype: type[np.floating]) -> None:
    mean, log_var = rng.normal(size=(2, 64, 7)).astype(dtype)
    posterior = Normal(
        torch.from_numpy(mean).double(), torch.from_numpy(log_var).double().mul(0.5).exp()
    )
    expected = kl_divergence(posterior, Normal(0.0, 1.0)).mean(dim=0).numpy()
    result = kl_per_dimension(mean, log_var)
    assert result.dtype == np.float64
    np.testing.assert_allclose(result, expected, rtol=1e-9)


def test_kl_is_zero_at_the_prior_and_there_only() -> None:
    mean = np.tile([0.0, 1.0, 0.0, 0.0], (3, 1))
    log_var = np.tile([0.0, 0.0, 1.0, -1.0], (3, 1))
    expected = [0.0, 0.5, 0.5 * (np.e - 2.0), 0.5 / np.e]
    np.testing.assert_allclose(kl_per_dimension(mean, log_var), expected, atol=1e-15)


def test_kl_of_a_run_of_equation_6_as_printed_is_finite() -> None:
    kl = kl_per_dimension(np.zeros((2, 1)), np.full((2, 1), -2e11))
    np.testing.assert_allclose(kl, 1e11, rtol=1e-9)


def test_active_units_are_those_whose_mean_varies_above_the_threshold() -> None:
    sign = np.where(np.arange(100) % 2 == 0, 1.0, -1.0)
    # +-s has variance s^2; an offset is no activity: the prior's job, not x's.
    variance = np.array([0.0, 0.0099, 0.0101, 1.0])
    mean = sign[:, None] * np.sqrt(variance) + np.array([5.0, -3.0, 0.0, 2.0])
    assert active_mask(mean).tolist() == [False, False, True, True]
    assert active_units(mean) == 2
    assert active_units(mean, threshold=0.005) == 3
    assert active_units(mean, threshold=1.1) == 0


def test_aggregate_posterior_has_the_moments_of_its_samples(rng: np.random.Generator) -> None:
    mean = rng.normal(loc=[0.0, 3.0, -1.0], scale=[1.0, 0.1, 2.0], size=(50, 3))
    log_var = rng.normal(loc=[-2.0, 0.0, 1.0], scale=0.5, size=(50, 3))
    samples = (mean + np.exp(0.5 * log_var) * rng.normal(size=(4000, 50, 3))).reshape(-1, 3)
    moments = aggregate_posterior(mean, log_var)
    np.testing.assert_allclose(moments.mean, samples.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(moments.std, samples.std(axis=0), rtol=0.01)


def test_aggregate_posterior_in_closed_form() -> None:
    moments = aggregate_posterior(
        np.array([[-1.0, 2.0], [3.0, 2.0]]), np.log([[1.0, 4.0], [3.0, 4.0]])
    )
    np.testing.assert_allclose(moments.mean, [1.0, 2.0])
    np.testing.assert_allclose(moments.std, [np.sqrt(4.0 + 2.0), 2.0])


def test_knn_separates_blobs_and_guesses_at_shuffled_labels(rng: np.random.Generator) -> None:
    codes, labels = blobs(rng, per_class=100)
    assert knn_accuracy(codes, labels) == 1.0
    # Chance is 0.2; its standard deviation over 500 codes is about 0.02.
    assert knn_accuracy(codes, rng.permutation(labels)) == pytest.approx(0.2, abs=0.08)


@pytest.mark.parametrize("dimensions", [2, 20])
def test_knn_is_that_of_brute_force(rng: np.random.Generator, dimensions: int) -> None:
    """With few and many dimensions, since scikit-learn then searches by tree and by table."""
    codes = rng.normal(size=(120, dimensions))
    labels = (codes[:, 0] + rng.normal(size=120) > 0).astype(np.int64)
    distance = np.linalg.norm(codes[:, None] - codes, axis=2)
    np.fill_diagonal(distance, np.inf)
    votes = labels[np.argsort(distance, axis=1)[:, :5]].mean(axis=1)
    assert knn_accuracy(codes, labels, k=5) == np.mean((votes > 0.5) == labels)


def test_knn_leaves_each_code_out_even_among_its_duplicates() -> None:
    # Each pair of twins disagrees: a code that could see itself would be right half of the time.
    codes = np.array([[0.0], [0.0], [9.0], [9.0]])
    assert knn_accuracy(codes, np.array([0, 1, 0, 1]), k=1) == 0.0
    # Of three copies labelled 0, 0, 1 each sees the other two; 0 wins the ties of the zeros.
    assert knn_accuracy(np.zeros((3, 2)), np.array([0, 0, 1]), k=2) == pytest.approx(2 / 3)
    assert knn_accuracy(codes, np.array([0, 0, 1, 1]), k=1) == 1.0


def test_silhouette_of_four_points_by_hand() -> None:
    # On a line at 0, 1 | 4, 6. Own mean distances: 1, 1, 2, 2; to the other group: 5, 4, 3.5, 5.5.
    expected = np.mean([4 / 5, 3 / 4, 1.5 / 3.5, 3.5 / 5.5])
    codes = np.array([[0.0], [1.0], [4.0], [6.0]])
    assert silhouette(codes, np.array([7, 7, 2, 2])) == pytest.approx(expected, abs=1e-12)


def test_silhouette_of_a_sample_is_seeded_and_near_that_of_all(rng: np.random.Generator) -> None:
    codes, labels = blobs(rng, per_class=100)
    whole = silhouette(codes, labels, sample_size=None)
    part = silhouette(codes, labels, sample_size=100, seed=1)
    assert part == silhouette(codes, labels, sample_size=100, seed=1)
    assert part != silhouette(codes, labels, sample_size=100, seed=2)
    assert part == pytest.approx(whole, abs=0.05)
    assert silhouette(codes, labels, sample_size=500) == whole


GOOD = np.zeros((4, 2))
BAD_MATRICES = [
    (np.zeros(4), r"must be a non-empty array of shape \[N,D\], not \(4,\)"),
    (np.zeros((0, 2)), r"must be a non-empty array of shape \[N,D\], not \(0, 2\)"),
    (np.array([[0.0, np.nan]]), "must be finite"),
    (np.array([[0.0, np.inf]]), "must be finite"),
    (np.array([["a", "b"]]), "must hold real numbers, not <U1"),
]


@pytest.mark.parametrize(("bad", "message"), BAD_MATRICES)
def test_a_bad_array_is_named(bad: Floats, message: str) -> None:
    labels = np.array([0, 0, 1, 1])
    for function in (kl_per_dimension, aggregate_posterior):
        with pytest.raises(InvalidInputError, match=f"^mean {message}"):
            function(bad, GOOD)
        with pytest.raises(InvalidInputError, match=f"^log_var {message}"):
            function(GOOD, bad)
    with pytest.raises(InvalidInputError, match=f"^mean {message}"):
        active_units(bad)
    for measure in (knn_accuracy, silhouette):
        with pytest.raises(MuvaeError, match=f"^codes {message}"):
            measure(bad, labels)


def test_a_log_var_that_does_not_fit_is_named() -> None:
    for function in (kl_per_dimension, aggregate_posterior):
        with pytest.raises(
            InvalidInputError, match=r"log_var must have the shape of mean, \(4, 2\)"
        ):
            function(GOOD, np.zeros((4, 3)))
        with pytest.raises(InvalidInputError, match="log_var must be at most 600"):
            function(GOOD, np.full((4, 2), 601.0))


@pytest.mark.parametrize("threshold", [-0.1, np.nan, np.inf])
def test_a_bad_threshold_is_named(threshold: float) -> None:
    with pytest.raises(InvalidInputError, match="threshold must be a finite number of 0 or more"):
        active_units(GOOD, threshold=threshold)


@pytest.mark.parametrize("labels", [np.zeros(3, int), np.zeros((4, 1), int), np.zeros(4)])
def test_bad_labels_are_named(labels: Ints) -> None:
    for measure in (knn_accuracy, silhouette):
        with pytest.raises(InvalidInputError, match=r"labels must be integers of shape \(4,\)"):
            measure(GOOD, labels)


@pytest.mark.parametrize("k", [0, 4])
def test_a_bad_k_is_named(k: int) -> None:
    with pytest.raises(InvalidInputError, match=f"k must be from 1 to 3, .* not {k}"):
        knn_accuracy(GOOD, np.array([0, 0, 1, 1]), k=k)


@pytest.mark.parametrize(("labels", "groups"), [([3, 3, 3, 3], 1), ([0, 1, 2, 3], 4)])
def test_groups_without_a_silhouette_are_named(labels: list[int], groups: int) -> None:
    message = f"labels must have at least 2 .* there are {groups} among the 4 codes"
    with pytest.raises(InvalidInputError, match=message):
        silhouette(GOOD, np.array(labels))


def test_a_bad_sample_is_named() -> None:
    labels = np.array([0, 0, 1, 1])
    with pytest.raises(InvalidInputError, match="sample_size must be 3 or more, or None, not 2"):
        silhouette(GOOD, labels, sample_size=2)
    with pytest.raises(InvalidInputError, match="seed must be 0 or more, not -1"):
        silhouette(GOOD, labels, seed=-1)


def test_histograms_are_shares_of_all_codes() -> None:
    """Four codes, one of them outside: a quarter each a bin of width 2, and a quarter missing."""
    codes = np.array([[-1.5, 0.5], [0.5, 0.5], [1.5, 3.9], [9.0, 0.5]])
    result = histograms(codes, half_width=4.0, bins=4)
    np.testing.assert_allclose(result.edges, [-4, -2, 0, 2, 4])
    np.testing.assert_allclose(result.centres, [-3, -1, 1, 3])
    np.testing.assert_allclose(result.density, [[0, 1 / 8, 2 / 8, 0], [0, 0, 3 / 8, 1 / 8]])


def test_histograms_of_normal_codes_are_the_normal_density(rng: np.random.Generator) -> None:
    codes = 3 * rng.normal(size=(200_000, 2))
    result = histograms(codes, half_width=15.0, bins=60)
    expected = normal_density(result.centres, 3.0)
    np.testing.assert_allclose(result.density, np.tile(expected, (2, 1)), atol=0.003)
    assert normal_density(np.zeros(1), 2.0)[0] == pytest.approx(1 / np.sqrt(8 * np.pi))


@pytest.mark.parametrize(
    ("half_width", "bins", "named"),
    [(0.0, 4, "half_width"), (np.inf, 4, "half_width"), (1, 0, "bins")],
)
def test_histograms_of_no_range_are_refused(half_width: float, bins: int, named: str) -> None:
    with pytest.raises(InvalidInputError, match=named):
        histograms(np.ones((3, 2)), half_width, bins)


@pytest.mark.parametrize("std", [0.0, -1.0, np.nan])
def test_a_normal_density_of_no_width_is_refused(std: float) -> None:
    with pytest.raises(InvalidInputError, match="std"):
        normal_density(np.zeros(2), std)
