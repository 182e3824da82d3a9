"""How training ends: with a run measured as it is shipped, or at once where it leads nowhere."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from helpers import make_config, make_split
from torch import nn

from muvae import RunConfig, Split, TrainingError
from muvae.images import to_float
from muvae.training.evaluation import evaluate
from muvae.training.finish import finish
from muvae.training.loop import fit
from muvae.training.state import TrainingState, load_state, new_state


def equal(first: nn.Module, second: nn.Module) -> bool:
    weights = second.state_dict()
    return all(torch.equal(value, weights[name]) for name, value in first.state_dict().items())


def spoil_vae(state: TrainingState) -> None:
    state.vae.networks.log_var_head.bias.data.fill_(torch.nan)


def spoil_classifier(state: TrainingState) -> None:
    state.classifier.head.bias.data.fill_(torch.inf)


def hurry(state: TrainingState) -> None:
    """The first and only loss is finite, what its step leaves behind is not."""
    state.optimizers["vae"].param_groups[0]["lr"] = 1e38


@pytest.mark.parametrize(
    ("spoil", "batch_size", "message"),
    [
        (spoil_vae, 10, "vae: the loss of epoch 2 is no longer finite; try a lower"),
        (spoil_classifier, 10, "vae: the loss of epoch 2 is no longer finite; try a lower"),
        (hurry, 10, "vae: .* of epoch 2 is no"),
        (hurry, 40, "vae: a metric of epoch 2 is not finite; try a lower"),
    ],
)
def test_a_loss_that_is_not_finite_stops_training_and_keeps_the_last_state(
    split: Split,
    tmp_path: Path,
    spoil: Callable[[TrainingState], None],
    batch_size: int,
    message: str,
) -> None:
    config = make_config(batch_size=batch_size)
    state, path = new_state(config), tmp_path / "state.safetensors"
    epochs = fit(state, split, split, save_to=path)
    next(epochs)
    spoil(state)
    with pytest.raises(TrainingError, match=message):
        next(epochs)
    assert len(state.history) == 1
    assert len(load_state(path, config).history) == 1


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_finished_run_is_measured_as_it_is_shipped(split: Split, precision: str) -> None:
    """In float32, the classifier rounded, whatever it was trained in."""
    config = make_config(precision=precision)
    state = new_state(config)
    list(fit(state, split, split))
    run = finish(state, split, {"device": "CPU"})
    assert (run.name, run.config) == ("vae", config)
    (session,) = run.provenance.pop("sessions")
    assert (session["first_epoch"], session["last_epoch"]) == (1, config.epochs)
    assert session["precision"] == precision
    assert run.provenance == {"device": "CPU", "continued_after": []}
    assert list(run.history) == state.history
    assert equal(run.vae, state.vae)
    for name, value in run.classifier.state_dict().items():
        assert torch.equal(value, state.classifier.state_dict()[name].half().float())
    for module in (run.vae, run.classifier):
        assert not module.training
        assert not any(parameter.requires_grad for parameter in module.parameters())
    measured = evaluate(run.vae, run.classifier, run.objective, split, batch_size=10)
    for name, value in dataclasses.asdict(measured).items():
        recorded = run.metrics[f"test_{name}"]
        if name in ("reconstruction", "accuracy_sampled"):  # of one draw in `measured`
            assert recorded.draws is not None
            assert recorded.draws >= 32
            assert recorded.sd is not None
            assert recorded.value == pytest.approx(value, abs=5 * recorded.sd)
        else:
            assert (recorded.value, recorded.sd, recorded.draws) == (value, None, None)
    posterior = run.vae.encode(to_float(split.images))
    torch.testing.assert_close(run.codes.mean, posterior.mean)
    torch.testing.assert_close(run.codes.log_var, posterior.log_var)
    assert (run.codes.tsne, run.codes.umap) == (None, None)


def test_a_classifier_that_rounding_spoils_is_not_finished(config: RunConfig) -> None:
    """Logits that differ in the sixth digit only: float32 tells class 9, float16 none."""
    split = make_split(40)
    state = new_state(config)
    with torch.no_grad():
        state.classifier.head.weight.zero_()
        state.classifier.head.bias.fill_(1.0)[9] += 1e-5
    with pytest.raises(TrainingError, match=r"vae: rounded to float16 .* 0\.8000 to 0\.2000"):
        finish(state, Split(split.images, torch.tensor([0] * 8 + [9] * 32)), {})
    # Where that costs no more than the tolerance, it is; nor more than a few images.
    finish(state, Split(split.images, torch.tensor([0, 9] * 20)), {})
    finish(state, Split(split.images, torch.tensor([9] * 3 + [1] * 37)), {})
    with pytest.raises(TrainingError, match=r"0\.1000 to 0\.0000"):
        finish(state, Split(split.images, torch.tensor([9] * 4 + [1] * 36)), {})
