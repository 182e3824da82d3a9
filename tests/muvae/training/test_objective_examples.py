"""Objectives that need a schedule, codes, parts or an adversary: trained, killed, resumed."""

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from helpers import make_config, python, small_networks
from objective_examples import EXAMPLES, Adversarial
from torch import Tensor

from muvae import (
    OBJECTIVES,
    InvalidInputError,
    LossTerms,
    Objective,
    RunConfig,
    Split,
)
from muvae.objectives import changed
from muvae.objectives.batch import Batch
from muvae.training.finish import finish
from muvae.training.loop import fit
from muvae.training.state import TrainingState, load_state, new_state, save_state

EPOCHS = 2
NAME = "objective.discriminator"
PARTS = {"vae": 1e-4, NAME: 1e-3}  # and their learning rates
# For each line that it reads, the name of an objective and a path, a process that has all modules
# loaded forks one that trains. Asked to halt, that one says so in its second epoch, before any of
# it is saved, and waits to be killed.
PROGRAM = """
import os, sys, time
from pathlib import Path
import torch
from helpers import import_what_training_needs, make_config, make_split, small_networks
from objective_examples import EXAMPLES
from muvae import OBJECTIVES
from muvae.training.state import load_state, new_state
from muvae.training.loop import fit

def train(name, path, halt):
    def on_step(step):
        if halt and step.epoch == 2:
            print("in the second epoch", os.getpid(), flush=True)
            time.sleep(600)

    config = make_config(name=name, objective=name, epochs=EPOCHS, **small_networks())
    split = make_split(20)
    state = load_state(path, config) if path.exists() else new_state(config)
    for _ in fit(state, split, split, save_to=path, on_step=on_step):
        pass

import_what_training_needs()
torch.set_num_threads(1)
EPOCHS = int(sys.argv[1])
with OBJECTIVES.including(*EXAMPLES):
    for line in sys.stdin:
        name, path, halt = line.rstrip("\\n").split("\\t")
        child = os.fork()
        if not child:
            train(name, Path(path), bool(halt))
            os._exit(0)
        print("ended", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture(autouse=True)
def _examples() -> Iterator[None]:
    with OBJECTIVES.including(*EXAMPLES):
        yield


@pytest.fixture(scope="module")
def trainer() -> "Iterator[subprocess.Popen[str]]":
    with python("-c", PROGRAM, str(EPOCHS)) as started:
        yield started


def tensors_of(state: TrainingState) -> dict[str, Tensor]:
    """All that a state has learnt: weights, buffers, and each optimizer's own state."""
    found = {}
    for part, module in state.modules.items():
        found |= {f"{part}.{name}": value.clone() for name, value in module.state_dict().items()}
    for name, optimizer in state.optimizers.items():
        for index, moments in enumerate(optimizer.state.values()):
            found |= {f"{name}.{index}.{key}": value.clone() for key, value in moments.items()}
    return found


def assert_same(first: TrainingState, second: TrainingState) -> None:
    tensors, others = tensors_of(first), tensors_of(second)
    assert tensors.keys() == others.keys()
    assert [name for name in tensors if not torch.equal(tensors[name], others[name])] == []
    assert [(r.epoch, r.train, r.test) for r in first.history] == [
        (r.epoch, r.train, r.test) for r in second.history
    ]


def config_of(name: str, **changes: object) -> RunConfig:
    settings = {"name": name, "objective": name, "epochs": EPOCHS, **small_networks(), **changes}
    return make_config(**settings)


@pytest.mark.parametrize("name", [example.name for example in EXAMPLES])
def test_killed_it_goes_on_to_the_same_bits(
    tmp_path: Path, trainer: "subprocess.Popen[str]", name: str
) -> None:
    path, straight_path = tmp_path / "killed.safetensors", tmp_path / "straight.safetensors"

    def start(path: Path, *, halt: bool = False) -> tuple[str, int]:
        assert trainer.stdin is not None
        trainer.stdin.write(f"{name}\t{path}\t{'halt' if halt else ''}\n")
        trainer.stdin.flush()
        return answer()

    def answer() -> tuple[str, int]:
        assert trainer.stdout is not None
        words, _, number = trainer.stdout.readline().rstrip("\n").rpartition(" ")
        return words, int(number)

    said, process = start(path, halt=True)
    assert said == "in the second epoch"
    os.kill(process, signal.SIGKILL)
    assert answer() == ("ended", -signal.SIGKILL)
    config = config_of(name)
    assert len(load_state(path, config).history) == 1
    assert start(path) == ("ended", 0)
    assert start(straight_path) == ("ended", 0)
    resumed, straight = load_state(path, config), load_state(straight_path, config)
    assert len(straight.history) == EPOCHS
    assert_same(resumed, straight)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", ["learned-variance", "adversarial"])
