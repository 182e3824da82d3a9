"""Training: the paper's two steps a batch, its numbers from its seed, and one real epoch."""

import dataclasses
import math
from typing import Any

import pytest
import torch
from batches import OF_KL_AND_EQ_6
from helpers import SHIPPED, make_config, make_split
from torch import Tensor, nn
from torch.nn import functional

from muvae import DATASETS, OBJECTIVES, Latent, Posterior, RunConfig, Split
from muvae.datasets.test_split import read_test_split
from muvae.images import to_float
from muvae.runs.config import Optimizer
from muvae.training import loop
from muvae.training.evaluation import evaluate
from muvae.training.loop import StepProgress, fit
from muvae.training.presets import base_config
from muvae.training.state import TrainingState, new_state

Weights = dict[str, Tensor]

FAST = Optimizer(learning_rate=1e-3)


def trained(config: RunConfig, split: Split, **options: Any) -> TrainingState:
    state = new_state(config)
    for _ in fit(state, split, split.take(20), **options):
        pass
    return state


def weights_of(module: nn.Module) -> Weights:
    return {name: value.clone() for name, value in module.state_dict().items()}


def equal(first: Weights, second: Weights) -> bool:
    return all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("name", ["vae", "beta-vae", "mu-vae-1", "mu-vae-1-eq6"])
def test_one_epoch_on_some_hundred_images_lowers_the_loss(name: str) -> None:
    images = read_test_split(SHIPPED / "mnist").take(256)
    objective = OBJECTIVES[name]
    config = base_config(DATASETS["mnist"], name, epochs=1, precision="float32")
    config = dataclasses.replace(config, batch_size=16, optimizer=FAST)
    state = new_state(config)
    before = evaluate(state.vae, state.classifier, objective, images, batch_size=16)
    (record,) = fit(state, images, images)
    after = record.test
    assert after.reconstruction < 0.7 * before.reconstruction
    assert after.reconstruction_mean < 0.8 * before.reconstruction_mean
    total = before.reconstruction + before.regularization
    assert after.reconstruction + after.regularization < 0.7 * total


def test_the_classifier_learns_to_tell_the_classes_apart(split: Split) -> None:
    """On the codes of an encoder that stays as it was drawn, with little noise."""
    state = new_state(make_config(latent=Latent(10), epochs=2, optimizer=FAST))
    state.optimizers["vae"].param_groups[0]["lr"] = 0.0
    state.vae.networks.log_var_head.bias.data.fill_(-8.0)
    before = evaluate(state.vae, state.classifier, OBJECTIVES["vae"], split)
    *_, record = fit(state, split, split)
    assert before.accuracy_mean < 0.4
    assert record.test.accuracy_mean > 0.9
    assert record.test.accuracy_sampled > 0.9


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_seed_decides_everything(split: Split, precision: str) -> None:
    config = make_config(epochs=2, precision=precision)
    first, same = trained(config, split), trained(config, split)
    assert equal(weights_of(first.vae), weights_of(same.vae))
    assert equal(weights_of(first.classifier), weights_of(same.classifier))
    assert [r.test for r in first.history] == [r.test for r in same.history]
    other = trained(dataclasses.replace(config, seed=1), split)
    assert not equal(weights_of(first.vae), weights_of(other.vae))
    assert not equal(weights_of(first.classifier), weights_of(other.classifier))


def test_the_global_generator_is_neither_read_nor_moved(split: Split, config: RunConfig) -> None:
    weights = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        state = new_state(config)
        before = torch.get_rng_state()
        next(fit(state, split, split))
        assert torch.equal(torch.get_rng_state(), before)
        weights.append(weights_of(state.vae))
    assert equal(*weights)


