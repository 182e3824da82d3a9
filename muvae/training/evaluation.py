"""Measuring a model on a split: the numbers of SplitMetrics, and the codes behind them."""

import dataclasses
from dataclasses import dataclass

import torch
from torch import Tensor

from muvae.analysis import metrics
from muvae.analysis.draws import silhouette_over_draws
from muvae.images import to_float
from muvae.models import Classifier, Vae
from muvae.objectives import Objective
from muvae.objectives.batch import Batch, Progress
from muvae.objectives.terms import squared_error
from muvae.priors import STANDARD_NORMAL, Prior
from muvae.priors.standard_normal import kl_divergence
from muvae.types import Measurement, Posterior, Split, SplitMetrics

CHUNK = 500
NOISE_SEED = 0


@dataclass(frozen=True)
class Encoded:
    """A split in latent space, on the CPU: posterior and one sample z an image, [N,D] each.

    `sampled_error` and `mean_error` [N] are the squared errors of the images decoded from the
    sample and from the posterior mean.
    """

    posterior: Posterior
    samples: Tensor
    sampled_error: Tensor
    mean_error: Tensor


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """Autocast to bfloat16 where `precision` is that, and to nothing where it is float32."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bfloat16")


@torch.inference_mode()
def encode_split(vae: Vae, split: Split, *, precision: str = "float32") -> Encoded:
    """Encode, sample and decode a split; the noise is the same at each call and on each device."""
    device = vae.device
    generator = torch.Generator().manual_seed(NOISE_SEED)
    parts: list[tuple[Tensor, ...]] = []
    for chunk in split.images.split(CHUNK):
        images = to_float(chunk.to(device))
        with autocast(device, precision):
            posterior = vae.encode(images)
            noise = torch.randn(posterior.mean.shape, generator=generator).to(device)
            samples = posterior.mean + posterior.std * noise
            errors = [squared_error(images, vae.decode(z)) for z in (samples, posterior.mean)]
        parts.append((posterior.mean, posterior.log_var, samples, *errors))
    mean, log_var, samples, sampled, centred = (
        torch.cat(column).cpu() for column in zip(*parts, strict=True)
    )
    return Encoded(Posterior(mean, log_var), samples, sampled, centred)


@torch.inference_mode()
def sample_codes(posterior: Posterior) -> Tensor:
    """The codes [N,D] that encode_split draws from a split's posterior, by the same noise."""
    generator = torch.Generator().manual_seed(NOISE_SEED)
    noise = [torch.randn(part.shape, generator=generator) for part in posterior.mean.split(CHUNK)]
    return posterior.mean + posterior.std * torch.cat(noise)


@torch.inference_mode()
def encode(vae: Vae, split: Split, *, precision: str = "float32") -> Posterior:
    """Posterior of a split's images, float32 [N,D], on the CPU."""
    parts = []
    for chunk in split.images.split(CHUNK):
        with autocast(vae.device, precision):
            posterior = vae.encode(to_float(chunk.to(vae.device)))
        parts.append((posterior.mean.cpu(), posterior.log_var.cpu()))
    mean, log_var = (torch.cat(column) for column in zip(*parts, strict=True))
    return Posterior(mean, log_var)


@torch.inference_mode()
def accuracy(
    classifier: Classifier, codes: Tensor, labels: Tensor, *, precision: str = "float32"
) -> float:
    """Share of codes [N,D] that the classifier gives their label [N], in [0, 1]."""
    device = classifier.head.weight.device
    correct = 0
    for part, expected in zip(codes.split(CHUNK), labels.split(CHUNK), strict=True):
        with autocast(device, precision):
            guesses = classifier(part.to(device)).argmax(1).cpu()
        correct += int((guesses == expected).sum())
    return correct / len(labels)


class InPrecision:
    """A VAE whose hidden layers compute in a run's precision, for objectives to call."""

    def __init__(self, vae: Vae, precision: str) -> None:
        self.latent_dim = vae.latent_dim
        self._vae = vae
        self._precision = precision

    def encode(self, images: Tensor) -> Posterior:
        """Posterior of images float [N,C,H,W] in [0, 1]."""
        with autocast(images.device, self._precision):
            return self._vae.encode(images)

    def decode(self, codes: Tensor) -> Tensor:
        """Images [N,C,H,W] in [0, 1] of codes [N,D]."""
        with autocast(codes.device, self._precision):
            return self._vae.decode(codes)


