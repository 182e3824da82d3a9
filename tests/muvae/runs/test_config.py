"""Configurations: there and back through JSON, and one sentence for each wrong value."""

import dataclasses
import json
import math
from typing import Any

import pytest

from muvae import DATASETS, OBJECTIVES, ImageSpec, InvalidInputError, Latent, RunConfig
from muvae.models.conv import ConvDecoder, ConvEncoder
from muvae.models.mlp import MlpDecoder, MlpEncoder
from muvae.priors import STANDARD_NORMAL
from muvae.runs.config import Optimizer, differences
from muvae.training.presets import base_config

VAE = base_config(DATASETS["mnist"], "vae", epochs=30, precision="float32")
FULL = RunConfig(
    name="mu-vae-1-z20",
    dataset="fashion-mnist",
    objective=OBJECTIVES["mu-vae-1"],
    latent=Latent(20, clip=4.5),
    prior=STANDARD_NORMAL,
    encoder=MlpEncoder(hidden=(64, 32), activation="tanh"),
    decoder=MlpDecoder(hidden=(32,), activation="relu"),
    image=ImageSpec(height=24, width=32, channels=3),
    classes=None,
    epochs=7,
    seed=3,
    batch_size=32,
    optimizer=Optimizer(learning_rate=3e-4, beta1=0.8, beta2=0.99),
    precision="bfloat16",
    limit=2000,
    data_sha256="5" * 64,
)


def test_the_defaults_are_appendix_b_s_and_table_4_s() -> None:
    assert VAE.optimizer == Optimizer("adam", learning_rate=1e-4, beta1=0.9, beta2=0.999)
    assert (VAE.batch_size, VAE.latent, VAE.limit) == (64, Latent(10, clip=None), None)
    convolutions: dict[str, Any] = {"strides": (1, 2, 2), "kernel": 3, "negative_slope": 0.2}
    assert VAE.encoder == ConvEncoder(channels=(64, 64, 64), **convolutions)
    assert VAE.decoder == ConvDecoder(channels=(64, 64, 32), **convolutions)


def test_run_json_holds_all_parameters_by_the_contract() -> None:
    """docs/DESIGN.md: nothing about a run is looked up in today's code."""
    config = base_config(DATASETS["mnist"], "beta-vae", epochs=2, precision="float32")
    objective = config.to_json()["objective"]
    assert (objective["name"], objective["beta"]) == ("beta-vae", 4.0)
    assert FULL.to_json() == {
        "name": "mu-vae-1-z20",
        "dataset": "fashion-mnist",
        "objective": {
            "name": "mu-vae-1",
            "variance": "kl",
            "sample_std": 3.0,
            "traversal": 10.0,
        },
        "latent": {"dim": 20, "clip": 4.5},
        "prior": {"name": "standard-normal"},
        "encoder": {
            "name": "mlp",
            "hidden": [64, 32],
            "activation": "tanh",
            "negative_slope": 0.2,
        },
        "decoder": {
            "name": "mlp",
            "hidden": [32],
            "activation": "relu",
            "negative_slope": 0.2,
        },
        "image": {"height": 24, "width": 32, "channels": 3},
        "classes": None,
        "epochs": 7,
        "seed": 3,
        "batch_size": 32,
        "optimizer": {"name": "adam", "learning_rate": 3e-4, "beta1": 0.8, "beta2": 0.99},
        "precision": "bfloat16",
        "limit": 2000,
        "data_sha256": "5" * 64,
    }


def test_the_bound_is_clip_times_the_root_of_the_dimensions() -> None:
    assert Latent(16, clip=3.0).bound == 12.0
    assert Latent(10, clip=3.0).bound == 3.0 * math.sqrt(10)
    assert Latent(10).bound is None


@pytest.mark.parametrize("config", [FULL, VAE])
def test_json_gives_the_same_configuration_back(config: RunConfig) -> None:
    assert RunConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


def test_every_field_decides_whether_two_configurations_are_equal() -> None:
    other = dataclasses.replace(
        FULL,
        name="vae",
        dataset="mnist",
        objective=OBJECTIVES["vae"],
        latent=Latent(2),
        encoder=ConvEncoder(),
        decoder=ConvDecoder(),
        image=ImageSpec(28, 28),
        classes=10,
        epochs=8,
        seed=0,
        batch_size=64,
        optimizer=Optimizer(),
        precision="float32",
        limit=None,
        data_sha256="6" * 64,
    )
    for field in dataclasses.fields(RunConfig):
        if field.name != "prior":  # of which there is one
            changed = dataclasses.replace(FULL, **{field.name: getattr(other, field.name)})
            assert changed != FULL, field.name
            assert differences(changed, FULL), field.name


def test_differences_name_the_parameter_and_both_values() -> None:
    objective = dataclasses.replace(OBJECTIVES["beta-vae"], beta=0.01)  # type: ignore[call-arg]
    one = dataclasses.replace(VAE, objective=OBJECTIVES["beta-vae"])
    other = dataclasses.replace(one, objective=objective, epochs=9)
    assert differences(one, other, besides=("epochs",)) == ["objective.beta (4.0, not 0.01)"]
    assert differences(one, one) == []


