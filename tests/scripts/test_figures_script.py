"""scripts/figures.py: every figure and table, from run folders alone; what lacks one is named."""

import csv
import dataclasses
import importlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from helpers import REPOSITORY
from PIL import Image
from served import IMAGES, LATENT_DIM, TOY_EPOCHS

from muvae import Posterior, Run, load_run
from muvae.analysis.latent import standard_noise
from muvae.datasets.builtin import DATASETS
from muvae.datasets.test_split import read_test_split
from muvae.objectives import OBJECTIVES, PAPER_OBJECTIVES
from muvae.runs.folder import codes_of
from muvae.runs.writing import write_codes
from muvae.training.evaluation import NOISE_SEED
from muvae.training.presets import toy_configs

Script = Callable[..., str]
Rows = list[dict[str, str]]
FILES = {
    *(f"figure-{number:02d}.csv" for number in range(1, 12)),
    *(f"figure-{number:02d}.png" for number in (1, 3, 5, 6, 7, 9, 10)),
    *(f"figure-{number:02d}.svg" for number in (2, 4, 8, 11)),
    "table-1.csv",
}
ROUNDED = 5e-4  # of 4 significant digits


@pytest.fixture(scope="module")
def checkpoints(served_checkpoints: Path) -> Path:
    """Stand-ins of all runs that the paper's figures show."""
    return served_checkpoints


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(REPOSITORY / "scripts")
    return importlib.import_module("figures")


