"""How good what a decoder makes is: random samples (Figure 6), traversals (Figure 7), paths.

The paper judges these by eye. Here a judge does: an encoder and the classifier of its codes, which
look at pictures, made or real, and say of what class they are and how sure they are of it.
"""

import copy
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from muvae.analysis.latent import traverse
from muvae.errors import InvalidInputError
from muvae.types import Posterior

CHUNK = 500
Network = TypeVar("Network", bound=nn.Module)
CONFIDENT = 0.5  # a guess counts as a class seen where the judge is at least this sure


class Encoder(Protocol):
    """What a judge needs of a VAE."""

    def encode(self, images: Tensor) -> Posterior: ...


class Decoder(Protocol):
    """What makes pictures of codes."""

    def decode(self, codes: Tensor) -> Tensor: ...


class LatentClassifier(Protocol):
    """What a judge needs of a classifier: its features are what its head reads classes from."""

    hidden: nn.Sequential
    head: nn.Linear


@dataclass(frozen=True)
class Judged:
    """What a judge makes of N pictures: features float64 [N,F] and class probabilities [N,K]."""

    features: NDArray[np.float64]
    probabilities: NDArray[np.float64]

    @property
    def guesses(self) -> NDArray[np.int64]:
        """The class of each picture, [N]."""
        guesses: NDArray[np.int64] = self.probabilities.argmax(1)
        return guesses

    @property
    def confidence(self) -> float:
        """Mean probability of the class that each picture is taken for, in [1/K, 1]."""
        return float(self.probabilities.max(1).mean())

    @property
    def class_entropy(self) -> float:
        """How evenly the guesses fall on the classes: their entropy over log K, in [0, 1]."""
        shares = np.bincount(self.guesses) / len(self.guesses)
        seen = shares[shares > 0]
        return float(-(seen * np.log(seen)).sum() / math.log(self.probabilities.shape[1])) + 0.0


def channels_last(network: Network) -> Network:
    """A copy with its weights in the order in memory that makes convolutions on CPUs faster."""
    return copy.deepcopy(network).to(memory_format=torch.channels_last)


@torch.inference_mode()
def judge(vae: Encoder, classifier: LatentClassifier, images: Tensor) -> Judged:
    """Look at images float [N,C,H,W] by way of the means of their codes."""
    features, probabilities = [], []
    for chunk in images.split(CHUNK):
        hidden = classifier.hidden(vae.encode(chunk).mean)
        features.append(hidden.double())
        probabilities.append(classifier.head(hidden).double().softmax(1))
    return Judged(torch.cat(features).numpy(), torch.cat(probabilities).numpy())


@torch.inference_mode()
def decode_all(vae: Decoder, codes: Tensor) -> Tensor:
    """Images float [N,C,H,W] of codes [N,D], some at a time."""
    return torch.cat([vae.decode(chunk) for chunk in codes.split(CHUNK)])


class FrechetReference:
    """A set of features [N,F], kept for the Fréchet distances of others to it.

    Each set is taken for a Gaussian: |m₁ − m₂|² + tr(C₁ + C₂ − 2 (C₁ C₂)^½), of Heusel et al.
    (2017), who take the features of a network trained on photographs; whatever the features, it is
    0 where both moments agree.
    """

    def __init__(self, features: NDArray[np.float64]) -> None:
        self._mean, self._scaled = _moments(features)

    def distance(self, features: NDArray[np.float64]) -> float:
        """To features [M,F]; InvalidInputError: they are of another width, or of one picture."""
        mean, scaled = _moments(features)
        if len(mean) != len(self._mean):
            raise InvalidInputError("features must be of one width, and of two pictures or more")
        difference = mean - self._mean
        traces = float(np.square(scaled).sum() + np.square(self._scaled).sum())
        crossed = self._trace_of_root(scaled)
        return max(float(difference @ difference) + traces - 2 * crossed, 0.0)

    def _trace_of_root(self, scaled: NDArray[np.float64]) -> float:
        """Tr (C₁C₂)^½ of C₁ = A'A and C₂ = B'B: the sum of the singular values of AB'."""
        if min(len(scaled), len(self._scaled)) < scaled.shape[1]:
            return float(np.linalg.svd(scaled @ self._scaled.T, compute_uv=False).sum())
        # C₁C₂ has the eigenvalues of C₂^½ C₁ C₂^½, which is symmetric.
        crossed = self._root @ (scaled.T @ scaled) @ self._root
        return float(np.sqrt(np.linalg.eigvalsh(crossed).clip(0)).sum())

    @cached_property
    def _root(self) -> NDArray[np.float64]:
        """The square root of the reference's covariance, [F,F]."""
        values, vectors = np.linalg.eigh(self._scaled.T @ self._scaled)
        root: NDArray[np.float64] = (vectors * np.sqrt(values.clip(0))) @ vectors.T
        return root


