"""Training: one VAE step and one classifier step a batch, each with the other frozen (Section 5).

A loop the caller drives: `fit` yields one record an epoch. Every epoch draws its order and its
noise from a generator seeded by (seed, epoch) alone, so that a run continued from the state of its
last epoch is the run that was never stopped.
"""

import dataclasses
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from muvae.errors import InvalidInputError, TrainingError
from muvae.images import to_float
from muvae.models import Classifier, Vae
from muvae.objectives import get_objective
from muvae.runs.folder import Codes, Run
from muvae.training.evaluation import (
    accuracy,
    as_metrics,
    autocast,
    encode_means,
    encode_split,
    evaluate,
    latent_summary,
    measure,
)
from muvae.training.state import TrainingState, save_state
from muvae.types import EpochRecord, Split, SplitMetrics

TRAIN_METRICS_IMAGES = 10_000
HALF_TOLERANCE = 0.002  # of accuracy, in [0, 1]
HALF_IMAGES = 3  # that may be taken for another class: on a small test set, more than the above


@dataclass(frozen=True)
class StepProgress:
    """Where an epoch stands: images seen of all, and the last batch's loss terms."""

    epoch: int
    images: int
    total_images: int
    reconstruction: float
    regularization: float


def fit(
    state: TrainingState,
    train: Split,
    test: Split,
    *,
    save_to: Path | None = None,
    on_step: Callable[[StepProgress], None] | None = None,
) -> Iterator[EpochRecord]:
    """Train `state` up to its config's epochs, yielding each epoch's record.

    With `save_to`, the state is written there before each record is handed out; `on_step` hears
    of progress some times a second. TrainingError: the loss is no longer finite.
    """
    config = state.config
    train = train if config.limit is None else train.take(config.limit)
    train_sample = train.take(TRAIN_METRICS_IMAGES)
    for epoch in range(len(state.history) + 1, config.epochs + 1):
        started = time.perf_counter()
        _train_epoch(state, train, epoch, on_step)
        seconds = time.perf_counter() - started
        metrics = [_evaluate(state, split, epoch) for split in (train_sample, test)]
        record = EpochRecord(epoch, seconds, len(train) / seconds, *metrics)
        state.history.append(record)
        if config.model.latent_dim == 2:
            mean = encode_means(state.vae, test, precision=config.precision)
            state.replay.append(mean.half())
        if save_to is not None:
            save_state(save_to, state)
        yield record


def finish(state: TrainingState, test: Split, provenance: Mapping[str, Any]) -> Run:
    """The run as it is shipped: measured in float32, its classifier rounded to float16.

    TrainingError: the rounding changes the classifier's accuracy by more than HALF_TOLERANCE, and
    by more than HALF_IMAGES of the test images.
    """
    config, objective = state.config, get_objective(state.config.objective)
    vae = Vae(config.model)
    classifier = Classifier(config.model.latent_dim, config.model.classes)
    vae.load_state_dict({name: value.cpu() for name, value in state.vae.state_dict().items()})
    weights = {name: value.cpu() for name, value in state.classifier.state_dict().items()}
    encoded = encode_split(vae, test)
    accuracies = []
    for rounded in (False, True):
        classifier.load_state_dict(
            {name: value.half().float() if rounded else value for name, value in weights.items()}
        )
        accuracies.append(accuracy(classifier, encoded.posterior.mean, test.labels))
    if abs(accuracies[1] - accuracies[0]) > max(HALF_TOLERANCE, (HALF_IMAGES + 0.5) / len(test)):
        raise TrainingError(
            f"{config.name}: rounded to float16 the classifier's accuracy goes from "
            f"{accuracies[0]:.4f} to {accuracies[1]:.4f}; train it longer or with a lower rate"
        )
    measured = measure(encoded, test.labels, classifier, objective, batch_size=config.batch_size)
    return Run(
        name=config.name,
        config=config,
        metrics=as_metrics(measured, "test") | latent_summary(encoded, test.labels),
        history=tuple(state.history),
        provenance={**provenance, "continued_after": list(state.continued_after)},
        vae=vae.eval().requires_grad_(False),
        classifier=classifier.eval().requires_grad_(False),
        codes=Codes(encoded.posterior.mean, encoded.posterior.log_var, encoded.mean_error),
        replay=torch.stack(state.replay) if state.replay else None,
    )


def _train_epoch(
    state: TrainingState,
    train: Split,
    epoch: int,
    on_step: Callable[[StepProgress], None] | None,
) -> None:
    config, device = state.config, state.device
    objective = get_objective(config.objective)
    order, noise = _generators(config.seed, epoch, device)
    permutation = torch.randperm(len(train), generator=order)
    state.vae.train()
    state.classifier.train()
    reported = time.perf_counter()
    for start in range(0, len(train), config.batch_size):
        batch = permutation[start : start + config.batch_size]
        images = to_float(train.images[batch].to(device))
        labels = train.labels[batch].to(device)

        with autocast(device, config.precision):
            posterior = state.vae.encode(images)
            codes = posterior.sample(noise)
            reconstructions = state.vae.decode(codes)
        loss = objective(images, reconstructions, posterior)
        state.vae_optimizer.zero_grad()
        loss.total.backward()
        state.vae_optimizer.step()

        # Detached, the codes carry no gradient to the encoder: for this step it is frozen.
        with autocast(device, config.precision):
            logits = state.classifier(codes.detach())
        state.classifier_optimizer.zero_grad()
        classifier_loss = functional.cross_entropy(logits, labels)
        classifier_loss.backward()
        state.classifier_optimizer.step()

        done = start + len(batch)
        now = time.perf_counter()
        if now - reported > 0.2 or done == len(train):
            reported = now
            terms = (loss.reconstruction.item(), loss.regularization.item())
            if not all(map(math.isfinite, (*terms, classifier_loss.item()))):
                raise TrainingError(
                    f"{config.name}: the loss of epoch {epoch} is no longer finite; "
                    "try a lower learning rate"
                )
            if on_step is not None:
                on_step(StepProgress(epoch, done, len(train), *terms))


def _evaluate(state: TrainingState, split: Split, epoch: int) -> SplitMetrics:
    """A split's metrics, all finite: the epoch's last step may have spoilt what its loss was of."""
    config = state.config
    try:
        measured = evaluate(
            state.vae,
            state.classifier,
            get_objective(config.objective),
            split,
            batch_size=config.batch_size,
            precision=config.precision,
        )
        finite = all(map(math.isfinite, dataclasses.astuple(measured)))
    except InvalidInputError:  # what metrics.py says of codes that are not finite
        finite = False
    if not finite:
        raise TrainingError(
            f"{config.name}: a metric of epoch {epoch} is not finite; try a lower learning rate"
        )
    return measured


def _generators(
    seed: int, epoch: int, device: torch.device
) -> tuple[torch.Generator, torch.Generator]:
    """The epoch's two sources of chance: its images' order (CPU) and its codes' noise."""
    order = torch.Generator().manual_seed((seed << 20) + epoch)
    noise_seed = int(torch.randint(2**62, (), generator=order))
    return order, torch.Generator(device).manual_seed(noise_seed)
