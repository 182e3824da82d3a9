"""Maps keep what they promise: axes, distances, neighbours, repeatability."""

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from muvae.analysis.embeddings import pca, procrustes_align, tsne, umap
from muvae.analysis.metrics import knn_accuracy
from muvae.errors import InvalidInputError, MuvaeError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Map = NDArray[np.float32]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def blobs() -> tuple[Floats, Ints]:
    """Five unit Gaussians around random centres in 8 dimensions, [150,8], and their labels."""
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(5), 30)
    return rng.normal(size=(150, 8)) + 10.0 * rng.normal(size=(5, 8))[labels], labels


def distances(points: NDArray[np.floating]) -> Floats:
    """All pairwise Euclidean distances, [N,N]."""
    wide = points.astype(np.float64)
    result: Floats = np.linalg.norm(wide[:, None] - wide, axis=2)
    return result


def rotation(rng: np.random.Generator, dimensions: int) -> Floats:
    """A random orthogonal matrix [D,D]; a rotation or a reflection."""
    result: Floats = np.linalg.qr(rng.normal(size=(dimensions, dimensions)))[0]
    return result


def test_pca_recovers_the_axes_of_a_rotated_gaussian(rng: np.random.Generator) -> None:
    latent = rng.normal(size=(2000, 5)) * [10.0, 5.0, 1.0, 0.5, 0.1]
    turn = rotation(rng, 5)
    result = pca(latent @ turn + 7.0)
    assert result.dtype == np.float32
    for component in range(2):
        axis = turn[component] * np.sign(turn[component, np.abs(turn[component]).argmax()])
        truth = (latent - latent.mean(axis=0)) @ turn @ axis
        assert np.corrcoef(result[:, component], truth)[0, 1] > 0.999
    np.testing.assert_allclose(result.std(axis=0), [10.0, 5.0], rtol=0.05)
    np.testing.assert_allclose(result.mean(axis=0), 0.0, atol=1e-4)


def test_pca_of_two_dimensions_keeps_all_distances(rng: np.random.Generator) -> None:
    codes = rng.normal(size=(50, 2)) @ np.array([[3.0, 1.0], [0.0, 0.5]])
    np.testing.assert_allclose(distances(pca(codes)), distances(codes), atol=1e-5)


def test_pca_sign_does_not_depend_on_the_data_s_own(rng: np.random.Generator) -> None:
    codes = rng.normal(size=(50, 4)) * [4.0, 3.0, 2.0, 1.0]
    np.testing.assert_allclose(pca(-codes), -pca(codes), atol=1e-5)
    np.testing.assert_array_equal(pca(codes), pca(codes.copy()))


def test_pca_of_one_dimension_is_that_dimension_centred() -> None:
    result = pca(np.array([[1.0], [2.0], [6.0]]))
    np.testing.assert_allclose(result, [[-2.0, 0.0], [-1.0, 0.0], [3.0, 0.0]], atol=1e-6)


def test_pca_of_a_single_code_is_the_origin() -> None:
    np.testing.assert_array_equal(pca(np.array([[3.0, 4.0, 5.0]])), [[0.0, 0.0]])


def test_tsne_keeps_neighbours_and_repeats_itself(blobs: tuple[Floats, Ints]) -> None:
    codes, labels = blobs
    shuffled = np.random.default_rng(0).normal(size=(len(codes), 2))
    assert knn_accuracy(shuffled, labels) < 0.5
    result = tsne(codes, seed=3)
    assert result.dtype == np.float32
    assert knn_accuracy(result, labels) > 0.95
    np.testing.assert_array_equal(result, tsne(codes, seed=3))


def test_tsne_of_one_dimension_is_a_line_in_about_its_order(rng: np.random.Generator) -> None:
    codes = rng.uniform(size=(150, 1))
    result = tsne(codes)
    assert abs(np.corrcoef(codes[:, 0], result[:, 0])[0, 1]) > 0.95
    np.testing.assert_array_equal(result[:, 1], 0.0)


def test_tsne_of_tiny_codes_is_that_of_the_same_codes_in_another_unit(
    blobs: tuple[Floats, Ints],
) -> None:
    codes, labels = blobs
    assert knn_accuracy(tsne(1e-30 * codes), labels) > 0.95


@pytest.fixture
def compiled_once_for_all() -> None:
    """UMAP keeps most of what it compiles for the next process, but not these, of ten seconds."""
    from umap import umap_, utils

    for function in (
        umap_.smooth_knn_dist,
        umap_.compute_membership_strengths,
        utils.fast_knn_indices,
    ):
        function.enable_caching()


@pytest.mark.usefixtures("compiled_once_for_all")
@pytest.mark.filterwarnings("ignore:Tensorflow not installed:ImportWarning")
def test_umap_keeps_neighbours_and_repeats_itself(blobs: tuple[Floats, Ints]) -> None:
    codes, labels = blobs
    result = umap(codes, seed=3)
    assert result.dtype == np.float32
    assert knn_accuracy(result, labels) > 0.95
    np.testing.assert_array_equal(result, umap(codes, seed=3))
    assert not np.array_equal(result, umap(codes, seed=4))


