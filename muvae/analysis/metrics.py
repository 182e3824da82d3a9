"""Numbers that describe a latent space: arrays of codes in, numbers out; nothing is fitted or kept.

Throughout, `mean` and `log_var` [N,D] are the posterior of N images in D latent dimensions, and
`codes` [N,D] any codes, usually the means. A bad argument raises `InvalidInputError` and names it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muvae.analysis.arrays import matrix
from muvae.errors import InvalidInputError

# exp(600) is about 1e260, so that sums over any batch still fit a float64.
_LOG_VAR_LIMIT = 600.0


@dataclass(frozen=True, eq=False)
class AggregatePosterior:
    """First two moments of q(z) = E_x q(z|x): mean [D] and standard deviation std [D]."""

    mean: NDArray[np.float64]
    std: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Histograms:
    """Normalised histograms of D dimensions: edges [bins+1], which all share, density [D,bins]."""

    edges: NDArray[np.float64]
    density: NDArray[np.float64]

    @property
    def centres(self) -> NDArray[np.float64]:
        """The middle of each bin, [bins]."""
        return (self.edges[:-1] + self.edges[1:]) / 2


def histograms(codes: NDArray[np.floating], half_width: float, bins: int) -> Histograms:
    """Histogram of each dimension of codes [N,D] over ±half_width (Figures 4 and 11).

    Densities are shares of all N codes an axis unit, so that what lies outside of the range is
    missing from their integral.
    """
    points = matrix("codes", codes)
    if not (np.isfinite(half_width) and half_width > 0):
        raise InvalidInputError(f"half_width must be a positive number, not {half_width}.")
    if bins < 1:
        raise InvalidInputError(f"bins must be 1 or more, not {bins}.")
    edges = np.linspace(-half_width, half_width, bins + 1)
    counts = np.stack([np.histogram(column, edges)[0] for column in points.T])
    return Histograms(edges, counts / (len(points) * np.diff(edges)))


@dataclass(frozen=True, eq=False)
class FittedHistogram:
    """One dimension's codes in bins that hold them all: edges [bins+1], counts [bins].

    `central` is the range that holds the middle 99.8 % of the codes.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    central: tuple[float, float]

    @property
    def density(self) -> NDArray[np.float64]:
        """Shares of all codes an axis unit, [bins]; over the bins they integrate to 1."""
        result: NDArray[np.float64] = self.counts / (self.counts.sum() * np.diff(self.edges))
        return result


def fitted_histograms(
    codes: NDArray[np.floating], bins: int = 60, most: int = 400
) -> tuple[FittedHistogram, ...]:
    """Histogram of each dimension of codes [N,D] over its own range, from least to largest code.

    `bins` of them hold the middle 99.8 % of the codes; to reach the farthest there are as many more
    of that width as it takes, or wider ones, up to `most` in all.
    """
    points = matrix("codes", codes)
    if not 1 <= bins <= most:
        raise InvalidInputError(f"bins must be from 1 to {most}, not {bins}.")
    fitted = []
    for column in points.T:
        low, high = float(column.min()), float(column.max())
        first, last = np.quantile(column, (0.001, 0.999)).tolist()
        # Codes that do not vary get one narrow bin: of no width, its density would be infinite.
        width = max((last - first) / bins, (high - low) / most) or 1e-3 * max(1.0, abs(low))
        count = max(1, min(most, int(np.ceil((high - low) / width))))
        edges = np.asarray(low + width * np.arange(count + 1), dtype=np.float64)
        edges[-1] = max(edges[-1], high)  # rounding must not lose the last code
        fitted.append(FittedHistogram(edges, np.histogram(column, edges)[0], (first, last)))
    return tuple(fitted)


def normal_density(values: NDArray[np.floating], std: float) -> NDArray[np.float64]:
    """The density of N(0, σ²) at `values`, any shape."""
    if not (np.isfinite(std) and std > 0):
        raise InvalidInputError(f"std must be a positive number, not {std}.")
    scaled = np.asarray(values, dtype=np.float64) / std
    result: NDArray[np.float64] = np.exp(-0.5 * scaled**2) / (std * np.sqrt(2 * np.pi))
    return result


def kl_per_dimension(
    mean: NDArray[np.floating], log_var: NDArray[np.floating]
) -> NDArray[np.float64]:
    """KL divergence to N(0, 1) of each dimension in nats, batch mean of Eq. 3's summand: [D].

    mean, log_var: [N,D]. The sum of the result is the KL term of Eq. 3. Computed in float64.
    """
    mu, log_variance = _posterior(mean, log_var)
    summand = 0.5 * (mu**2 + np.exp(log_variance) - log_variance - 1.0)
    result: NDArray[np.float64] = summand.mean(axis=0)
    return result


