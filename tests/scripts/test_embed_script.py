"""scripts/embed.py: codes and aligned maps for the runs that lack them, and for those alone."""

import dataclasses
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from helpers import REPOSITORY, make_run, make_split
from numpy.typing import NDArray

from muvae import Codes, Split, load_run
from muvae.datasets.builtin import DATASETS
from muvae.datasets.test_split import write_dataset
from muvae.images import to_float
from muvae.runs.writing import write_codes, write_run

Script = Callable[..., str]
NAMES = ("vae", "beta-vae", "mu-vae-1")


@pytest.fixture
def embed(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, with maps that are quickly made: the same one, turned by the seed."""
    monkeypatch.syspath_prepend(REPOSITORY / "scripts")
    module = importlib.import_module("embed")

    def turned(codes: NDArray[np.floating], seed: int) -> NDArray[np.float32]:
        angle = seed + float(abs(codes[0, 0]))  # another for each run
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        points = np.random.default_rng(0).normal(size=(len(codes), 2)) * [5, 1]
        return np.asarray(points @ turn + seed, dtype=np.float32)

    monkeypatch.setattr(module, "METHODS", {"tsne": turned, "umap": lambda c, s: turned(c, s + 1)})
    return module


@pytest.fixture
def script(
    embed: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Script:
    """Runs the script with the flags of one line, and returns what it prints."""
    monkeypatch.setenv("COLUMNS", "500")

    def call(line: str, fails: bool = False) -> str:
        monkeypatch.setattr(sys, "argv", ["scripts/embed.py", *line.split()])
        with pytest.raises(SystemExit) as caught:
            embed.run_main(embed.main)
        if fails:
            assert isinstance(caught.value.code, str)  # a sentence for stderr, and exit 1
            return caught.value.code
        assert caught.value.code == 0
        return capsys.readouterr().out

    return call


@pytest.fixture
def images() -> Split:
    return make_split(15, seed=3)


@pytest.fixture
def mnist(tmp_path: Path, images: Split, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three runs without maps, their codes of other images."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "checkpoints" / "mnist"
    write_dataset(folder, DATASETS["mnist"], images)
    for seed, name in enumerate(NAMES):
        run = make_run(seed=seed, name=name, objective=name)
        codes = dataclasses.replace(run.codes, tsne=None, umap=None)
        write_run(folder / name, dataclasses.replace(run, codes=codes))
    return folder


def codes_of(folder: Path) -> list[Codes]:
    return [load_run(folder / name).codes for name in NAMES]


def test_every_run_gets_codes_and_maps_side_by_side(
    script: Script, mnist: Path, images: Split
) -> None:
    printed = script("--dataset mnist")
    assert [line.split(":")[0] for line in printed.splitlines()] == [
        f"mnist/{name}" for name in NAMES
    ]
    all_codes = codes_of(mnist)
    for name, codes in zip(NAMES, all_codes, strict=True):
        vae = load_run(mnist / name).vae
        posterior = vae.encode(to_float(images.images))
        torch.testing.assert_close(codes.mean, posterior.mean)
        torch.testing.assert_close(codes.log_var, posterior.log_var)
        errors = (vae.decode(posterior.mean) - to_float(images.images)).pow(2).sum((1, 2, 3))
        torch.testing.assert_close(codes.squared_error, errors)
    # One map, turned differently: on the first run's, all are the same.
    for method in ("tsne", "umap"):
        first, *others = (getattr(codes, method) for codes in all_codes)
        for other in others:
            torch.testing.assert_close(other, first, atol=1e-4, rtol=1e-4)


def test_maps_that_are_there_are_left_alone(script: Script, mnist: Path) -> None:
    script("")
    files = [mnist / name / "codes.safetensors" for name in NAMES]
    before = [file.read_bytes() for file in files]
    assert script("") == ""
    assert [file.read_bytes() for file in files] == before
    script("--seed 5 --run beta-vae --overwrite")
    changed = [file.read_bytes() != old for file, old in zip(files, before, strict=True)]
    assert changed == [False, True, False]


def test_maps_of_other_images_are_made_anew(script: Script, mnist: Path) -> None:
    """What the app says of such a folder is to run this script."""
    script("")
    whole = load_run(mnist / "beta-vae").codes
    write_codes(
        mnist / "beta-vae",
        Codes(*(getattr(whole, field.name)[1:].clone() for field in dataclasses.fields(Codes))),
    )
    assert script("").startswith("mnist/beta-vae: codes, t-SNE and UMAP")
    assert torch.equal(load_run(mnist / "beta-vae").codes.mean, whole.mean)


def test_one_run_alone_is_laid_on_the_first(script: Script, mnist: Path) -> None:
    script("--run mu-vae-1")
    first, second, third = codes_of(mnist)
    assert second.tsne is None
    assert first.tsne is not None
    assert third.tsne is not None
    torch.testing.assert_close(third.tsne, first.tsne, atol=1e-4, rtol=1e-4)


def test_a_broken_run_is_left_out_and_named(script: Script, mnist: Path) -> None:
    (mnist / "vae" / "run.json").write_text("{")
    printed = script("")
    assert printed.startswith(
        f"left out: {Path('checkpoints/mnist/vae/run.json')} is not valid JSON"
    )
    assert load_run(mnist / "mu-vae-1").codes.umap is not None


def test_where_there_is_nothing_to_map_one_sentence_says_so(script: Script, mnist: Path) -> None:
    assert script("--run gan", fails=True) == "embed.py: there is no run 'gan' in checkpoints/mnist"
    message = script("--dataset fashion-mnist", fails=True)
    assert message == (
        "embed.py: there are no runs in checkpoints/fashion-mnist; train some: scripts/train.py"
    )
    (mnist / "test.npz").unlink()
    message = script("", fails=True)
    assert message.startswith("embed.py: checkpoints/mnist/test.npz cannot be read (No such file")


def test_a_run_that_training_replaces_meanwhile_keeps_its_own_codes(
    script: Script, embed: ModuleType, mnist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    longer = make_run(seed=9, name=NAMES[0], objective=NAMES[0])

    def slow(codes: NDArray[np.floating], seed: int) -> NDArray[np.float32]:
        write_run(mnist / NAMES[0], longer)  # which another process finishes just then
        return np.zeros((len(codes), 2), np.float32)

    monkeypatch.setattr(embed, "METHODS", {"tsne": slow, "umap": slow})
    folder = f"checkpoints/mnist/{NAMES[0]}"
    assert script("--run vae", fails=True) == (
        f"embed.py: {folder} was replaced by another run meanwhile; give the same command again"
    )
    assert torch.equal(load_run(folder).codes.mean, longer.codes.mean)