def _moments(features: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean [F] of features [N,F], and A [N,F] with A'A their covariance."""
    if len(features) < 2:
        raise InvalidInputError("features must be of one width, and of two pictures or more")
    mean = features.mean(0)
    return mean, (features - mean) / math.sqrt(len(features) - 1)


def frechet_distance(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """The Fréchet distance of two sets of features [N,F], [M,F]; see FrechetReference."""
    return FrechetReference(second).distance(first)


@torch.inference_mode()
def nearest_distance(images: Tensor, reference: Tensor) -> float:
    """Mean over images [N,C,H,W] of the squared error to the nearest of `reference`, in pixels.

    In the units of the reconstruction loss: squared error summed over pixels in [0, 1].
    """
    others = reference.flatten(1)
    lengths = others.square().sum(1)
    total = 0.0
    for chunk in images.flatten(1).split(CHUNK):
        squared = chunk.square().sum(1, keepdim=True) + lengths - 2 * chunk @ others.T
        total += float(squared.min(1).values.clamp_min(0).double().sum())
    return total / len(images)


@dataclass(frozen=True)
class TraversalClasses:
    """What classes are met along a run's dimensions (Figure 7), one sweep a dimension.

    `per_dimension`: how many a dimension, on average; `all_together`: how many on any; `opposite`:
    the share of dimensions whose two ends are taken for different classes.
    """

    per_dimension: float
    all_together: int
    opposite: float


def traversal_codes(latent_dim: int, half_width: float, steps: int = 40) -> Tensor:
    """The codes of Figure 7, [D,K,D]: each dimension swept over ±half_width, the others zero."""
    values = torch.linspace(-half_width, half_width, steps)
    origin = torch.zeros(latent_dim)
    return torch.stack([traverse(origin, dimension, values) for dimension in range(latent_dim)])


def traversal_classes(judged: Judged, latent_dim: int) -> TraversalClasses:
    """The classes met by a judge of the pictures of `traversal_codes`, in that order."""
    guesses = judged.guesses.reshape(latent_dim, -1)
    sure = (judged.probabilities.max(1) >= CONFIDENT).reshape(latent_dim, -1)
    seen = [set(row[keep].tolist()) for row, keep in zip(guesses, sure, strict=True)]
    return TraversalClasses(
        per_dimension=float(np.mean([len(classes) for classes in seen])),
        all_together=len(set().union(*seen)),
        opposite=float((guesses[:, 0] != guesses[:, -1]).mean()),
    )


def largest_step(vae: Decoder, starts: Tensor, ends: Tensor, steps: int = 20) -> float:
    """How suddenly pictures change on straight paths from starts [N,D] to ends [N,D]; in [1/K, 1].

    Each path is decoded in K equal steps; of the total change (the sum of the steps' squared
    errors' roots) this is the share of the largest step, averaged over the paths. A path that
    changes evenly has 1/K, one that jumps once has 1.
    """
    places = torch.linspace(0, 1, steps + 1)[:, None, None]
    codes = (starts + places * (ends - starts)).flatten(0, 1)
    images = decode_all(vae, codes).reshape(steps + 1, len(starts), -1)
    changes = torch.linalg.vector_norm(images[1:] - images[:-1], dim=2).double()
    totals = changes.sum(0)
    moved = totals > 0
    if not bool(moved.any()):
        raise InvalidInputError("no picture changes on any of the paths")
    return float((changes.max(0).values[moved] / totals[moved]).mean())
