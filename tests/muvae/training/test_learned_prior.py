"""A prior with a trainable part: trained, resumed, written with its run, and drawn from."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from helpers import make_config, make_split
from objective_examples.learned_prior import LearnedPrior
from torch import Tensor

from muvae import RunConfig, load_run
from muvae.priors import PRIORS, STANDARD_NORMAL
from muvae.runs.writing import write_run
from muvae.training.finish import finish
from muvae.training.loop import fit
from muvae.training.state import TrainingState, continued_state, load_state, new_state

NAME = "prior.moments"


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    with PRIORS.including(LearnedPrior()):
        yield


def config(epochs: int = 2) -> RunConfig:
    return make_config(prior=LearnedPrior(), epochs=epochs)


def tensors_of(state: TrainingState) -> dict[str, Tensor]:
    """Weights of the networks and of the prior, and the moments of the prior's own Adam."""
    found = {
        f"{part}.{name}": value.clone()
        for part, module in state.modules.items()
        for name, value in module.state_dict().items()
    }
    for index, moments in enumerate(state.optimizers[NAME].state.values()):
        found |= {f"adam.{index}.{key}": value.clone() for key, value in moments.items()}
    return found


def test_it_learns_is_resumed_to_the_bit_and_comes_with_its_run(tmp_path: Path) -> None:
    split, path = make_split(20), tmp_path / "state.safetensors"
    straight = new_state(config())
    list(fit(straight, split, split))
    (part,) = straight.parts
    assert part == NAME
    learnt = straight.parts[NAME].state_dict()
    assert (learnt["mean"] != 0).all()
    assert (learnt["log_var"] != 0).all()

    next(fit(new_state(config()), split, split, save_to=path))
    resumed = load_state(path, config())
    list(fit(resumed, split, split))
    expected = tensors_of(straight)
    for name, value in tensors_of(resumed).items():
        assert torch.equal(value, expected[name]), name

    write_run(tmp_path / "vae", finish(straight, split, {}))
    run = load_run(tmp_path / "vae")
    assert run.config.prior == LearnedPrior()
    for name, value in run.prior.parts["moments"].state_dict().items():
        assert torch.equal(value, learnt[name])
    draws = run.prior.sample(20_000, 2, torch.Generator().manual_seed(0))
    assert draws.shape == (20_000, 2)
    assert draws.mean(0) == pytest.approx(learnt["mean"], abs=0.05)

    going_on = continued_state(run, config(epochs=3))
    assert torch.equal(going_on.parts[NAME].state_dict()["mean"], learnt["mean"])


def test_its_kl_is_not_that_of_the_standard_normal(tmp_path: Path) -> None:
    """The objective's term follows the prior, and the metric KL stays Eq. 3."""
    split = make_split(20)
    state = new_state(config(epochs=1))
    state.parts[NAME].load_state_dict({"mean": torch.full((2,), 5.0), "log_var": torch.zeros(2)})
    (record,) = fit(state, split, split)
    plain = new_state(make_config(prior=STANDARD_NORMAL, epochs=1))
    (other,) = fit(plain, split, split)
    assert record.test.regularization > 10 * record.test.kl
    assert other.test.regularization == pytest.approx(other.test.kl, rel=1e-5)