@pytest.mark.parametrize(
    ("precision", "dtype"), [("float32", torch.float32), ("bfloat16", torch.bfloat16)]
)
def test_hidden_layers_train_in_the_precision_of_the_run(
    split: Split, precision: str, dtype: torch.dtype
) -> None:
    """The heads, the codes and the pixels are float32 in both."""
    state = new_state(make_config(precision=precision, epochs=1))
    seen: dict[str, set[torch.dtype]] = {}
    for part in (state.vae, state.classifier):
        for name, layer in part.named_modules():
            if not list(layer.children()):

                def note(_: nn.Module, __: Any, output: Tensor, name: str = name) -> None:
                    if torch.is_grad_enabled():
                        seen.setdefault(name, set()).add(output.dtype)

                layer.register_forward_hook(note)
    list(fit(state, split, split))
    heads = {"networks.mean_head", "networks.log_var_head", "head"}
    assert {name for name in seen if seen[name] == {torch.float32}} >= heads
    hidden = [name for name in seen if name not in heads]
    assert len(hidden) == 6 + 7 + 6
    assert all(seen[name] == {dtype} for name in hidden), seen


def test_precisions_agree_but_for_rounding(split: Split) -> None:
    config = make_config(epochs=2, batch_size=4)
    single = trained(config, split).history[-1].test
    half = trained(dataclasses.replace(config, precision="bfloat16"), split).history[-1].test
    assert half != single
    assert half.reconstruction == pytest.approx(single.reconstruction, rel=0.02)
    assert half.kl == pytest.approx(single.kl, rel=0.05)


def test_the_vae_learns_nothing_from_the_classifier(split: Split, config: RunConfig) -> None:
    """Two quite different classifiers, bit for bit one VAE."""
    first, second = new_state(config), new_state(config)
    with torch.no_grad():
        for parameter in second.classifier.parameters():
            parameter.mul_(-3).add_(0.01)
    for state in (first, second):
        list(fit(state, split, split))
    assert equal(weights_of(first.vae), weights_of(second.vae))
    assert not equal(weights_of(first.classifier), weights_of(second.classifier))


@pytest.mark.parametrize("frozen", ["vae", "classifier"])
def test_each_step_moves_its_own_network_only(split: Split, config: RunConfig, frozen: str) -> None:
    state = new_state(config)
    before = {part: weights_of(getattr(state, part)) for part in ("vae", "classifier")}
    state.optimizers[frozen].param_groups[0]["lr"] = 0.0
    list(fit(state, split, split))
    for part, weights in before.items():
        assert equal(weights_of(getattr(state, part)), weights) == (part == frozen)


@pytest.mark.parametrize("name", OF_KL_AND_EQ_6)
def test_a_step_is_that_of_a_plain_loop(
    split: Split, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One batch of all images, one noise for all: the order cannot matter. Losses written out."""
    noise = torch.tensor([0.7, -1.3])
    monkeypatch.setattr(Posterior, "sample", lambda q, _=None: q.mean + q.std * noise)
    latent = Latent(2, OBJECTIVES[name].clip)
    config = make_config(objective=name, latent=latent, epochs=1, batch_size=40, optimizer=FAST)
    state, plain = new_state(config), new_state(config)
    list(fit(state, split, split))

    images = split.images.float() / 255
    mean, log_var = plain.vae.networks.encode(images)
    if latent.bound is not None:
        norm = mean.norm(dim=1, keepdim=True)
        mean = mean * (latent.bound / norm).clamp(max=1)
    codes = mean + (log_var / 2).exp() * noise
    squares = (images - plain.vae.decode(codes)).pow(2).sum() / 40
    kl = (mean.pow(2) + log_var.exp() - log_var - 1).sum() / 2 / 40
    aggregate = mean.sum().abs() / 40
    regularization = {
        "vae": kl,
        "beta-vae": 4 * kl,
        "mu": aggregate + (log_var.exp() - log_var - 1).sum() / 40,
        "eq6": aggregate + log_var.sum() / 40,
        "exp": aggregate + (log_var.exp() - 1).sum() / 40,
    }[name[-3:] if name[-3:] in ("eq6", "exp") else "mu" if name.startswith("mu") else name]
    (squares + regularization).backward()  # type: ignore[no-untyped-call]
    logits = plain.classifier(codes.detach())
    functional.cross_entropy(logits, split.labels).backward()  # type: ignore[no-untyped-call]
    for part in ("vae", "classifier"):
        start = getattr(new_state(config), part).state_dict()
        moved = getattr(state, part).state_dict()
        for key, parameter in getattr(plain, part).named_parameters():
            # Adam's first step is -lr·g/|g|: of each clear gradient, just the sign.
            gradient = parameter.grad
            clear = gradient.abs() > 1e-3 * gradient.abs().max()
            expected = -1e-3 * gradient.sign()[clear]
            torch.testing.assert_close(
                (moved[key] - start[key])[clear], expected, rtol=0.02, atol=0
            )


def watch(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The images of every training batch, by the number that stands in their first pixel."""
    batches: list[list[int]] = []

    def note(images: Tensor) -> Tensor:
        batches.append(images[:, 0, 0, 0].tolist())
        return to_float(images)

    monkeypatch.setattr(loop, "to_float", note)
    return batches


def numbered(count: int) -> Split:
    split = make_split(count)
    split.images[:, 0, 0, 0] = torch.arange(count)
    return split


def test_an_epoch_takes_every_image_once_in_an_order_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batches = watch(monkeypatch)
    trained(make_config(epochs=2, batch_size=10), numbered(25))
    assert [len(batch) for batch in batches] == [10, 10, 5] * 2
    orders = [[number for batch in batches[i : i + 3] for number in batch] for i in (0, 3)]
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(25))
    assert orders[0] != orders[1]
    assert orders[0] != list(range(25))


