"""Components by name: JSON in and out, changes from texts, a registry that a caller can extend."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
import torch
from torch import nn

from muvae import InvalidInputError
from muvae.components import Component, Registry, changed, made_parts
from muvae.types import Autoencoder


@dataclass(frozen=True, kw_only=True)
class Toy(Component):
    kind: ClassVar[str] = "toy"

    rate: float = 1.0
    steps: int = 3

    def make_parts(self, vae: Autoencoder) -> Mapping[str, nn.Module]:
        return {"head": nn.Linear(vae.latent_dim, self.steps)}


@dataclass(frozen=True, kw_only=True)
class Bare(Component):
    kind: ClassVar[str] = "toy"


@pytest.fixture
def toys() -> Registry[Component]:
    return Registry(
        "toy", (Toy(name="slow", rate=0.5), Toy(name="fast", rate=4), Bare(name="bare"))
    )


def test_json_is_the_name_and_every_parameter(toys: Registry[Component]) -> None:
    values = toys["fast"].to_json()
    assert values == {"name": "fast", "rate": 4.0, "steps": 3}
    assert toys.from_json(json.loads(json.dumps(values))) == toys["fast"]
    other = toys.from_json({"name": "fast", "rate": 8, "steps": 1})
    assert isinstance(other, Toy)
    assert (other.rate, other.steps) == (8.0, 1)
    assert other != toys["fast"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], r"the toy must be a JSON object with a name, not \[\]"),
        ({"rate": 1.0}, "the toy must be a JSON object with a name"),
        ({"name": "medium"}, "there is no toy 'medium'; the toys are slow, fast, bare"),
        ({"name": ["slow"]}, r"there is no toy \['slow'\]"),
        ({"name": "slow", "rate": 1.0}, "the toy 'slow' lacks the key 'steps'"),
        ({"name": "slow", "rate": 1, "steps": 2, "size": 1}, "'slow' has an unknown key 'size'"),
        ({"name": "slow", "rate": "1", "steps": 2}, "the toy 'slow': rate is '1'; .* a number"),
        ({"name": "slow", "rate": 1, "steps": 2, "parts": {}}, "unknown key 'parts'"),
    ],
)
def test_json_that_is_none_is_named(
    toys: Registry[Component], values: object, message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        toys.from_json(values)


def test_texts_change_parameters(toys: Registry[Component]) -> None:
    slow = toys["slow"]
    other = changed(slow, {"rate": "2", "steps": "7"})
    assert other.to_json() == {"name": "slow", "rate": 2.0, "steps": 7}
    assert changed(slow, {}) == slow
    with pytest.raises(InvalidInputError, match="'slow' has no parameter 'beta'; it has rate, ste"):
        changed(slow, {"beta": "2"})
    with pytest.raises(InvalidInputError, match="'slow' has no parameter 'name'"):
        changed(slow, {"name": "fast"})
    with pytest.raises(InvalidInputError, match="'bare' has no parameter 'rate'; it has none"):
        changed(toys["bare"], {"rate": "2"})
    with pytest.raises(InvalidInputError, match="rate is 'two'; it must be a number"):
        changed(slow, {"rate": "two"})


@pytest.mark.parametrize(("field", "value"), [("rate", "1"), ("steps", 1.5), ("name", "a b")])
def test_values_are_checked_wherever_they_come_from(field: str, value: Any) -> None:
    with pytest.raises(InvalidInputError, match=f"^{field} is {value!r}; it must be"):
        Toy(**{"name": "toy", field: value})


def test_a_registry_is_extended_by_its_methods_only(toys: Registry[Component]) -> None:
    with pytest.raises(TypeError):
        toys["mine"] = Toy(name="mine")  # type: ignore[index]
    with pytest.raises(InvalidInputError, match="there is another toy 'slow' already"):
        toys.add(Toy(name="slow"))
    with toys.including(Toy(name="mine")):
        assert list(toys) == ["slow", "fast", "bare", "mine"]
        assert toys.from_json({"name": "mine", "rate": 1.0, "steps": 3}) == Toy(name="mine")
    assert list(toys) == ["slow", "fast", "bare"]
    with pytest.raises(ZeroDivisionError), toys.including(Toy(name="mine")):
        raise ZeroDivisionError
    assert "mine" not in toys
    with pytest.raises(InvalidInputError), toys.including(Toy(name="mine"), Toy(name="slow")):
        pass
    assert "mine" not in toys


class Networks:
    """All that parts are made for here."""

    latent_dim = 4
    encode: Any = None
    decode: Any = None


def test_parts_are_the_seed_s_and_leave_the_global_generator_alone() -> None:
    before = torch.get_rng_state()
    toy, bare = Toy(name="toy"), Bare(name="bare")
    first, same = (made_parts((toy, bare), Networks(), 5) for _ in range(2))
    other = made_parts((toy, bare), Networks(), 6)
    assert torch.equal(torch.get_rng_state(), before)
    assert list(first) == ["toy.head"]
    for name, value in first["toy.head"].state_dict().items():
        assert torch.equal(value, same["toy.head"].state_dict()[name])
        assert not torch.equal(value, other["toy.head"].state_dict()[name])


def test_a_component_with_its_parts_is_the_same_value() -> None:
    toy = Toy(name="toy")
    parts = made_parts((toy,), Networks(), 0)
    owner = toy.with_parts({**parts, "other.head": nn.Identity()})
    assert owner.parts == {"head": parts["toy.head"]}
    assert toy.parts == {}
    assert owner == toy
    assert hash(owner) == hash(toy)
    assert owner.to_json() == toy.to_json()
    assert dataclasses.replace(owner, rate=2.0).parts == owner.parts
