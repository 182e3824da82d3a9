"""run.json: every value back, and one sentence for each that is wrong."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers import make_run

from muvae import CheckpointError, Run
from muvae.runs.manifest import FORMAT, Manifest, read_manifest, write_manifest
from muvae.types import Measurement

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def path(run: Run, tmp_path: Path) -> Path:
    path = tmp_path / "run.json"
    write_manifest(path, Manifest(run.config, run.metrics, run.provenance))
    return path


def test_a_manifest_comes_back_exactly(path: Path, run: Run) -> None:
    assert read_manifest(path) == Manifest(run.config, run.metrics, run.provenance)
    assert json.loads(path.read_text(encoding="utf-8"))["format"] == FORMAT == 1


def test_a_metric_keeps_its_noise(path: Path, run: Run) -> None:
    metrics = {**run.metrics, "one": Measurement(0.5, None, 1), "many": Measurement(0.4, 0.01, 32)}
    write_manifest(path, Manifest(run.config, metrics, {}))
    assert read_manifest(path).metrics == metrics
    written = json.loads(path.read_text(encoding="utf-8"))["metrics"]
    assert written["many"] == {"value": 0.4, "sd": 0.01, "draws": 32}
    assert written["one"] == {"value": 0.5, "sd": None, "draws": 1}


def test_a_plain_number_is_a_measurement_without_draws(path: Path) -> None:
    values = json.loads(path.read_text(encoding="utf-8"))
    values["metrics"]["plain"] = 0.25
    path.write_text(json.dumps(values))
    assert read_manifest(path).metrics["plain"] == Measurement(0.25, sd=None, draws=None)


def test_a_metric_that_is_no_number_is_not_written(path: Path) -> None:
    run = make_run()
    before = path.read_bytes()
    with pytest.raises(CheckpointError, match="a value is not finite"):
        write_manifest(path, Manifest(run.config, {"test_kl": Measurement(float("nan"))}, {}))
    assert path.read_bytes() == before


def put(*keys: str, value: object) -> Change:
    def change(values: dict[str, Any]) -> None:
        for key in keys[:-1]:
            values = values[key]
        values[keys[-1]] = value

    return change


def noise(value: dict[str, Any]) -> Change:
    return put("metrics", "x", value=value)


def drop(*keys: str) -> Change:
    def change(values: dict[str, Any]) -> None:
        for key in keys[:-1]:
            values = values[key]
        del values[keys[-1]]

    return change


SPOILT_VALUES: dict[str, tuple[Change, str]] = {
    "no config": (drop("config"), "must be an object with config, metrics, provenance"),
    "metrics in a list": (put("metrics", value=[1.0]), "must be an object with"),
    "no provenance": (put("provenance", value=None), "must be an object with"),
    "unknown key": (put("license", value="MIT"), "has an unknown key 'license'"),
    "no format": (drop("format"), "has format None, not 1"),
    "later format": (put("format", value=2), "has format 2, not 1"),
    "missing key": (drop("config", "seed"), "RunConfig lacks the key 'seed'"),
    "unknown config key": (put("config", "gpu", value=1), "RunConfig has an unknown key 'gpu'"),
    "missing model key": (drop("config", "model", "bound"), "ModelConfig lacks the key 'bound'"),
    "wrong value": (put("config", "epochs", value="three"), "epochs is 'three'; it must be"),
    "wrong model value": (put("config", "model", "latent_dim", value=0), "latent_dim is 0; it"),
    "unknown objective": (put("config", "objective", value="gan"), "there is no objective 'gan'"),
    "missing metric": (drop("metrics", "test_kl"), "lacks the metric 'test_kl'"),
    "NaN metric": (put("metrics", "test_kl", value=float("nan")), "metric 'test_kl' is not a fin"),
    "infinite metric": (put("metrics", "x", value=float("inf")), "metric 'x' is not a finite"),
    "endless metric": (put("metrics", "x", value=10**400), "metric 'x' is not a finite"),
    "text metric": (put("metrics", "test_kl", value="12"), "metric 'test_kl' is not a finite"),
    "true metric": (put("metrics", "test_kl", value=True), "metric 'test_kl' is not a finite"),
    "metric with half a noise": (noise({"value": 1, "sd": 2}), "'x' must have value, sd, draws"),
    "metric with an unknown key": (noise({"value": 1, "sd": 2, "n": 3}), "'x' must have value, sd"),
    "text in a metric": (noise({"value": "1", "sd": 2, "draws": 3}), "'x' is not a finite"),
    "negative sd": (noise({"value": 1, "sd": -2, "draws": 3}), "'x' has an sd that is no"),
    "NaN sd": (noise({"value": 1, "sd": float("nan"), "draws": 3}), "'x' has an sd that is no"),
    "no draws at all": (noise({"value": 1, "sd": 2, "draws": 0}), "'x' has draws that are no"),
    "half a draw": (noise({"value": 1, "sd": 2, "draws": 1.5}), "'x' has draws that are no"),
    "the sd of one draw": (noise({"value": 1, "sd": 2, "draws": 1}), "'x' must have an sd if"),
    "an sd of no draws": (noise({"value": 1, "sd": 2, "draws": None}), "'x' must have an sd if"),
    "draws without sd": (noise({"value": 1, "sd": None, "draws": 9}), "'x' must have an sd if"),
}


@pytest.mark.parametrize("kind", SPOILT_VALUES)
def test_a_wrong_value_is_named(path: Path, kind: str) -> None:
    change, message = SPOILT_VALUES[kind]
    values = json.loads(path.read_text(encoding="utf-8"))
    change(values)
    path.write_text(json.dumps(values))
    with pytest.raises(CheckpointError, match=message) as caught:
        read_manifest(path)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize("text", ["[]", "3", "null", '"run"', "{}"])
def test_what_is_no_object_with_the_parts_is_no_manifest(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(CheckpointError, match="must be an object with config, metrics") as caught:
        read_manifest(path)
    assert str(caught.value).startswith(str(path))
