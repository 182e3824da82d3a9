"""Two-dimensional maps of codes: arrays in, arrays out, the same seed the same map.

Throughout, `codes` is [N,D] and a map float32 [N,2]. A bad argument raises `InvalidInputError` and
names it. Codes that are all equal make a map that is all zeros. `pca` and `procrustes_align` need
numpy alone, since the app calls them live.
"""

import warnings

import numpy as np
from numpy.typing import NDArray

from muvae.analysis.arrays import matrix
from muvae.errors import InvalidInputError


def pca(codes: NDArray[np.floating]) -> NDArray[np.float32]:
    """First two principal components of the codes (Pearson 1901), centred, in the codes' own unit.

    codes: [N,D] -> [N,2]. Each axis points so that its largest loading is positive. Where N or D is
    1 the components that do not exist are zero.
    """
    points = matrix("codes", codes)
    points -= points[0]  # Equal codes become exact zeros, which their rounded mean would not give.
    centred = points - points.mean(axis=0)
    # The SVD of R has the same right vectors, and is small: this is called live on 10,000 codes.
    axes = np.linalg.svd(np.linalg.qr(centred, mode="r"))[2][: min(2, *points.shape)]
    largest = np.abs(axes).argmax(axis=1, keepdims=True)
    axes = axes * np.sign(np.take_along_axis(axes, largest, axis=1))
    embedding = np.zeros((len(points), 2), dtype=np.float32)
    embedding[:, : len(axes)] = centred @ axes.T
    return embedding


def tsne(
    codes: NDArray[np.floating], seed: int = 0, *, perplexity: float = 30.0
) -> NDArray[np.float32]:
    """t-SNE map (van der Maaten and Hinton 2008) from a PCA start, which keeps its global layout.

    codes: [N,D] -> [N,2]; perplexity: more than 0 and less than N. The map is repeatable for the
    same seed, library versions and number of threads.
    """
    points = matrix("codes", codes)
    _check_seed(seed)
    if not 0 < perplexity < len(points):
        raise InvalidInputError(
            f"perplexity must be more than 0 and less than the number of codes, {len(points)}, "
            f"not {perplexity:g}."
        )
    points = _rescale(points)
    if not points.any():
        return np.zeros((len(points), 2), dtype=np.float32)

    from sklearn.manifold import TSNE

    if points.shape[1] == 1:
        # The PCA start needs two dimensions; one of zeros changes no distance: the map is a line.
        points = np.pad(points, ((0, 0), (0, 1)))
    embedding = TSNE(init="pca", perplexity=perplexity, random_state=seed).fit_transform(points)
    return np.asarray(embedding, dtype=np.float32)


def umap(
    codes: NDArray[np.floating], seed: int = 0, *, n_neighbors: int = 15
) -> NDArray[np.float32]:
    """UMAP map (McInnes et al. 2018), on one thread, since only that is repeatable.

    codes: [N,D] -> [N,2]; n_neighbors: from 2 to N - 1. The first call in a process compiles for up
    to a minute.
    """
    points = matrix("codes", codes)
    _check_seed(seed)
    if not 2 <= n_neighbors < len(points):
        raise InvalidInputError(
            f"n_neighbors must be at least 2 and less than the number of codes, {len(points)}, "
            f"not {n_neighbors}."
        )
    points = _rescale(points)
    if not points.any():
        return np.zeros((len(points), 2), dtype=np.float32)

    with warnings.catch_warnings():
        # It speaks of its parametric variant, which is not used here.
        warnings.filterwarnings("ignore", "Tensorflow not installed", ImportWarning)
        from umap import UMAP

    embedding = UMAP(n_neighbors=n_neighbors, random_state=seed, n_jobs=1).fit_transform(points)
    return np.asarray(embedding, dtype=np.float32)


def procrustes_align(
    points: NDArray[np.floating], reference: NDArray[np.floating], *, scale: bool = False
) -> NDArray[np.float32]:
    """Move a map onto a reference map by least squares: orthogonal Procrustes (Schönemann 1966).

    points, reference: [N,2], row i of both the same image -> [N,2]. The map is translated, rotated
    and reflected, so its own distances stay as they are; `scale=True` also scales it uniformly
    (Gower 1975), which hides differences in spread between runs.
    """
    moving, target = matrix("points", points), matrix("reference", reference)
    if moving.shape[1] != 2:
        raise InvalidInputError(f"points must be a map of shape [N,2], not {moving.shape}.")
    if target.shape != moving.shape:
        raise InvalidInputError(
            f"reference must have the shape of points, {moving.shape}, not {target.shape}."
        )
    centre = target.mean(axis=0)
    moving, target = moving - moving.mean(axis=0), target - centre
    left, singular, right = np.linalg.svd(moving.T @ target)
    aligned = moving @ (left @ right)
    spread = float((moving**2).sum())
    if scale and spread > 0:
        aligned *= singular.sum() / spread
    return np.asarray(aligned + centre, dtype=np.float32)


def _check_seed(seed: int) -> None:
    """Check that both libraries can take `seed`."""
    if not 0 <= seed < 2**32:
        raise InvalidInputError(f"seed must be from 0 to 2**32 - 1, not {seed}.")


def _rescale(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shift the first point to the origin and scale the largest coordinate to 1, if there is one.

    Neither neighbour map depends on place or unit, but both libraries lose tiny codes to float32.
    """
    shifted: NDArray[np.float64] = points - points[0]
    largest = float(np.abs(shifted).max())
    if largest > 0:
        shifted /= largest
    return shifted
