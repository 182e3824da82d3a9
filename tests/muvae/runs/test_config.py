"""Configurations: there and back through JSON, and one sentence for each wrong value."""

import dataclasses
import json
import math
from typing import Any

import pytest

from muvae import InvalidInputError, ModelConfig, MuvaeError, RunConfig

FULL = RunConfig(
    name="mu-vae-1-z20",
    dataset="mnist",
    objective="mu-vae-1",
    model=ModelConfig(latent_dim=20, bound=3 * math.sqrt(20)),
    epochs=7,
    seed=3,
    batch_size=32,
    learning_rate=3e-4,
    beta1=0.8,
    beta2=0.99,
    precision="bfloat16",
    limit=2000,
    data_sha256="5" * 64,
)


def test_the_defaults_are_appendix_b_s() -> None:
    config = RunConfig(name="vae", dataset="mnist", objective="vae")
    assert (config.learning_rate, config.beta1, config.beta2) == (1e-4, 0.9, 0.999)
    assert (config.batch_size, config.model.latent_dim) == (64, 10)
    assert (config.model.bound, config.limit) == (None, None)


@pytest.mark.parametrize("config", [FULL, RunConfig("vae", "mnist", "vae")])
def test_json_gives_the_same_configuration_back(config: RunConfig) -> None:
    assert RunConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


def test_every_field_decides_whether_two_configurations_are_equal() -> None:
    other = RunConfig("vae", "fashion-mnist", "vae")
    for field in dataclasses.fields(RunConfig):
        change = {field.name: getattr(other, field.name)}
        assert dataclasses.replace(FULL, **change) != FULL, field.name


def test_a_configuration_cannot_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        FULL.epochs = 8  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("name", bad) for bad in ("", "a/b", "..", ".hidden", "-x", "Ä", "a" * 65, "a\n", 3)),
        ("dataset", ""),
        ("dataset", None),
        ("objective", 1),
        ("model", None),
        ("epochs", 0),
        ("epochs", 1.0),
        ("epochs", True),
        ("seed", -1),
        ("seed", 2**32),
        ("seed", "0"),
        ("batch_size", 0),
        ("learning_rate", 0.0),
        ("learning_rate", -1e-4),
        ("learning_rate", math.nan),
        ("learning_rate", math.inf),
        ("learning_rate", 10**400),
        ("learning_rate", True),
        ("beta1", 1.0),
        ("beta1", 0.0),
        ("beta2", math.nan),
        ("precision", "float16"),
        ("precision", ["float32"]),
        ("limit", 0),
        ("limit", 1.5),
        ("data_sha256", 5),
    ],
)
def test_a_wrong_value_of_a_run_is_named(name: str, value: Any) -> None:
    with pytest.raises(InvalidInputError, match=f"^{name} is .* must be ") as caught:
        dataclasses.replace(FULL, **{name: value})
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("architecture", "transformer"),
        ("latent_dim", 0),
        ("latent_dim", 1025),
        ("latent_dim", 10.0),
        ("bound", 0.0),
        ("bound", -1.0),
        ("bound", math.nan),
        ("bound", "9"),
        ("classes", 1),
        ("classes", 101),
        ("classes", "10"),
    ],
)
def test_a_wrong_value_of_a_model_is_named(name: str, value: Any) -> None:
    with pytest.raises(InvalidInputError, match=f"^{name} is .* must be "):
        ModelConfig(**{name: value})
    with pytest.raises(MuvaeError, match=f"^{name} is "):
        RunConfig.from_json(FULL.to_json() | {"model": ModelConfig().to_json() | {name: value}})


@pytest.mark.parametrize("values", [None, [], "run", 3])
def test_what_is_no_object_is_no_configuration(values: object) -> None:
    with pytest.raises(InvalidInputError, match=r"^RunConfig must be a JSON object"):
        RunConfig.from_json(values)
    with pytest.raises(InvalidInputError, match=r"^ModelConfig must be a JSON object"):
        RunConfig.from_json(FULL.to_json() | {"model": values})


FIRST_FIELDS = [f.name for f in dataclasses.fields(RunConfig) if f.name != "data_sha256"]


@pytest.mark.parametrize("field", FIRST_FIELDS)
def test_a_missing_key_is_named_even_where_there_is_a_default(field: str) -> None:
    values = {name: value for name, value in FULL.to_json().items() if name != field}
    with pytest.raises(InvalidInputError, match=f"^RunConfig lacks the key '{field}'$"):
        RunConfig.from_json(values)


def test_an_unknown_key_is_named() -> None:
    with pytest.raises(InvalidInputError, match=r"^RunConfig has an unknown key 'momentum'$"):
        RunConfig.from_json(FULL.to_json() | {"momentum": 0.9})
    model = ModelConfig().to_json() | {"depth": 3}
    with pytest.raises(InvalidInputError, match=r"^ModelConfig has an unknown key 'depth'$"):
        RunConfig.from_json(FULL.to_json() | {"model": model})


def test_files_from_before_classes_and_data_of_one_s_own_are_of_ten_and_of_none() -> None:
    values = FULL.to_json()
    del values["data_sha256"], values["model"]["classes"]
    assert RunConfig.from_json(values) == dataclasses.replace(FULL, data_sha256=None)
    assert RunConfig.from_json(values).model.classes == 10
