"""Unfinished runs: what is read back goes on as if it had never stopped."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors
import safetensors.torch
import torch
from helpers import make_config
from torch import Tensor

from muvae import CheckpointError, EpochRecord, Latent, RunConfig, Split
from muvae.runs.config import Optimizer
from muvae.training.loop import fit
from muvae.training.state import TrainingState, load_state, new_state, save_state

Content = tuple[dict[str, Tensor], dict[str, str]]


def tensors_of(state: TrainingState) -> dict[str, Tensor]:
    """All that a state has learnt: weights, and each optimizer's own state."""
    found = {}
    for part, module in state.modules.items():
        for name, value in module.state_dict().items():
            found[f"{part}.{name}"] = value.clone()
        for name, parameter in module.named_parameters():
            for key, value in state.optimizers[part].state[parameter].items():
                found[f"{part}.{name}.{key}"] = value.clone()
    return found


def outcome(state: TrainingState) -> tuple[dict[str, Tensor], list[Any]]:
    """Tensors and measured history (the seconds are not the run's doing)."""
    return tensors_of(state), [(r.epoch, r.train, r.test) for r in state.history]


def assert_same(first: TrainingState, second: TrainingState) -> None:
    (tensors, history), (others, other_history) = outcome(first), outcome(second)
    assert tensors.keys() == others.keys()
    for name, value in tensors.items():
        assert torch.equal(value, others[name]), name
    assert history == other_history


def train(state: TrainingState, split: Split, save_to: Path | None = None) -> list[EpochRecord]:
    return list(fit(state, split, split.take(20), save_to=save_to))


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("objective", ["vae", "mu-vae-1"])
def test_a_resumed_run_is_the_uninterrupted_one(
    split: Split, tmp_path: Path, precision: str, objective: str
) -> None:
    config = make_config(precision=precision, objective=objective, latent=Latent(2, clip=0.4))
    straight = new_state(config)
    train(straight, split)
    assert len(straight.history) == 3

    path = tmp_path / "state.safetensors"
    first = new_state(dataclasses.replace(config, epochs=1))
    train(first, split)
    save_state(path, first)
    second = load_state(path, config)
    assert_same(second, first)
    assert [record.epoch for record in train(second, split)] == [2, 3]
    assert_same(second, straight)


def test_a_run_stopped_in_an_epoch_goes_on_from_the_one_before(
    split: Split, tmp_path: Path, config: RunConfig
) -> None:
    straight = new_state(config)
    train(straight, split)

    path = tmp_path / "state.safetensors"
    state = new_state(config)

    def interrupt(step: Any) -> None:
        if step.epoch == 2:
            raise KeyboardInterrupt

    epochs = fit(state, split, split.take(20), save_to=path, on_step=interrupt)
    assert next(epochs).epoch == 1
    with pytest.raises(KeyboardInterrupt):
        next(epochs)
    resumed = load_state(path, config)
    assert len(resumed.history) == 1
    train(resumed, split, path)
    assert_same(resumed, straight)
    assert_same(load_state(path, config), straight)


def test_the_state_is_there_when_its_record_is(split: Split, tmp_path: Path) -> None:
    path = tmp_path / "runs" / "state.safetensors"
    config = make_config(epochs=2)
    for record in fit(new_state(config), split, split, save_to=path):
        assert load_state(path, config).history[-1] == record


def test_a_run_that_has_not_begun_can_be_saved(
    split: Split, tmp_path: Path, config: RunConfig
) -> None:
    save_state(tmp_path / "state", new_state(config))
    straight, resumed = new_state(config), load_state(tmp_path / "state", config)
    for state in (straight, resumed):
        train(state, split)
    assert_same(resumed, straight)


def test_new_states_are_their_seed_s(config: RunConfig) -> None:
    assert_same(new_state(config), new_state(config))
    other = new_state(dataclasses.replace(config, seed=1))
    for part in ("vae", "classifier"):
        first = getattr(new_state(config), part).state_dict()
        second = getattr(other, part).state_dict()
        differing = [name for name in first if not torch.equal(first[name], second[name])]
        assert differing == [name for name in first if name.endswith("weight")]


def test_bfloat16_begins_with_the_same_weights_in_another_order(config: RunConfig) -> None:
    half = new_state(dataclasses.replace(config, precision="bfloat16"))
    assert_same(half, new_state(config))
    weight = half.vae.get_parameter("networks.encoder.layers.2.weight")
    assert weight.dtype == torch.float32
    assert weight.is_contiguous(memory_format=torch.channels_last)