@pytest.fixture
def script(
    figures: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Script:
    """Runs the script with flags; returns what it prints, or what it says on stderr if it fails."""
    monkeypatch.setenv("COLUMNS", "500")

    def call(*flags: str | Path, fails: bool = False) -> str:
        monkeypatch.setattr(sys, "argv", ["scripts/figures.py", *map(str, flags)])
        with pytest.raises(SystemExit) as caught:
            figures.run_main(figures.main)
        printed = capsys.readouterr()
        assert caught.value.code == (1 if fails else 0), printed.err
        return printed.err if fails else printed.out

    return call


@pytest.fixture(scope="module")
def made(checkpoints: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All figures of the stand-ins, made by the script."""
    out = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(REPOSITORY / "scripts")
        module = importlib.import_module("figures")
        patch.setattr(sys, "argv", ["f", "--checkpoints", str(checkpoints), "--out", str(out)])
        with pytest.raises(SystemExit) as caught:
            module.run_main(module.main)
    assert caught.value.code == 0
    return out


def rows_of(made: Path, name: str) -> Rows:
    with (made / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def column(rows: Rows, name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in rows])


def runs_of(checkpoints: Path, dataset: str) -> list[Run]:
    return [load_run(checkpoints / dataset / name) for name in PAPER_OBJECTIVES]


def test_every_figure_and_table_is_there(made: Path) -> None:
    assert {path.name for path in made.iterdir()} == FILES
    for path in made.glob("*.png"):
        with Image.open(path) as picture:
            picture.load()
            assert picture.width > 900
            # Both ink and paper: nothing is blank.
            assert picture.convert("L").getextrema()[0] < 60
            assert picture.convert("L").getextrema()[1] == 255
    for path in made.glob("*.svg"):
        assert "<dc:date>" not in path.read_text(encoding="utf-8")


def test_the_same_folders_give_the_same_bytes(
    script: Script, made: Path, checkpoints: Path, tmp_path: Path
) -> None:
    script("--checkpoints", checkpoints, "--out", tmp_path)
    for name in sorted(FILES):
        assert (tmp_path / name).read_bytes() == (made / name).read_bytes(), name


@pytest.mark.parametrize(("number", "dataset"), [("02", "fashion-mnist"), ("08", "mnist")])
def test_curves_are_the_histories(made: Path, checkpoints: Path, number: str, dataset: str) -> None:
    rows = rows_of(made, f"figure-{number}")
    runs = {run.name: run for run in runs_of(checkpoints, dataset)}
    epochs = runs["vae"].config.epochs
    # Two splits; three metrics of all four runs, and the regularization of the two μ-VAEs.
    assert len(rows) == epochs * 2 * (3 * 4 + 2)
    assert {row["run"] for row in rows if row["metric"] == "regularization"} == {
        "mu-vae-1",
        "mu-vae-2",
    }
    for row in rows:
        record = runs[row["run"]].history[int(row["epoch"]) - 1]
        expected = getattr(getattr(record, row["split"]), row["metric"])
        assert float(row["value"]) == pytest.approx(expected, rel=ROUNDED)


def test_tsne_maps_are_those_of_the_folders(made: Path, checkpoints: Path) -> None:
    rows = rows_of(made, "figure-03")
    assert len(rows) == len(DATASETS) * len(PAPER_OBJECTIVES) * IMAGES
    for dataset in DATASETS:
        labels = read_test_split(checkpoints / dataset).labels
        for run in runs_of(checkpoints, dataset):
            own = [row for row in rows if (row["dataset"], row["run"]) == (dataset, run.name)]
            index = column(own, "index").astype(int)
            assert (column(own, "label") == labels.numpy()[index]).all()
            assert run.codes.tsne is not None
            points = np.stack([column(own, "x"), column(own, "y")], axis=1)
            np.testing.assert_allclose(points, run.codes.tsne.numpy()[index], rtol=ROUNDED)


def test_toy_planes_are_the_means_of_the_nine_runs(made: Path, checkpoints: Path) -> None:
    rows = rows_of(made, "figure-01")
    configs = toy_configs(DATASETS["mnist"], epochs=TOY_EPOCHS, precision="float32")
    assert list(dict.fromkeys(row["run"] for row in rows)) == [config.name for config in configs]
    for config in configs:
        own = [row for row in rows if row["run"] == config.name]
        mean = codes_of(checkpoints / "mnist-toy" / config.name).mean.numpy()
        points = np.stack([column(own, "x"), column(own, "y")], axis=1)
        np.testing.assert_allclose(points, mean, rtol=ROUNDED)


@pytest.mark.parametrize(("number", "dataset"), [("04", "fashion-mnist"), ("11", "mnist")])
def test_distributions_are_those_of_sampled_codes(
    made: Path, checkpoints: Path, number: str, dataset: str
) -> None:
    rows = rows_of(made, f"figure-{number}")
    for run in runs_of(checkpoints, dataset):
        generator = torch.Generator().manual_seed(NOISE_SEED)
        codes = Posterior(run.codes.mean, run.codes.log_var).sample(generator).numpy()
        for dimension in range(LATENT_DIM):
            own = [
                row for row in rows if row["run"] == run.name and row["dimension"] == str(dimension)
            ]
            low, high = column(own, "low"), column(own, "high")
            edges = np.append(low, high[-1])
            np.testing.assert_allclose(low[1:], high[:-1])
            # All codes are in the bins, which are as the edges say up to their rounding.
            density = column(own, "density")
            assert (density * (high - low)).sum() == pytest.approx(1, abs=2e-3)
            exact = np.linspace(edges[0], edges[-1], len(edges))
            counts, _ = np.histogram(codes[:, dimension], exact)
            np.testing.assert_allclose(
                density, counts / (len(codes) * np.diff(exact)), rtol=ROUNDED
            )
            # N(0, 1) and N(0, σ²) with σ of Figure 6: 1 for VAE and β-VAE, 3 for the μ-VAEs.
            std = 3 if run.name.startswith("mu") else 1
            assert set(column(own, "sigma")) == {std}
            centres = (low + high) / 2
            for name, sigma in (("normal", 1), ("normal_sigma", std)):
                expected = np.exp(-(centres**2) / (2 * sigma**2)) / np.sqrt(2 * np.pi * sigma**2)
                np.testing.assert_allclose(column(own, name), expected, rtol=0.02, atol=1e-6)


def test_reconstructions_are_of_three_images_a_class(made: Path, checkpoints: Path) -> None:
    rows = rows_of(made, "figure-05")
    labels = read_test_split(checkpoints / "fashion-mnist").labels
    classes = DATASETS["fashion-mnist"].classes
    for run in runs_of(checkpoints, "fashion-mnist"):
        own = [row for row in rows if row["run"] == run.name]
        index = column(own, "index").astype(int)
        assert len(set(index.tolist())) == 30
        assert [row["label"] for row in own] == [classes[label] for label in labels[index]]
        np.testing.assert_allclose(
            column(own, "squared_error"), run.codes.squared_error[index], rtol=ROUNDED
        )
        guesses = run.classifier(run.codes.mean[index]).argmax(1)
        assert [row["guess"] for row in own] == [classes[guess] for guess in guesses]


@pytest.mark.parametrize(("number", "dataset"), [("06", "fashion-mnist"), ("10", "mnist")])
def test_samples_are_one_noise_at_the_papers_sigma(
    made: Path, checkpoints: Path, number: str, dataset: str
) -> None:
    rows = rows_of(made, f"figure-{number}")
    classes = DATASETS[dataset].classes
    for run, std in zip(runs_of(checkpoints, dataset), (1, 1, 3, 3), strict=True):
        own = [row for row in rows if row["run"] == run.name]
        noise = standard_noise(len(own), LATENT_DIM, int(own[0]["seed"]))
        codes = np.stack([column(own, f"z{dimension}") for dimension in range(LATENT_DIM)], axis=1)
        np.testing.assert_allclose(codes, std * noise.numpy(), rtol=ROUNDED)
        guesses = run.classifier(std * noise).argmax(1)
        assert [row["guess"] for row in own] == [classes[guess] for guess in guesses]


@pytest.mark.parametrize(("number", "dataset"), [("07", "fashion-mnist"), ("09", "mnist")])
def test_traversals_sweep_each_dimension_over_the_papers_range(
    made: Path, checkpoints: Path, number: str, dataset: str
) -> None:
    rows = rows_of(made, f"figure-{number}")
    for run, limit in zip(runs_of(checkpoints, dataset), (2, 2, 10, 20), strict=True):
        for dimension in range(LATENT_DIM):
            own = [
                row for row in rows if row["run"] == run.name and row["dimension"] == str(dimension)
            ]
            values = np.linspace(-limit, limit, 40)
            np.testing.assert_allclose(column(own, "value"), values, rtol=ROUNDED)
            codes = torch.zeros(40, LATENT_DIM)
            codes[:, dimension] = torch.linspace(-limit, limit, 40)
            guesses = run.classifier(codes).argmax(1)
            classes = DATASETS[dataset].classes
            assert [row["guess"] for row in own] == [classes[guess] for guess in guesses]


def test_traversals_show_what_the_decoder_makes(made: Path, checkpoints: Path) -> None:
    """The first tile of the first row, found in the picture pixel by pixel."""
    with Image.open(made / "figure-09.png") as picture:
        pixels = np.asarray(picture.convert("L"))
    run = load_run(checkpoints / "mnist" / "vae")
    codes = torch.zeros(2, LATENT_DIM)
    codes[0, 0], codes[1, -1] = -2, 2
    first, last = (run.vae.decode(codes)[:, 0].numpy() * 255).round().astype(int)
    windows = np.lib.stride_tricks.sliding_window_view(pixels[:500], (28, 28)).astype(int)
    found = [
        np.argwhere(np.abs(windows[:, :, 0, :] - tile[0]).max(axis=2) <= 1)
        for tile in (first, last)
    ]
    whole = [
        [tuple(at) for at in places if np.abs(windows[tuple(at)] - tile).max() <= 1]
        for places, tile in zip(found, (first, last), strict=True)
    ]
    assert [len(places) for places in whole] == [1, 1]
    ((top, left),), ((bottom, right),) = whole
    assert (bottom - top, right - left) == (29 * (LATENT_DIM - 1), 28 * 39)


def test_table_1_has_the_papers_numbers_beside_ours(made: Path, checkpoints: Path) -> None:
    rows = rows_of(made, "table-1")
    assert [float(row["paper"]) for row in rows] == [
        93.422, 62.45, 95.28, 96.44, 78.01, 62.35, 82.71, 84.26,
    ]  # fmt: skip
    runs = [run for dataset in DATASETS for run in runs_of(checkpoints, dataset)]
    for row, run in zip(rows, runs, strict=True):
        assert (row["run"], row["model"]) == (run.name, OBJECTIVES[run.name].label)
        for name in ("accuracy_sampled", "accuracy_mean"):
            expected = 100 * run.metrics[f"test_{name}"].value
            assert float(row[name]) == pytest.approx(expected, abs=0.005)


def test_what_is_missing_is_named_once_and_the_rest_is_made(
    script: Script, checkpoints: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "checkpoints"
    shutil.copytree(checkpoints, copy)
    shutil.rmtree(copy / "fashion-mnist" / "beta-vae")
    codes = codes_of(copy / "mnist" / "mu-vae-1")
    write_codes(copy / "mnist" / "mu-vae-1", dataclasses.replace(codes, tsne=None))
    said = script("--checkpoints", copy, "--out", tmp_path / "out", fails=True)
    assert said.splitlines() == [
        "figures.py: not made: figure-02, figure-04, figure-05, figure-06, figure-07, table-1: "
        f"{copy / 'fashion-mnist'} has no run beta-vae; make with: "
        "python scripts/train.py --dataset fashion-mnist --objective beta-vae",
        "figures.py: not made: figure-03: "
        f"{copy / 'mnist' / 'mu-vae-1' / 'codes.safetensors'} has no t-SNE map; make it with: "
        "python scripts/embed.py --dataset mnist --run mu-vae-1",
    ]
    lost = {f"figure-{number:02d}" for number in range(2, 8)} | {"table-1"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        name for name in FILES if name.partition(".")[0] not in lost
    }


def test_toy_runs_are_asked_for_by_their_own_flag(
    script: Script, checkpoints: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "checkpoints"
    shutil.copytree(checkpoints, copy)
    shutil.rmtree(copy / "mnist-toy" / "relu-elbo")
    said = script("--only", "1", "--checkpoints", copy, "--out", tmp_path / "out", fails=True)
    assert said == (
        f"figures.py: not made: figure-01: {copy / 'mnist-toy'} has no run relu-elbo; make with: "
        "python scripts/train.py --dataset mnist --toy\n"
    )
    assert not (tmp_path / "out").exists()


def test_codes_of_other_images_are_refused(
    script: Script, checkpoints: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "checkpoints"
    shutil.copytree(checkpoints, copy)
    whole = codes_of(copy / "mnist" / "vae")
    fields = {name: value[1:].clone() for name, value in vars(whole).items()}
    write_codes(copy / "mnist" / "vae", type(whole)(**fields))
    said = script("--only", "8", "--checkpoints", copy, "--out", tmp_path / "out", fails=True)
    assert f"{copy / 'mnist' / 'vae' / 'codes.safetensors'} is of {IMAGES - 1} images" in said


def test_only_what_is_asked_for_is_made(script: Script, checkpoints: Path, tmp_path: Path) -> None:
    printed = script("--only", "8", "table-1", "--checkpoints", checkpoints, "--out", tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "figure-08.csv",
        "figure-08.svg",
        "table-1.csv",
    }
    assert [line.split(" (")[0] for line in printed.splitlines()] == [
        str(tmp_path / "figure-08.csv"),
        str(tmp_path / "table-1.csv"),
    ]


def test_a_figure_that_is_not_there_is_one_sentence(
    figures: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["scripts/figures.py", "--only", "12"])
    with pytest.raises(SystemExit) as caught:
        figures.main()
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert "invalid choice: '12'" in said
    assert said.count("\n") == 1
