"""Parameters set by name, and the names of the runs that they make."""

from collections.abc import Mapping
from typing import Any

import pytest

from muvae import DATASETS, ImageSpec, InvalidInputError, RunConfig
from muvae.datasets.spec import DatasetSpec, Framing, Origin
from muvae.training.presets import configs

COMMON: dict[str, Any] = {"epochs": 1, "precision": "float32"}


def planned(objective: str, settings: Mapping[str, str], **flags: Any) -> RunConfig:
    (config,) = configs(DATASETS["mnist"], [objective], settings=settings, **COMMON, **flags)
    return config


@pytest.mark.parametrize(
    ("objective", "settings", "flags", "name"),
    [
        ("beta-vae", {}, {}, "beta-vae"),
        ("beta-vae", {"beta": "4"}, {}, "beta-vae"),
        ("beta-vae", {"beta": "2"}, {}, "beta-vae-beta2"),
        ("beta-vae", {"objective.beta": "0.01"}, {}, "beta-vae-beta0.01"),
        ("beta-vae", {"beta": "1e-5"}, {}, "beta-vae-beta1e-05"),
        ("mu-vae-1", {"clip": "4.5"}, {}, "mu-vae-1-clip4.5"),
        ("mu-vae-1", {"clip": "none"}, {}, "mu-vae-1-clipnone"),
        ("mu-vae-1", {"variance": "exp"}, {}, "mu-vae-1-varianceexp"),
        ("vae", {"learning_rate": "0.001"}, {}, "vae-learning_rate0.001"),
        ("vae", {"beta2": "0.9"}, {}, "vae-beta2_0.9"),
        ("vae", {"batch_size": "32"}, {"seed": 3}, "vae-batch_size32-seed3"),
        ("vae", {"channels": "32,32,32"}, {}, "vae-channels32x32x32"),
        ("vae", {"encoder.kernel": "5"}, {}, "vae-encoder.kernel5"),
        ("vae", {}, {"latent_dim": 20, "seed": 1, "limit": 9}, "vae-z20-seed1-limit9"),
        ("vae", {}, {"architecture": "mlp"}, "vae-mlp"),
        ("vae", {"hidden": "64"}, {"architecture": "mlp"}, "vae-mlp-hidden64"),
        ("vae", {"beta2": "0.9"}, {"name": "mine"}, "mine"),
    ],
)
def test_the_name_tells_what_differs_from_the_usual(
    objective: str, settings: dict[str, str], flags: dict[str, Any], name: str
) -> None:
    config = planned(objective, settings, **flags)
    assert config.name == name
    assert config.objective.name == objective


def test_settings_reach_their_parts() -> None:
    config = planned("beta-vae", {"beta": "2", "clip": "4.5", "beta1": "0.5", "kernel": "5"})
    assert config.to_json()["objective"]["beta"] == 2.0
    assert config.latent.clip == 4.5
    assert (config.optimizer.beta1, config.optimizer.beta2) == (0.5, 0.999)
    assert config.encoder.parameters["kernel"] == config.decoder.parameters["kernel"] == 5
    assert config.batch_size == 64


def test_no_two_settings_have_one_name() -> None:
    """β = 20.9 is not Adam's beta2 = 0.9, and the same β from a text and a preset is one."""
    plans = [
        planned("beta-vae", {"beta": "20.9"}),
        planned("beta-vae", {"beta2": "0.9"}),
        planned("beta-vae", {"beta": "2.0000001"}),
        planned("beta-vae", {"beta": "2"}),
        planned("beta-vae", {"encoder.kernel": "5"}),
        planned("beta-vae", {"decoder.kernel": "5"}),
        planned("beta-vae", {"kernel": "5"}),
        planned("beta-vae", {"channels": "6,4,4"}),
        planned("beta-vae", {"channels": "64,4,4"}),
    ]
    assert len({config.name for config in plans}) == len(plans)
    assert planned("beta-vae", {"beta": "2.0"}).name == planned("beta-vae", {"beta": "2"}).name


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"gamma": "2"},
            "^there is no parameter 'gamma'; beta-vae has batch_size, objective.",
        ),
        ({"beta": "two"}, "^the objective 'beta-vae': beta is 'two'; it must be a number$"),
        ({"clip": "-1"}, "^latent.clip is -1.0; it must be a positive number or null$"),
        ({"batch_size": "1.5"}, "^batch_size is '1.5'; it must be a whole number"),
        ({"kernel": "4"}, "kernel is 4; it must be an odd number from 1 to 11$"),
        (
            {"channels": "32,32"},
            r"strides is \[1, 2, 2\]; it must be a whole number from 1 to 4",
        ),
        ({"learning_rate": "0"}, "^optimizer.learning_rate is 0.0; it must be a positive number$"),
        ({"latent.dim": "3"}, "^there is no parameter 'latent.dim'"),
        ({"learning_rate": "0.00012345678901234567", "beta1": "0.12345678901234567"}, "--name$"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        planned("beta-vae", settings)


@pytest.mark.parametrize(
    ("side", "strides", "grid"),
    [(8, (1,), 8), (16, (1, 2), 8), (28, (1, 2, 2), 7), (32, (1, 2, 2), 8), (64, (1, 2, 2, 2), 8)],
)
def test_other_sizes_have_other_numbers_of_stages(
    side: int, strides: tuple[int, ...], grid: int
) -> None:
    """docs/DESIGN.md, part 3: the grid before the linear layer has a side of 4 to 8."""
    image = ImageSpec(side, side, channels=3)
    origin, framing = Origin("made here", "ab" * 32), Framing(side, by_mass=False)
    dataset = DatasetSpec("things", "Things", image, ("a", "b"), origin, framing)
    (config,) = configs(dataset, ["vae"], **COMMON)
    assert config.image == image
    assert config.name == "vae"
    assert config.encoder.parameters["strides"] == config.decoder.parameters["strides"] == strides
    assert config.encoder.build(image).features == 64 * grid * grid
    assert (config.classes, config.data_sha256) == (2, "ab" * 32)
