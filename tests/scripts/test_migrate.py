"""scripts/migrate.py: format 1 becomes format 2, and nothing but JSON changes."""

import importlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from helpers import REPOSITORY, SHIPPED, make_run, make_split
from patience import PATIENCE

from muvae import DATASETS, CheckpointError, list_runs, load_run
from muvae.datasets.spec import write_description
from muvae.datasets.test_split import read_test_split, spec_of, write_dataset
from muvae.runs.discovery import read_record
from muvae.runs.locks import locked
from muvae.runs.writing import write_run

Migrate = Callable[[Path], Any]
WEIGHTS = ("model.safetensors", "classifier.safetensors", "codes.safetensors", "history.csv")
# As format 1 wrote it, for the nets and objective of make_run.
OLD: dict[str, Any] = {
    "name": "vae",
    "dataset": "mnist",
    "objective": "vae",
    "model": {"architecture": "conv", "latent_dim": 2, "bound": None, "classes": 10},
    "epochs": 3,
    "seed": 0,
    "batch_size": 10,
    "learning_rate": 0.0001,
    "beta1": 0.9,
    "beta2": 0.999,
    "precision": "float32",
    "limit": None,
    "data_sha256": None,
}


def back_to_format_1(folder: Path, **changes: Any) -> None:
    path = folder / "run.json"
    values = json.loads(path.read_text())
    old = {
        "format": 1,
        "config": OLD | changes,
        "metrics": {
            name: metric["value"] if isinstance(metric, dict) else metric
            for name, metric in values["metrics"].items()
        },
        "provenance": values["provenance"],
    }
    path.write_text(json.dumps(old))
    (folder / "networks.json").unlink(missing_ok=True)


