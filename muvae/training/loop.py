"""Training: one VAE step and one classifier step a batch, each with the other frozen (Section 5).

With the VAE step, an objective's own parts take theirs; losses are minimised here and nowhere else.

A loop the caller drives: `fit` yields one record an epoch. Every epoch draws its order and its
noise from a generator seeded by (seed, epoch) alone, so that a run continued from the state of its
last epoch is the run that was never stopped.
"""

import dataclasses
import itertools
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from muvae.errors import InvalidInputError, TrainingError
from muvae.images import to_float
from muvae.models import decoder_tensors
from muvae.objectives.batch import Batch
from muvae.runs.replay import Replay, chosen_epochs
from muvae.training.evaluation import InPrecision, autocast, encode, evaluate
from muvae.training.sessions import session_here
from muvae.training.state import TrainingState, save_state
from muvae.types import EpochRecord, LossTerms, Split, SplitMetrics

TRAIN_METRICS_IMAGES = 10_000


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
    replay: int | None = None,
    on_step: Callable[[StepProgress], None] | None = None,
) -> Iterator[EpochRecord]:
    """Train `state` up to its config's epochs, yielding each epoch's record.

    With `save_to`, the state is written there before each record is handed out. With `replay`, test
    codes and decoder are kept of so many epochs, spread evenly on a log scale; without it, runs in
    two dimensions keep their means after every epoch. `on_step` hears of progress some times a
    second. TrainingError: the loss is no longer finite.
    """
    config = state.config
    if state.replay is not None and (state.replay.log_var is None) != (replay is None):
        kept = "means" if replay is not None else "codes and decoders of chosen epochs"
        raise InvalidInputError(
            f"{config.name} was begun with a replay of {kept}, and must go on so; give --replay "
            "as at the start, or train it anew"
        )
    train = train if config.limit is None else train.take(config.limit)
    train_sample = train.take(TRAIN_METRICS_IMAGES)
    state.train_size = len(train)
    first = len(state.history) + 1
    earlier, session = state.sessions, session_here(first, state.device, config.precision)
    for epoch in range(first, config.epochs + 1):
        started = time.perf_counter()
        _train_epoch(state, train, epoch, on_step)
        seconds = time.perf_counter() - started
        for module in state.modules.values():
            module.eval()
        metrics = [_evaluate(state, split, epoch) for split in (train_sample, test)]
        record = EpochRecord(epoch, seconds, len(train) / seconds, *metrics)
        state.history.append(record)
        state.sessions = (*earlier, dataclasses.replace(session, last_epoch=epoch))
        if replay is not None and epoch in chosen_epochs(replay, config.epochs):
            _keep(state, test, decoder_tensors(state.vae))
        elif replay is None and config.latent.dim == 2:
            _keep(state, test, None)
        if save_to is not None:
            save_state(save_to, state)
        yield record


def _keep(state: TrainingState, test: Split, decoder: Mapping[str, Tensor] | None) -> None:
    """Add the epoch's test codes to the replay, and the decoder's tensors if there are any."""
    posterior = encode(state.vae, test, precision=state.config.precision)
    kept = Replay.of_epoch(len(state.history), posterior, decoder)
    state.replay = kept if state.replay is None else state.replay.followed_by(kept)