def test_a_limit_is_spread_over_the_images(monkeypatch: pytest.MonkeyPatch) -> None:
    batches = watch(monkeypatch)
    state = trained(make_config(epochs=1, limit=5), numbered(25))
    assert sorted(batches[0]) == [0, 6, 12, 18, 24]
    assert len(batches) == 1
    record = state.history[0]
    assert record.images_per_second == pytest.approx(5 / record.seconds)


def test_the_classifier_learns_from_samples_with_new_noise_each_epoch(split: Split) -> None:
    state = new_state(make_config(epochs=2, batch_size=40))
    for optimizer in state.optimizers.values():
        optimizer.param_groups[0]["lr"] = 0.0
    seen: list[Tensor] = []

    def note(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if torch.is_grad_enabled():
            seen.append(inputs[0])

    state.classifier.register_forward_pre_hook(note)
    list(fit(state, split, split))
    assert len(seen) == 2
    posterior = state.vae.encode(to_float(split.images))
    for codes in seen:
        assert not codes.requires_grad
        # Their order is the epoch's; each is nearest to its own mean by far less than a spread.
        assert codes.mean() == pytest.approx(posterior.mean.mean().item(), abs=0.5)
        assert not torch.isclose(codes[:, None], posterior.mean).all(2).any()
    assert not torch.isin(seen[0], seen[1]).any()


def test_a_record_is_what_evaluation_says(split: Split, config: RunConfig) -> None:
    state = new_state(config)
    test = make_split(20, seed=5)
    for number, record in enumerate(fit(state, split, test), start=1):
        arguments = (state.vae, state.classifier, OBJECTIVES["vae"])
        assert record.epoch == number
        assert record.train == evaluate(*arguments, split, batch_size=10)
        assert record.test == evaluate(*arguments, test, batch_size=10)
        assert record.images_per_second == pytest.approx(40 / record.seconds)
        assert state.history[-1] is record
    assert number == 3
    assert list(fit(state, split, test)) == []


def test_train_metrics_are_of_an_even_part(
    split: Split, config: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "TRAIN_METRICS_IMAGES", 7)
    state = new_state(config)
    record = next(fit(state, split, split))
    expected = evaluate(
        state.vae, state.classifier, OBJECTIVES["vae"], split.take(7), batch_size=10
    )
    assert record.train == expected


def test_progress_is_told_at_each_epoch_s_end(split: Split) -> None:
    steps: list[StepProgress] = []
    trained(make_config(epochs=2), split, on_step=steps.append)
    ends = [step for step in steps if step.images == step.total_images]
    assert [(step.epoch, step.images) for step in ends] == [(1, 40), (2, 40)]
    assert all(math.isfinite(step.reconstruction + step.regularization) for step in steps)