def test_every_part_learns_and_its_state_is_saved(
    split: Split, tmp_path: Path, name: str, precision: str
) -> None:
    config = config_of(name, precision=precision)
    begun, state = tensors_of(new_state(config)), new_state(config)
    (part,) = state.parts
    next(fit(state, split, split))
    after = tensors_of(state)
    assert {key for key in begun if key.startswith(f"{part}.")}
    assert [key for key in begun if torch.equal(begun[key], after[key])] == []
    assert {key.split(".0.")[0] for key in set(after) - set(begun) if ".0." in key} == {
        *("vae", "classifier", part)
    }
    save_state(tmp_path / "state", state)
    assert_same(load_state(tmp_path / "state", config), state)


def test_a_warm_up_is_evaluated_where_training_is(split: Split) -> None:
    """Two batches an epoch: β is 2/6 and 4/6 after two epochs, and 1 at the end of training."""
    config = config_of("warm-up", epochs=3, batch_size=20)
    state = new_state(config)
    shares = [record.test.regularization / record.test.kl for record in fit(state, split, split)]
    assert shares == pytest.approx([2 / 6, 4 / 6, 1], rel=1e-5)
    metrics = finish(state, split, {}).metrics
    assert metrics["test_regularization"].value == pytest.approx(metrics["test_kl"].value)


@dataclass(frozen=True, kw_only=True)
class Nothing(Objective):
    """No regularization, and no draws for it."""

    def regularization(self, batch: Batch) -> Tensor:
        return torch.zeros(())


def test_an_objective_s_draws_change_neither_order_nor_noise(split: Split) -> None:
    drawing = changed(OBJECTIVES["mmd"], {"weight": "0"})
    weights = []
    for objective in (drawing, Nothing(name="nothing", label="Nothing")):
        state = new_state(config_of("vae", epochs=2))
        state.objective = objective
        list(fit(state, split, split))
        weights.append(state.vae.state_dict())
    for name, value in weights[0].items():
        assert torch.equal(value, weights[1][name]), name


def test_a_learned_variance_falls_to_that_of_the_errors(split: Split) -> None:
    state = new_state(config_of("learned-variance"))
    (module,) = state.parts.values()
    assert module.state_dict()["log_var"].item() == 0
    list(fit(state, split, split))
    assert module.state_dict()["log_var"].item() < -0.05


def test_an_adversary_minimises_its_own_loss_and_the_networks_the_objective_s(
    split: Split,
) -> None:
    """Each goes down its own gradient: Adam's first step is -lr·g/(|g| + 1e-8)."""
    gradients: dict[str, tuple[Tensor, ...]] = {}

    class Watched(Adversarial):
        def loss(self, batch: Batch) -> LossTerms:
            terms = super().loss(batch)
            for part, loss in (("vae", terms.total), (NAME, terms.adversaries["discriminator"])):
                learnt = list(state.modules[part].parameters())
                gradients[part] = torch.autograd.grad(loss, learnt, retain_graph=True)
            return terms

    state = new_state(config_of("adversarial", epochs=1, batch_size=40))
    before = {part: list(map(Tensor.clone, state.modules[part].parameters())) for part in PARTS}
    own = {"discriminator": state.parts[NAME]}
    state.objective = Watched(name="watched", label="Watched", parts=own)
    list(fit(state, split, split))
    for part, rate in PARTS.items():
        moved = zip(state.modules[part].parameters(), before[part], gradients[part], strict=True)
        for after, start, gradient in moved:
            clear = gradient.abs() > 1e-2 * gradient.abs().max()
            expected = -rate * gradient / (gradient.abs() + 1e-8)
            moves = (after - start)[clear]
            torch.testing.assert_close(moves, expected[clear], rtol=0.02, atol=1e-7)


def test_a_loss_for_a_part_that_is_none_is_named(split: Split) -> None:
    class Lost(Adversarial):
        def adversaries(self, batch: Batch) -> dict[str, Tensor]:
            return {"critic": batch.codes.sum()}

    state = new_state(config_of("adversarial"))
    own = {"discriminator": state.parts[NAME]}
    state.objective = Lost(name="lost", label="Lost", parts=own)
    with pytest.raises(InvalidInputError, match="the objective 'lost' has a loss for 'ob"):
        list(fit(state, split, split))