def test_adam_is_that_of_appendix_b() -> None:
    state = new_state(make_config(latent=Latent(10)))
    for optimizer in state.optimizers.values():
        (group,) = optimizer.param_groups
        assert (group["lr"], group["betas"]) == (1e-4, (0.9, 0.999))
        assert (group["eps"], group["weight_decay"], group["amsgrad"]) == (1e-8, 0, False)


@pytest.fixture(scope="module")
def saved(split: Split, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state after two epochs of three."""
    path = tmp_path_factory.mktemp("runs") / "state.safetensors"
    config = make_config()
    epochs = fit(new_state(config), split, split.take(20), save_to=path)
    next(epochs)
    next(epochs)
    return path


def test_more_epochs_can_be_asked_for_but_none_undone(saved: Path) -> None:
    assert load_state(saved, make_config(epochs=9)).config.epochs == 9
    assert len(load_state(saved, make_config(epochs=2)).history) == 2
    with pytest.raises(CheckpointError, match="has 2 epochs behind it, more than the 1") as caught:
        load_state(saved, make_config(epochs=1))
    assert str(caught.value).startswith(str(saved))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"seed": 1}, r"another seed \(0, not 1\); give the same"),
        (
            {"optimizer": Optimizer(learning_rate=1e-3), "batch_size": 5},
            r"another batch_size \(10, not 5\) and optimizer.learning_rate \(0.0001, not 0.001\);",
        ),
        (
            {"objective": "beta-vae"},
            r"another objective.name \(vae, not beta-vae\) and o",
        ),
        ({"precision": "bfloat16"}, r"another precision \(float32, not bfloat16\);"),
        ({"latent": Latent(2, clip=1.0)}, r"another latent.clip \(None, not 1.0\);"),
        (
            {"limit": 7, "epochs": 5},
            r"another limit \(None, not 7\); give the same,",
        ),
    ],
)
def test_other_settings_are_named(saved: Path, changes: dict[str, Any], named: str) -> None:
    with pytest.raises(CheckpointError, match=named) as caught:
        load_state(saved, make_config(**changes))
    assert str(caught.value).startswith(str(saved))


def read(path: Path) -> Content:
    with safetensors.safe_open(path, "pt") as file:
        metadata = dict(file.metadata())
    return safetensors.torch.load_file(path), metadata


def edit_metadata(**values: str) -> Callable[[Content], object]:
    return lambda content: content[1].update(values)


SPOILT_STATES: dict[str, tuple[Callable[[Content], object], str]] = {
    "no step": (lambda c: c[0].pop("adam.vae.0.step"), "lacks the tensor 'adam.vae.0.step'"),
    "no moment": (lambda c: c[0].pop("adam.classifier.7.exp_avg_sq"), "lacks the tensor"),
    "no weight": (lambda c: c[0].pop("classifier.head.bias"), "lacks the tensor"),
    "one more": (lambda c: c[0].update(more=torch.ones(1)), "unknown tensor 'more'"),
    "NaN": (lambda c: c[0]["adam.vae.3.exp_avg"].fill_(torch.nan), "is not finite"),
    "no config": (lambda c: c[1].pop("config"), "is not the state of a run"),
    "no history": (lambda c: c[1].pop("history"), "is not the state of a run"),
    "config no JSON": (edit_metadata(config="{"), "is not the state of a run"),
    "config endless": (edit_metadata(config="[" * 100_000), "is not the state of a run"),
    "config no object": (edit_metadata(config="[]"), "must be a JSON object"),
    "config key": (edit_metadata(config=json.dumps({"name": "vae"})), "lacks the key"),
    "sessions no JSON": (edit_metadata(sessions="["), "is not the state of a run"),
    "sessions no list": (edit_metadata(sessions="3"), "the sessions are not those of a run"),
    "sessions of more": (
        edit_metadata(sessions='[{"first_epoch": 1, "last_epoch": 9}]'),
        "they are of 9 epochs, and there are 2",
    ),
    "history": (edit_metadata(history="epoch\n1\n"), "does not have the columns"),
}


@pytest.mark.parametrize("kind", SPOILT_STATES)
def test_a_spoilt_state_is_named(saved: Path, tmp_path: Path, kind: str) -> None:
    change, message = SPOILT_STATES[kind]
    content = read(saved)
    change(content)
    path = tmp_path / "state.safetensors"
    safetensors.torch.save_file(content[0], path, content[1])
    with pytest.raises(CheckpointError, match=message) as caught:
        load_state(path, make_config())
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize("size", [0, 7, 5000, -1])
def test_a_state_cut_off_is_named(saved: Path, tmp_path: Path, size: int) -> None:
    path = tmp_path / "state.safetensors"
    path.write_bytes(saved.read_bytes()[:size])
    with pytest.raises(CheckpointError, match="cannot be read") as caught:
        load_state(path, make_config())
    assert str(caught.value).startswith(str(path))