def _train_epoch(
    state: TrainingState,
    train: Split,
    epoch: int,
    on_step: Callable[[StepProgress], None] | None,
) -> None:
    config, device = state.config, state.device
    chance = _generators(config.seed, epoch, device)
    permutation = torch.randperm(len(train), generator=chance.order)
    for module in state.modules.values():
        module.train()
    vae = InPrecision(state.vae, config.precision)
    reported = time.perf_counter()
    for number, start in enumerate(range(0, len(train), config.batch_size), start=1):
        chosen = permutation[start : start + config.batch_size]
        images = to_float(train.images[chosen].to(device))
        labels = train.labels[chosen].to(device)

        posterior = vae.encode(images)
        codes = posterior.sample(chance.noise)
        batch = Batch(
            images=images,
            posterior=posterior,
            codes=codes,
            vae=vae,
            progress=state.progress(epoch - 1, number),
            prior=state.prior,
            generator=chance.objective,
        )
        loss = state.objective.loss(batch)
        _minimise(loss, state)

        # Detached, the codes carry no gradient to the encoder: for this step it is frozen.
        with autocast(device, config.precision):
            logits = state.classifier(codes.detach())
        state.optimizers["classifier"].zero_grad()
        classifier_loss = functional.cross_entropy(logits, labels)
        classifier_loss.backward()
        state.optimizers["classifier"].step()

        done = start + len(images)
        now = time.perf_counter()
        if now - reported > 0.2 or done == len(train):
            reported = now
            terms = (loss.reconstruction.item(), loss.regularization.item())
            others = (classifier_loss, *loss.adversaries.values())
            if not all(map(math.isfinite, (*terms, *(other.item() for other in others)))):
                raise TrainingError(
                    f"{config.name}: the loss of epoch {epoch} is no longer finite; "
                    "try a lower learning rate"
                )
            if on_step is not None:
                on_step(StepProgress(epoch, done, len(train), *terms))


def _minimise(loss: LossTerms, state: TrainingState) -> None:
    """One step of Adam for everything but the classifier: adversaries by their own losses.

    All gradients are those at the weights with which the losses were computed.
    """
    adversaries = {f"objective.{part}": value for part, value in loss.adversaries.items()}
    if unknown := next((name for name in adversaries if name not in state.optimizers), None):
        raise InvalidInputError(
            f"the objective {state.objective.name!r} has a loss for {unknown!r}, which is no part "
            "of it that learns; make_parts must return it"
        )
    optimizers = {name: each for name, each in state.optimizers.items() if name != "classifier"}
    learnt = {name: each.param_groups[0]["params"] for name, each in optimizers.items()}
    for optimizer in optimizers.values():
        optimizer.zero_grad()
    for name, value in adversaries.items():
        value.backward(inputs=learnt.pop(name), retain_graph=True)
    loss.total.backward(inputs=list(itertools.chain(*learnt.values())))
    for optimizer in optimizers.values():
        optimizer.step()


def _evaluate(state: TrainingState, split: Split, epoch: int) -> SplitMetrics:
    """A split's metrics, all finite: the epoch's last step may have spoilt what its loss was of."""
    config = state.config
    try:
        measured = evaluate(
            state.vae,
            state.classifier,
            state.objective,
            split,
            batch_size=config.batch_size,
            precision=config.precision,
            prior=state.prior,
            progress=state.progress(epoch),
        )
        finite = all(map(math.isfinite, dataclasses.astuple(measured)))
    except InvalidInputError:  # what metrics.py says of codes that are not finite
        finite = False
    if not finite:
        raise TrainingError(
            f"{config.name}: a metric of epoch {epoch} is not finite; try a lower learning rate"
        )
    return measured


@dataclass(frozen=True)
class _Chance:
    """An epoch's sources of chance: its images' order (CPU), its codes' noise, the objective's."""

    order: torch.Generator
    noise: torch.Generator
    objective: torch.Generator


def _generators(seed: int, epoch: int, device: torch.device) -> _Chance:
    """Those of an epoch, all different, from the run's seed."""
    order = torch.Generator().manual_seed((seed << 20) + epoch)
    noise_seed = int(torch.randint(2**62, (), generator=order))
    # Not drawn from `order`, which shuffles the images next.
    objective_seed = int(
        torch.randint(2**62, (), generator=torch.Generator().manual_seed(noise_seed))
    )
    return _Chance(
        order,
        torch.Generator(device).manual_seed(noise_seed),
        torch.Generator(device).manual_seed(objective_seed),
    )
