"""The shape vocabulary: N images [N,C,H,W] in [0, 1], or their codes in D latent dimensions."""

import os
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

CLASSES = 10  # of the paper's datasets
MOST_CLASSES = 100  # of one's own: more could not be told apart on any page
PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class Posterior:
    """Diagonal Gaussian q(z|x) of each image: mean [N,D], already clipped, and log_var [N,D]."""

    mean: Tensor
    log_var: Tensor

    @property
    def std(self) -> Tensor:
        """Standard deviation σ of each dimension, [N,D]."""
        return torch.exp(0.5 * self.log_var)

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """Draw one code an image, z = μ + σ ε with ε ~ N(0, I), [N,D]; differentiable in both."""
        noise = torch.empty_like(self.mean).normal_(generator=generator)
        return self.mean + self.std * noise


class Autoencoder(Protocol):
    """What is known of networks where it does not matter which they are."""

    latent_dim: int

    def encode(self, images: Tensor) -> Posterior:
        """Posterior of images float [N,C,H,W] in [0, 1]; its mean is clipped."""

    def decode(self, codes: Tensor) -> Tensor:
        """Images [N,C,H,W] in [0, 1] of codes [N,D]."""


@dataclass(frozen=True)
class LossTerms:
    """What an objective returns: scalars, sums over pixels and dimensions, batch means (Eq. 6).

    `adversaries` are the losses of those of its parts that are trained against it, by their names.
    """

    reconstruction: Tensor
    regularization: Tensor
    adversaries: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def total(self) -> Tensor:
        """The loss that networks, prior and all other parts minimise."""
        return self.reconstruction + self.regularization


@dataclass(frozen=True)
class Split:
    """Half of a dataset, in memory: images uint8 [N,C,H,W] and labels int64 [N].

    Without labels, `labels` is empty.
    """

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.images)

    def take(self, count: int) -> "Split":
        """At most `count` items, evenly spread over the split, in its order."""
        if count >= len(self):
            return self
        # In float32 the places are so inexact that rounding can take an image twice.
        index = torch.linspace(0, len(self) - 1, count, dtype=torch.float64).round().long()
        return Split(self.images[index], self.labels[index] if len(self.labels) else self.labels)


@dataclass(frozen=True)
class Measurement:
    """A measured number and the noise of its random draws.

    What depends on a random draw has `draws` of them: `value` is their mean and `sd` the standard
    deviation of single draws about it (with n - 1); one draw has no `sd`. What depends on no draw
    has neither.
    """

    value: float
    sd: float | None = None
    draws: int | None = None

    @classmethod
    def of_draws(cls, values: Sequence[float]) -> "Measurement":
        """The mean and standard deviation of what each draw gave."""
        sd = statistics.stdev(values) if len(values) > 1 else None
        return cls(statistics.fmean(values), sd, len(values))

    def times(self, factor: float) -> "Measurement":
        """The same in another unit, such as percent: `factor` is positive."""
        return Measurement(
            factor * self.value, None if self.sd is None else factor * self.sd, self.draws
        )

    def __format__(self, form: str) -> str:
        """As text, `form` being that of a number: "92.6 ± 0.2", with as many decimals in both."""
        text = format(self.value, form)
        if self.draws == 1:
            return f"{text} (one draw)"
        if self.sd is None:
            return text
        if "e" in text:
            return f"{text} ± {self.sd:{form}}"
        percent = "%" if text.endswith("%") else "f"
        decimals = len(text.rstrip("%").partition(".")[2])
        return f"{text} ± {self.sd:.{decimals}{percent}}"


@dataclass(frozen=True)
class SplitMetrics:
    """What is measured on one split (train or test): floats, means over its images.

    `reconstruction` and `accuracy_sampled` use one sampled code an image, `reconstruction_mean`
    and `accuracy_mean` the posterior mean; accuracies are in [0, 1], `kl` is Eq. 3 whatever the
    objective, `regularization` is the objective's own term.
    """

    reconstruction: float
    reconstruction_mean: float
    kl: float
    regularization: float
    accuracy_sampled: float
    accuracy_mean: float
    active_units: int


@dataclass(frozen=True)
class EpochRecord:
    """One row of a training history; `train` is measured on an even part of the training split."""

    epoch: int
    seconds: float
    images_per_second: float
    train: SplitMetrics
    test: SplitMetrics
