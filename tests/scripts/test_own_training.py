"""Data of one's own through the scripts: trained, taken up again, never mixed with other data."""

import importlib
import shutil
import sys
from argparse import Namespace
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from helpers import REPOSITORY, make_config
from own import own_spec, write_folder, write_own
from patience import PATIENCE

from muvae import CheckpointError, DatasetError, InvalidInputError, load_run
from muvae.datasets.builtin import DATASETS
from muvae.datasets.spec import read_description
from muvae.datasets.test_split import read_test_split
from muvae.runs.locks import locked
from muvae.training.state import load_state, new_state, save_state

Script = Callable[..., str]
FLAGS = "--limit 40 --precision float32 --epochs"


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """The scripts as modules, which leave this process's settings alone."""
    monkeypatch.syspath_prepend(REPOSITORY / "scripts")
    monkeypatch.setenv("COLUMNS", "200")

    def load(name: str) -> ModuleType:
        module = importlib.import_module(name)
        if name == "train":
            monkeypatch.setattr(module, "tune_process", lambda threads: None)
        return module

    return load


@pytest.fixture
def script(
    scripts: Callable[[str], ModuleType],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Script:
    """Runs a script with flags, in an empty folder; what it prints, or the one error sentence."""
    monkeypatch.chdir(tmp_path)

    def call(name: str, *flags: str, fails: bool = False) -> str:
        module = scripts(name)
        monkeypatch.setattr(sys, "argv", [f"scripts/{name}.py", *flags])
        with pytest.raises(SystemExit) as caught:
            module.run_main(module.main)
        if not fails:
            assert caught.value.code == 0
            return capsys.readouterr().out
        assert isinstance(caught.value.code, str)
        assert "\n" not in caught.value.code
        return caught.value.code

    return call


def test_a_folder_trains_and_goes_on_and_is_not_mixed_with_other_data(
    script: Script, tmp_path: Path
) -> None:
    data = write_folder(tmp_path / "My things", {"ant": 70, "bee": 70, "cow": 70})
    train = ("--dataset", str(data), "--objective", "vae", *FLAGS.split())
    printed = script("train", *train, "1")
    assert printed.startswith(
        "My things: 174 images to train on and 36 to test on, a sixth of each"
    )
    folder = tmp_path / "checkpoints" / "my-things"
    described = read_description(folder)
    run = load_run(folder / "vae-limit40")
    assert described.classes == ("ant", "bee", "cow")
    assert run.config.dataset == "my-things"
    assert (run.config.classes, run.classifier.head.out_features) == (3, 3)
    assert run.config.data_sha256 == run.provenance["data_sha256"] == described.origin.sha256
    assert run.provenance["data"] == described.origin.source
    assert "a sixth of each class, drawn with seed 0" in described.origin.source
    assert len(read_test_split(folder)) == len(run.codes) == 36
    assert "is there already" in script("train", *train, "1")
    assert "going on after epoch 1" in script("train", *train, "2")
    assert len(load_run(folder / "vae-limit40").history) == 2

    (data / "cow" / "0007.png").unlink()
    message = script("train", *train, "3", fails=True)
    assert "my-things is of other images or labels than" in message
    assert message.endswith("give the data another name, or delete that folder")
    assert read_description(folder) == described
    # Nor can a training that only RUNS still has be taken up with it.
    shutil.rmtree(folder)
    state = tmp_path / "runs" / "my-things" / "vae-limit40" / "finished.safetensors"
    state.rename(state.with_name("state.safetensors"))
    message = script("train", *train, "3", fails=True)
    assert "state.safetensors was begun with other images or labels" in message


def test_an_npz_file_trains_and_the_other_scripts_know_it(
    script: Script,
    scripts: Callable[[str], ModuleType],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    images = np.random.default_rng(0).integers(0, 256, (240, 28, 28), dtype=np.uint8)
    labels = np.arange(240) % 26
    np.savez_compressed("letters.npz", images=images, labels=labels)
    script("train", "--dataset", "letters.npz", "--objective", "mu-vae-1", *FLAGS.split(), "1")
    run = load_run(tmp_path / "checkpoints" / "letters" / "mu-vae-1-limit40")
    assert run.classifier(torch.zeros(1, 10)).shape == (1, 26)
    flat = lambda codes, seed: codes[:, :2]  # noqa: E731
    monkeypatch.setattr(scripts("embed"), "METHODS", {"tsne": flat, "umap": flat})
    for named in ("letters", "letters.npz", "all"):
        script("embed", "--dataset", named, "--overwrite")
    assert (
        load_run(tmp_path / "checkpoints" / "letters" / "mu-vae-1-limit40").codes.umap is not None
    )
    assert "| letters | `mu-vae-1-limit40` | 1 |" in script("results")


def test_what_is_no_dataset_is_one_sentence(script: Script, tmp_path: Path) -> None:
    (tmp_path / "picture.png").touch()
    message = script("train", "--dataset", "picture.png", fails=True)
    assert message.endswith("picture.png is neither a folder of images nor an .npz file")
    message = script("embed", "--dataset", "birds", fails=True)
    assert message == (
        "embed.py: there is no dataset 'birds' in checkpoints; there are mnist, fashion-mnist"
    )
    broken = tmp_path / "checkpoints" / "birds" / "dataset.json"
    broken.parent.mkdir(parents=True)
    broken.write_text("{}")
    message = script("embed", "--dataset", "birds", fails=True)
    assert message.endswith("birds/dataset.json: Description lacks the key 'classes'")


def test_all_datasets_are_those_that_are_there(
    scripts: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    chosen = scripts("common").chosen_datasets
    assert chosen("all", tmp_path / "absent") == list(DATASETS.values())
    write_own(tmp_path, "birds", 3)
    assert chosen("all", tmp_path) == [own_spec("birds", 3)]
    assert chosen("mnist", tmp_path) == [DATASETS["mnist"]]
    with pytest.raises(InvalidInputError, match=r"there are mnist, fashion-mnist, birds$"):
        chosen("fish", tmp_path)


def test_toy_runs_of_data_of_one_s_own_tell_its_classes_apart(
    scripts: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    plan = scripts("train_plan")
    path = write_folder(tmp_path / "two", {"a": 99, "b": 99})
    flags = Namespace(dataset=str(path), precision="float32", epochs=1, seed=0, toy=True)
    own = plan.own_data(flags)
    configs = plan.planned_runs(flags, "cpu", own)
    assert len(configs) == 9
    assert {config.classes for config in configs} == {2}
    assert {config.data_sha256 for config in configs} == {own.spec.origin.sha256}
    assert plan.place_of(configs[0], flags) == Path("two-toy/tanh-elbo")


def test_a_state_knows_its_data(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    config = make_config(data_sha256="a" * 64)
    save_state(path, new_state(config))
    assert load_state(path, config).config == config
    with pytest.raises(CheckpointError, match="was begun with other images or labels than mnist"):
        load_state(path, make_config(data_sha256="b" * 64))


def test_other_data_that_is_placed_at_the_same_moment_is_not_overwritten(
    scripts: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    plan = scripts("train_plan")
    path = write_folder(tmp_path / "two", {"a": 99, "b": 99})
    flags = Namespace(dataset=str(path), checkpoints=tmp_path / "checkpoints")
    own = plan.own_data(flags)
    with ThreadPoolExecutor(1) as pool:
        with locked(flags.checkpoints / "two"):  # by another process, which places its own
            placed = pool.submit(plan.place_own_data, own, flags)
            with pytest.raises(TimeoutError):
                placed.result(0.5)
            write_own(flags.checkpoints, "two", 3)
        with pytest.raises(DatasetError, match="is of other images or labels"):
            placed.result(PATIENCE)
    assert read_description(flags.checkpoints / "two") == own_spec("two", 3)


def test_a_name_in_brackets_is_printed_as_it_is(script: Script, tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (240, 28, 28), dtype=np.uint8)
    np.savez_compressed(tmp_path / "[b] things.npz", images=images, labels=np.arange(240) % 2)
    flags = ("--objective", "vae", *FLAGS.split(), "1")
    printed = script("train", "--dataset", "[b] things.npz", *flags)
    assert printed.startswith("[b] things.npz: 200 images to train on")