@torch.inference_mode()
def mean_regularization(
    vae: Vae,
    objective: Objective,
    split: Split,
    encoded: Encoded,
    *,
    batch_size: int = 64,
    precision: str = "float32",
    prior: Prior = STANDARD_NORMAL,
    progress: Progress | None = None,
    generator: torch.Generator | None = None,
) -> float:
    """An objective's regularization of an encoded split, by the code that training minimises.

    It is the mean over batches of `batch_size`, as in training: μ-VAE's couples the images of a
    batch (Eq. 4), so its value depends on how many there are. A schedule has the value that it has
    at `progress`, or at the end of training. What an objective draws comes from `generator`, on the
    networks' device; without one it is the same at each call.
    """
    device = vae.device
    if generator is None:
        generator = torch.Generator(device).manual_seed(NOISE_SEED)
    total = 0.0
    for start in range(0, len(split), batch_size):
        part = slice(start, start + batch_size)
        mean, log_var, codes = (
            tensor[part].to(device)
            for tensor in (encoded.posterior.mean, encoded.posterior.log_var, encoded.samples)
        )
        batch = Batch(
            images=to_float(split.images[part].to(device)),
            posterior=Posterior(mean, log_var),
            codes=codes,
            vae=InPrecision(vae, precision),
            prior=prior,
            progress=progress or Progress.end(len(split)),
            generator=generator,
        )
        total += float(objective.regularization(batch)) * len(batch) / len(split)
    return total


@torch.inference_mode()
def measure(
    encoded: Encoded,
    labels: Tensor,
    classifier: Classifier,
    regularization: float,
    *,
    precision: str = "float32",
) -> SplitMetrics:
    """The metrics of an encoded split, of which `mean_regularization` is one."""
    posterior = encoded.posterior
    return SplitMetrics(
        reconstruction=float(encoded.sampled_error.double().mean()),
        reconstruction_mean=float(encoded.mean_error.double().mean()),
        kl=float(kl_divergence(posterior).double().mean()),
        regularization=regularization,
        accuracy_sampled=accuracy(classifier, encoded.samples, labels, precision=precision),
        accuracy_mean=accuracy(classifier, posterior.mean, labels, precision=precision),
        active_units=metrics.active_units(posterior.mean.numpy()),
    )


def evaluate(
    vae: Vae,
    classifier: Classifier,
    objective: Objective,
    split: Split,
    *,
    batch_size: int = 64,
    precision: str = "float32",
    prior: Prior = STANDARD_NORMAL,
    progress: Progress | None = None,
) -> SplitMetrics:
    """Encode a split and measure it; the objective as in `mean_regularization`."""
    encoded = encode_split(vae, split, precision=precision)
    regularization = mean_regularization(
        vae,
        objective,
        split,
        encoded,
        batch_size=batch_size,
        precision=precision,
        prior=prior,
        progress=progress,
    )
    return measure(encoded, split.labels, classifier, regularization, precision=precision)


def latent_summary(encoded: Encoded, labels: Tensor) -> dict[str, Measurement]:
    """What is measured once, on a finished run's test codes: neighbours, clusters, spread."""
    mean = encoded.posterior.mean.numpy()
    log_var = encoded.posterior.log_var.numpy()
    aggregate = metrics.aggregate_posterior(mean, log_var)
    summary = {
        "knn_accuracy": metrics.knn_accuracy(mean, labels.numpy()),
        "mean_log_var": float(log_var.mean(dtype="float64")),
        "aggregate_mean": float(abs(aggregate.mean).mean()),
        "aggregate_std": float(aggregate.std.mean()),
    }
    measured = {name: Measurement(value) for name, value in summary.items()}
    return measured | {"silhouette": silhouette_over_draws(mean, labels.numpy())}


def as_metrics(measured: SplitMetrics, split: str) -> dict[str, Measurement]:
    """A split's metrics under flat names, `test_kl` for the test split's KL."""
    values = dataclasses.asdict(measured)
    return {f"{split}_{name}": Measurement(value) for name, value in values.items()}