def test_a_configuration_cannot_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        FULL.epochs = 8  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("name", bad) for bad in ("", "a/b", "..", ".hidden", "-x", "Ä", "a" * 65, "a\n", 3)),
        ("dataset", ""),
        ("dataset", None),
        ("classes", 1),
        ("classes", 101),
        ("classes", "10"),
        ("epochs", 0),
        ("epochs", 1.0),
        ("epochs", True),
        ("seed", -1),
        ("seed", 2**32),
        ("seed", "0"),
        ("batch_size", 0),
        ("precision", "float16"),
        ("precision", ["float32"]),
        ("limit", 0),
        ("limit", 1.5),
        ("data_sha256", 5),
        ("data_sha256", None),
    ],
)
def test_a_wrong_value_of_a_run_is_named(name: str, value: Any) -> None:
    with pytest.raises(InvalidInputError, match=f"^{name} is .* must be ") as caught:
        dataclasses.replace(FULL, **{name: value})
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize(
    ("part", "name", "value", "message"),
    [
        ("latent", "dim", 0, r"^latent\.dim is 0; it must be a whole number from 1 to 1024"),
        ("latent", "dim", 1025, r"^latent\.dim is 1025"),
        ("latent", "dim", 10.0, r"^latent\.dim is 10\.0"),
        ("latent", "clip", 0.0, r"^latent\.clip is 0\.0; it must be a positive number or null"),
        ("latent", "clip", math.nan, r"^latent\.clip is nan"),
        ("latent", "clip", "3", r"^latent\.clip is '3'"),
        ("optimizer", "name", "sgd", r"^optimizer\.name is 'sgd'; it must be adam"),
        ("optimizer", "learning_rate", 0.0, r"^optimizer\.learning_rate is 0\.0; it must be a p"),
        ("optimizer", "learning_rate", math.inf, r"^optimizer\.learning_rate is inf"),
        ("optimizer", "learning_rate", 10**400, r"^optimizer\.learning_rate is 1000"),
        ("optimizer", "learning_rate", True, r"^optimizer\.learning_rate is True"),
        ("optimizer", "beta1", 1.0, r"^optimizer\.beta1 is 1\.0; it must be between 0 and 1"),
        ("optimizer", "beta2", math.nan, r"^optimizer\.beta2 is nan"),
        ("image", "width", 7, "^width is 7"),
        ("objective", "variance", "none", "variance is 'none'; it must be one of kl, log_var, exp"),
        ("encoder", "hidden", [], "hidden is \\[\\]; it must be 1 to 16 whole numbers"),
        ("encoder", "hidden", [0], "hidden is \\[0\\]"),
        ("encoder", "activation", "gelu", "activation is 'gelu'; it must be one of tanh, relu, l"),
        ("decoder", "negative_slope", 2, "negative_slope is 2.0; it must be a number from 0 to 1"),
        ("decoder", "name", "transformer", "there is no decoder 'transformer'; the decoders are c"),
        ("objective", "name", "gan", "there is no objective 'gan'"),
        ("prior", "name", "flow", "there is no prior 'flow'"),
    ],
)
def test_a_wrong_value_of_a_part_is_named(part: str, name: str, value: Any, message: str) -> None:
    values = FULL.to_json()
    with pytest.raises(InvalidInputError, match=message):
        RunConfig.from_json(values | {part: values[part] | {name: value}})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"strides": (1, 2)}, r"strides is \[1, 2\]; it must be a whole number from 1 to 4 for ea"),
        ({"strides": (1, 2, 5)}, r"strides is \[1, 2, 5\]"),
        ({"channels": (64, 64, 5000)}, r"channels is \[64, 64, 5000\]"),
        ({"kernel": 4}, "kernel is 4; it must be an odd number from 1 to 11"),
        ({"negative_slope": -0.1}, "negative_slope is -0.1"),
    ],
)
def test_a_wrong_value_of_convolutions_is_named(changes: dict[str, Any], message: str) -> None:
    for network in (ConvEncoder(), ConvDecoder()):
        with pytest.raises(InvalidInputError, match=message):
            dataclasses.replace(network, **changes)


@pytest.mark.parametrize("values", [None, [], "run", 3])
def test_what_is_no_object_is_no_configuration(values: object) -> None:
    with pytest.raises(InvalidInputError, match=r"^RunConfig must be a JSON object"):
        RunConfig.from_json(values)
    for part in ("objective", "latent", "prior", "encoder", "decoder", "image", "optimizer"):
        with pytest.raises(InvalidInputError, match=r"must be a JSON object"):
            RunConfig.from_json(FULL.to_json() | {part: values})


@pytest.mark.parametrize("field", [f.name for f in dataclasses.fields(RunConfig)])
def test_a_missing_key_is_named_even_where_there_is_a_default(field: str) -> None:
    values = {name: value for name, value in FULL.to_json().items() if name != field}
    with pytest.raises(InvalidInputError, match=f"^RunConfig lacks the key '{field}'$"):
        RunConfig.from_json(values)


@pytest.mark.parametrize("part", ["objective", "latent", "encoder", "decoder", "optimizer"])
def test_a_part_s_keys_are_all_there_and_no_others(part: str) -> None:
    values = FULL.to_json()
    for key in values[part]:
        if key != "name" or part == "optimizer":
            fewer = {name: value for name, value in values[part].items() if name != key}
            with pytest.raises(InvalidInputError, match=f"lacks the key '{key}'$"):
                RunConfig.from_json(values | {part: fewer})
    with pytest.raises(InvalidInputError, match=r"has an unknown key 'depth'$"):
        RunConfig.from_json(values | {part: values[part] | {"depth": 3}})


def test_an_unknown_key_is_named() -> None:
    with pytest.raises(InvalidInputError, match=r"^RunConfig has an unknown key 'momentum'$"):
        RunConfig.from_json(FULL.to_json() | {"momentum": 0.9})