@pytest.mark.parametrize("embed", [pca, tsne, umap])
def test_a_collapsed_posterior_is_mapped_to_one_point(embed: Callable[[Floats], Map]) -> None:
    np.testing.assert_array_equal(embed(np.full((40, 3), 0.1)), np.zeros((40, 2)))


@pytest.mark.parametrize("reflect", [1.0, -1.0])
def test_procrustes_undoes_a_rigid_motion(rng: np.random.Generator, reflect: float) -> None:
    reference = rng.normal(size=(30, 2)) * [3.0, 1.0]
    angle = 2.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = reference * [reflect, 1.0] @ turn + [40.0, -5.0]
    result = procrustes_align(moved, reference)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, reference, atol=1e-5)


def test_procrustes_keeps_the_spread_unless_asked_to_scale(rng: np.random.Generator) -> None:
    reference = rng.normal(size=(30, 2))
    moved = 4.0 * reference @ rotation(rng, 2) + 1.0
    np.testing.assert_allclose(
        distances(procrustes_align(moved, reference)), 4.0 * distances(reference), atol=1e-4
    )
    np.testing.assert_allclose(procrustes_align(moved, reference, scale=True), reference, atol=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_procrustes_is_the_best_fit(seed: int) -> None:
    """The residual never grows, scaling lowers it further, and no other rotation does better."""
    rng = np.random.default_rng(seed)
    points, reference = rng.normal(size=(2, 20, 2)) + rng.normal(size=(2, 1, 2))

    def residual(candidate: NDArray[np.floating]) -> float:
        return float(((candidate - reference) ** 2).sum())

    best = residual(procrustes_align(points, reference))
    assert best <= residual(points)
    assert residual(procrustes_align(points, reference, scale=True)) <= best + 1e-5
    centred, centre = points - points.mean(axis=0), reference.mean(axis=0)
    for _ in range(100):
        assert best <= residual(centred @ rotation(rng, 2) + centre) + 1e-5


@pytest.mark.parametrize("scale", [False, True])
def test_procrustes_of_equal_points_lands_on_the_centre(scale: bool) -> None:
    equal, spread = np.full((4, 2), 0.1), np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 4.0], [0.0, 4.0]])
    result = procrustes_align(equal, spread, scale=scale)
    np.testing.assert_allclose(result, np.tile([1.0, 2.0], (4, 1)), atol=1e-6)
    assert np.isfinite(procrustes_align(spread, equal, scale=scale)).all()


BAD_MATRICES = [
    (np.zeros(4), r"must be a non-empty array of shape \[N,D\], not \(4,\)"),
    (np.zeros((0, 2)), r"must be a non-empty array of shape \[N,D\], not \(0, 2\)"),
    (np.array([[0.0, np.nan]]), "must be finite"),
    (np.array([[0.0, np.inf]]), "must be finite"),
    (np.array([["a", "b"]]), "must hold real numbers, not <U1"),
]


@pytest.mark.parametrize(("bad", "message"), BAD_MATRICES)
def test_a_bad_array_is_named(bad: Floats, message: str) -> None:
    for embed in (pca, tsne, umap):
        with pytest.raises(MuvaeError, match=f"^codes {message}"):
            embed(bad)
    with pytest.raises(InvalidInputError, match=f"^points {message}"):
        procrustes_align(bad, np.zeros((4, 2)))
    with pytest.raises(InvalidInputError, match=f"^reference {message}"):
        procrustes_align(np.zeros((4, 2)), bad)


def test_maps_that_do_not_fit_are_named() -> None:
    with pytest.raises(
        InvalidInputError, match=r"points must be a map of shape \[N,2\], not \(4, 3\)"
    ):
        procrustes_align(np.zeros((4, 3)), np.zeros((4, 3)))
    with pytest.raises(
        InvalidInputError, match=r"reference must have the shape of points, \(4, 2\)"
    ):
        procrustes_align(np.zeros((4, 2)), np.zeros((5, 2)))


@pytest.mark.parametrize("perplexity", [0.0, 30.0, np.nan])
def test_a_bad_perplexity_is_named(perplexity: float) -> None:
    with pytest.raises(InvalidInputError, match=r"perplexity must be .* number of codes, 30"):
        tsne(np.zeros((30, 2)), perplexity=perplexity)


@pytest.mark.parametrize("n_neighbors", [1, 15])
def test_a_bad_number_of_neighbours_is_named(n_neighbors: int) -> None:
    with pytest.raises(InvalidInputError, match=r"n_neighbors must be .* number of codes, 15"):
        umap(np.zeros((15, 2)), n_neighbors=n_neighbors)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_bad_seed_is_named(seed: int) -> None:
    for embed in (tsne, umap):
        with pytest.raises(InvalidInputError, match=f"seed must be from 0 to .* not {seed}"):
            embed(np.zeros((40, 2)), seed=seed)


def test_live_maps_need_numpy_alone() -> None:
    """The app calls these two on a machine where none of the heavy libraries is installed."""
    code = (
        "import sys, numpy as np; from muvae.analysis.embeddings import pca, procrustes_align; "
        "points = np.eye(3, 2); procrustes_align(pca(points), points); "
        "print(*sorted({'sklearn', 'umap', 'numba', 'scipy'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True
    )
    assert (result.returncode, result.stdout.strip()) == (0, ""), result.stderr