@pytest.fixture
def migrate(call_script: Callable[..., Any]) -> Migrate:
    return lambda folder: call_script("migrate", folder)


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A folder of checkpoints as format 1 has it: two runs, and one with its measures alone."""
    write_dataset(tmp_path / "mnist", DATASETS["mnist"], make_split(12))
    (tmp_path / "mnist" / "dataset.json").unlink()
    write_run(tmp_path / "mnist" / "vae", make_run())
    back_to_format_1(tmp_path / "mnist" / "vae")
    write_run(tmp_path / "mnist" / "beta-vae", make_run(name="beta-vae", objective="beta-vae"))
    back_to_format_1(tmp_path / "mnist" / "beta-vae", name="beta-vae", objective="beta-vae")
    seed = tmp_path / "mnist-seeds" / "vae-seed1"
    shutil.copytree(tmp_path / "mnist" / "vae", seed)
    for name in WEIGHTS[:-1]:
        (seed / name).unlink()
    return tmp_path


def test_format_1_is_told_the_command_and_the_command_helps(old: Path) -> None:
    folder = old / "mnist" / "vae"
    message = f"is of format 1; bring it up to date with: python scripts/migrate.py {folder}$"
    with pytest.raises(CheckpointError, match=message):
        load_run(folder)
    assert all("scripts/migrate.py" in str(entry.error) for entry in list_runs(old / "mnist"))
    with pytest.raises(CheckpointError, match=r"scripts/migrate\.py"):
        spec_of(old / "mnist")
    before = content(old)
    # Here as it is told; below, the script is called in this process.
    command = [sys.executable, str(REPOSITORY / "scripts" / "migrate.py"), str(old)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "4 brought up to date\n"
    after = content(old)
    assert {name for name in before if before[name] != after[name]} == {
        "mnist/vae/run.json",
        "mnist/beta-vae/run.json",
        "mnist-seeds/vae-seed1/run.json",
    }
    assert after.keys() - before.keys() == {
        "mnist/dataset.json",
        "mnist/vae/networks.json",
        "mnist/beta-vae/networks.json",
    }
    assert spec_of(old / "mnist") == DATASETS["mnist"]
    assert len(read_test_split(old / "mnist")) == 12

    expected, run = make_run(), load_run(folder)
    assert run.config == expected.config
    assert run.metrics.keys() == expected.metrics.keys()
    assert all((m.sd, m.draws) == (None, None) for m in run.metrics.values())
    assert run.history == expected.history
    codes = torch.randn(4, 2)
    assert torch.equal(run.vae.decode(codes), expected.vae.decode(codes))
    beta = load_run(old / "mnist" / "beta-vae").config.to_json()["objective"]
    assert (beta["name"], beta["beta"]) == ("beta-vae", 4.0)
    assert read_record(old / "mnist-seeds" / "vae-seed1").config == expected.config


def test_again_it_does_nothing_and_half_done_it_goes_on(old: Path, migrate: Migrate) -> None:
    migrate(old)
    after = content(old)
    assert migrate(old).output == "nothing is of format 1\n"
    assert content(old) == after
    # As if it had been killed after networks.json, before run.json.
    folder = old / "mnist" / "vae"
    networks = (folder / "networks.json").read_bytes()
    back_to_format_1(folder)
    (folder / "networks.json").write_bytes(networks[:100])
    assert migrate(folder).output == "1 brought up to date\n"
    assert content(old) == after


@pytest.mark.parametrize(
    ("model", "clip"),
    [
        ({"latent_dim": 10, "bound": 9.486832980505138}, 3.0),
        ({"latent_dim": 2, "bound": 4.242640687119286}, 3.0),
        ({"latent_dim": 10, "bound": 18.973665961010276}, 6.0),
    ],
)
def test_the_bound_is_the_very_same(
    old: Path, migrate: Migrate, model: dict[str, Any], clip: float
) -> None:
    """In run.json alone, as the networks here are of another size."""
    folder = old / "mnist-seeds" / "vae-seed1"
    back_to_format_1(folder, objective="mu-vae-1", model=OLD["model"] | model)
    migrate(folder)
    latent = read_record(folder).config.latent
    assert (latent.dim, latent.clip, latent.bound) == (model["latent_dim"], clip, model["bound"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"objective": "gan"}, "there is no objective 'gan'"),
        ({"dataset": "letters"}, "is no run.json of format 1 ('letters')"),
        ({"epochs": "three"}, "epochs is 'three'; it must be a whole number from 1"),
    ],
)
def test_what_is_wrong_with_a_run_is_one_sentence_and_the_others_are_migrated(
    old: Path, migrate: Migrate, changes: dict[str, Any], message: str
) -> None:
    folder = old / "mnist" / "vae"
    back_to_format_1(folder, **changes)
    before = (folder / "run.json").read_bytes()
    done = migrate(old)
    assert done.status == 1
    assert done.output == "3 brought up to date\n"
    assert done.errors.startswith(f"migrate.py: not brought up to date: {folder / 'run.json'}")
    assert message in done.errors
    assert done.errors.count("\n") == 1
    assert (folder / "run.json").read_bytes() == before


def test_data_of_one_s_own_keeps_its_words(tmp_path: Path, migrate: Migrate) -> None:
    folder = tmp_path / "things"
    write_description(folder, DATASETS["mnist"])
    path = folder / "dataset.json"
    new = json.loads(path.read_text())
    old = {key: new[key] for key in ("title", "classes", "framing")} | new["origin"]
    path.write_text(json.dumps(old))
    assert migrate(tmp_path).output == "1 brought up to date\n"
    assert json.loads(path.read_text()) == new | {"licence": None}


def test_the_shipped_runs_are_of_format_2() -> None:
    for path in SHIPPED.rglob("run.json"):
        assert json.loads(path.read_text())["format"] == 2, path


def test_a_run_that_another_process_writes_is_migrated_after_it(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(REPOSITORY / "scripts")
    migrate, folder = importlib.import_module("migrate"), old / "mnist" / "vae"
    before = content(folder)
    with ThreadPoolExecutor(1) as pool:
        with locked(folder):  # by the other process
            migrated = pool.submit(migrate.migrate_run, folder)
            with pytest.raises(TimeoutError):
                migrated.result(0.5)
            assert content(folder) == before
        assert migrated.result(PATIENCE)
    assert load_run(folder).name == "vae"