def active_mask(mean: NDArray[np.floating], threshold: float = 0.01) -> NDArray[np.bool_]:
    """Which dimensions are active: Var_x(E[z_d|x]) > threshold (Burda et al. 2016, section 5.2).

    mean: [N,D]. Returns bool [D]; the variance is the population variance over the N images.
    """
    if not (np.isfinite(threshold) and threshold >= 0):
        raise InvalidInputError(f"threshold must be a finite number of 0 or more, not {threshold}.")
    result: NDArray[np.bool_] = matrix("mean", mean).var(axis=0) > threshold
    return result


def active_units(mean: NDArray[np.floating], threshold: float = 0.01) -> int:
    """Number of active latent dimensions (Burda et al. 2016); mean: [N,D]. See `active_mask`."""
    return int(active_mask(mean, threshold).sum())


def aggregate_posterior(
    mean: NDArray[np.floating], log_var: NDArray[np.floating]
) -> AggregatePosterior:
    """Moments of q(z) = E_x q(z|x) by the laws of total expectation and total variance.

    mean, log_var: [N,D]. Per dimension the mean of means, and Var_x(mean) + E_x[exp(log_var)].
    """
    mu, log_variance = _posterior(mean, log_var)
    variance = mu.var(axis=0) + np.exp(log_variance).mean(axis=0)
    return AggregatePosterior(mean=mu.mean(axis=0), std=np.sqrt(variance))


def knn_accuracy(codes: NDArray[np.floating], labels: NDArray[np.integer], k: int = 10) -> float:
    """Leave-one-out accuracy, in [0, 1], of a k-nearest-neighbour vote (Cover and Hart 1967).

    codes: [N,D], labels: integers [N], k: 1 to N - 1. Distances are Euclidean; a code is never its
    own neighbour, whatever duplicates it has; a tied vote goes to the smallest label.
    """
    from sklearn.neighbors import KNeighborsClassifier

    points = matrix("codes", codes)
    classes = _labels(labels, len(points))
    if not 1 <= k < len(points):
        raise InvalidInputError(
            f"k must be from 1 to {len(points) - 1}, one less than the number of codes, not {k}."
        )
    classifier = KNeighborsClassifier(n_neighbors=k).fit(points, classes)
    # Predicting None asks about the fitted points themselves, each one left out of its own vote.
    return float(np.mean(classifier.predict(None) == classes))


def silhouette(
    codes: NDArray[np.floating],
    labels: NDArray[np.integer],
    sample_size: int | None = 2000,
    seed: int = 0,
) -> float:
    """Mean silhouette coefficient, in [-1, 1], of the labelled groups (Rousseeuw 1987).

    codes: [N,D], labels: integers [N]. Its cost is quadratic, so at most `sample_size` codes, drawn
    without replacement by `seed`, are used; None uses all. Those must have at least 2 labels, and
    fewer labels than codes. A code that is alone in its group counts as 0.
    """
    from sklearn.metrics import silhouette_score

    points = matrix("codes", codes)
    classes = _labels(labels, len(points))
    if sample_size is not None and sample_size < 3:
        raise InvalidInputError(f"sample_size must be 3 or more, or None, not {sample_size}.")
    if seed < 0:
        raise InvalidInputError(f"seed must be 0 or more, not {seed}.")
    if sample_size is not None and sample_size < len(points):
        index = np.random.default_rng(seed).choice(len(points), sample_size, replace=False)
        points, classes = points[index], classes[index]
    groups = len(np.unique(classes))
    if not 2 <= groups < len(points):
        raise InvalidInputError(
            "labels must have at least 2 different values, and fewer than there are codes; "
            f"there are {groups} among the {len(points)} codes used."
        )
    return float(silhouette_score(points, classes))


def _posterior(
    mean: NDArray[np.floating], log_var: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Check that mean and log_var are two matrices of one shape, and return both as float64."""
    mu, log_variance = matrix("mean", mean), matrix("log_var", log_var)
    if mu.shape != log_variance.shape:
        raise InvalidInputError(
            f"log_var must have the shape of mean, {mu.shape}, not {log_variance.shape}."
        )
    if log_variance.max() > _LOG_VAR_LIMIT:
        raise InvalidInputError(
            f"log_var must be at most {_LOG_VAR_LIMIT:g} for exp(log_var) to be finite; "
            f"its largest value is {log_variance.max():g}."
        )
    return mu, log_variance


def _labels(labels: NDArray[np.integer], count: int) -> NDArray[np.integer]:
    """Check that `labels` holds one integer for each of `count` codes."""
    array = np.asarray(labels)
    if array.shape != (count,) or array.dtype.kind not in "iu":
        raise InvalidInputError(
            f"labels must be integers of shape ({count},), one for each code, "
            f"not {array.dtype} of shape {array.shape}."
        )
    return array
