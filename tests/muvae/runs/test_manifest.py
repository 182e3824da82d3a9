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

FILES = {"codes.safetensors": "ab" * 32}
Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def path(run: Run, tmp_path: Path) -> Path:
    path = tmp_path / "run.json"
    write_manifest(path, Manifest(run.config, run.metrics, run.provenance, FILES))
    return path


def test_a_manifest_comes_back_exactly(path: Path, run: Run) -> None:
    assert read_manifest(path) == Manifest(run.config, run.metrics, run.provenance, FILES)
    values = json.loads(path.read_text(encoding="utf-8"))
    assert list(values) == ["format", "config", "metrics", "provenance", "files"]
    assert values["format"] == FORMAT == 2
    # Always an object of three, also where no draw is involved.
    assert values["metrics"]["test_kl"] == {
        "value": run.metrics["test_kl"].value,
        "sd": run.metrics["test_kl"].sd,
        "draws": run.metrics["test_kl"].draws,
    }


def test_a_file_that_it_does_not_know_is_named(path: Path) -> None:
    manifest = read_manifest(path)
    assert manifest.sha256(path.with_name("codes.safetensors")) == "ab" * 32
    with pytest.raises(CheckpointError, match=r"run\.json knows of no file other\.safetensors"):
        manifest.sha256(path.with_name("other.safetensors"))


def test_format_1_is_told_what_brings_it_up_to_date(path: Path) -> None:
    path.write_text(json.dumps({"format": 1, "config": {}, "metrics": {}, "provenance": {}}))
    with pytest.raises(CheckpointError) as caught:
        read_manifest(path)
    assert str(caught.value) == (
        f"{path} is of format 1; bring it up to date with: python scripts/migrate.py {path.parent}"
    )


def test_a_metric_keeps_its_noise(path: Path, run: Run) -> None:
    metrics = {**run.metrics, "one": Measurement(0.5, None, 1), "many": Measurement(0.4, 0.01, 32)}
    write_manifest(path, Manifest(run.config, metrics, {}))
    assert read_manifest(path).metrics == metrics
    written = json.loads(path.read_text(encoding="utf-8"))["metrics"]
    assert written["many"] == {"value": 0.4, "sd": 0.01, "draws": 32}
    assert written["one"] == {"value": 0.5, "sd": None, "draws": 1}


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


def plain(value: object) -> dict[str, object]:
    """A metric that depends on no draw."""
    return {"value": value, "sd": None, "draws": None}


SPOILT_VALUES: dict[str, tuple[Change, str]] = {
    "no config": (drop("config"), "must be an object with config, metrics, provenance"),
    "metrics in a list": (put("metrics", value=[1.0]), "must be an object with"),
    "no provenance": (put("provenance", value=None), "must be an object with"),
    "unknown key": (put("license", value="MIT"), "has an unknown key 'license'"),
    "no format": (drop("format"), "has format None, not 2"),
    "later format": (put("format", value=3), "has format 3, not 2"),
    "missing key": (drop("config", "seed"), "RunConfig lacks the key 'seed'"),
    "unknown config key": (put("config", "gpu", value=1), "RunConfig has an unknown key 'gpu'"),
    "missing latent key": (drop("config", "latent", "clip"), "Latent lacks the key 'clip'"),
    "wrong value": (put("config", "epochs", value="three"), "epochs is 'three'; it must be"),
    "wrong latent value": (put("config", "latent", "dim", value=0), "latent.dim is 0; it must"),
    "unknown objective": (put("config", "objective", "name", value="gan"), "there is no objective"),
    "missing parameter": (drop("config", "objective", "traversal"), "lacks the key 'traversal'"),
    "no files": (drop("files"), "must be an object with config, metrics, provenance, files"),
    "wrong digest": (put("files", "x", value="ab"), "the SHA-256 of 'x' is not 64 hex digits"),
    "plain number": (put("metrics", "x", value=0.5), "metric 'x' must have value, sd, draws"),
    "missing metric": (drop("metrics", "test_kl"), "lacks the metric 'test_kl'"),
    "NaN metric": (
        put("metrics", "test_kl", value=plain(float("nan"))),
        "'test_kl' is not a fin",
    ),
    "infinite metric": (
        put("metrics", "x", value=plain(float("inf"))),
        "'x' is not a finite",
    ),
    "endless metric": (put("metrics", "x", value=plain(10**400)), "'x' is not a finite"),
    "text metric": (
        put("metrics", "test_kl", value=plain("12")),
        "'test_kl' is not a finite",
    ),
    "true metric": (
        put("metrics", "test_kl", value=plain(True)),
        "'test_kl' is not a finite",
    ),
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
