"""Exported tables: the numbers that went in come out again, and nothing needs unpickling."""

import csv
import dataclasses
import io
from typing import Any

import numpy as np
import pytest
import torch
from exported import decoded, shipped_runs, training_of
from helpers import SHIPPED, make_run
from numpy.typing import NDArray

from app.export.captions import PROJECT, About, metrics, widened
from app.export.files import Download, Snapshot
from app.export.tables import csv_bytes, csv_rows, npz_bytes
from app.ui.charts.bars import Divergence
from app.ui.run_header import run_series
from app.views.clusters.downloads import map_downloads, selection_downloads
from app.views.distributions.charts import Distribution
from app.views.distributions.downloads import divergence_rows, histogram_rows
from app.views.interpolate.downloads import Interpolation, Path
from app.views.objectives.downloads import penalty_rows
from app.views.objectives.penalty import charted
from app.views.sample.downloads import Spread, sample_downloads
from app.views.training.downloads import history_rows
from app.views.traverse.downloads import Moves, Traversal
from app.views.traverse.widget import Place
from muvae import DATASETS, Measurement, Run, Split
from muvae.analysis.latent import standard_noise
from muvae.analysis.metrics import fitted_histograms
from muvae.datasets.test_split import read_test_split


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    return shipped_runs()


@pytest.fixture(scope="module")
def test() -> Split:
    return read_test_split(SHIPPED / "mnist")


def about(runs: list[Run]) -> About:
    return About("Page", DATASETS["mnist"], runs, ("seed 3",))


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


def numbers(rows: list[dict[str, str]], prefix: str, count: int = 10) -> NDArray[np.float32]:
    found = [[row[f"{prefix}_{at}"] for at in range(count)] for row in rows]
    return np.array(found, np.float32)


def arrays_of(data: bytes) -> dict[str, NDArray[Any]]:
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def made(files: list[Download] | list[Download | Snapshot], words: str) -> bytes:
    (found,) = (each for each in files if words in each.name and isinstance(each, Download))
    return found.make()


@pytest.mark.parametrize("name", ["=1+1", "+1", "-x", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_name_is_no_formula(name: str) -> None:
    (row,) = rows_of(csv_bytes({name: [-1.5], "class": [name]}))
    assert row == {f"'{name}": "-1.5", "class": f"'{name}"}


def test_numbers_come_back_as_they_were() -> None:
    floats = np.array([1 / 3, -0.0, 1e-30, 3.4e38, 1e10 / 3, np.nan], np.float32)
    doubles = np.array([1 / 3, 5e-324, 1e300, 0.1, -2.5, np.nan])
    names = ["μ-VAE#1", 'says "no"', "a, b", "two\nlines", "", "é"]
    data = csv_bytes({"name": names, "float": floats, "double": doubles, "whole": np.arange(6)})
    rows = rows_of(data)
    assert [row["name"] for row in rows] == names
    assert [row["whole"] for row in rows] == list("012345")
    assert rows[-1]["float"] == rows[-1]["double"] == ""
    for row, one, other in zip(rows[:-1], floats, doubles, strict=False):
        assert np.float32(row["float"]) == one
        assert float(row["double"]) == other
    assert rows[0]["float"] == "0.33333334"


def test_rows_lack_what_they_do_not_have() -> None:
    found = rows_of(csv_rows([{"a": 1, "b": None}, {"a": float("nan"), "c": True}]))
    assert found == [{"a": "1", "b": "", "c": ""}, {"a": "", "b": "", "c": "True"}]


def test_arrays_that_would_have_to_be_unpickled_are_refused() -> None:
    with pytest.raises(ValueError, match="pickle"):
        npz_bytes({"odd": np.array([object()])}, caption="")


def test_all_codes_of_all_runs(runs: list[Run], test: Split) -> None:
    maps = {run.name: run.codes.tsne for run in runs}
    assert all(places is not None for places in maps.values())
    files = map_downloads(about(runs), test, "tsne", maps)  # type: ignore[arg-type]
    rows = rows_of(made(files, ".csv"))
    assert len(rows) == 2 * len(test)
    for run, part in zip(runs, (rows[: len(test)], rows[len(test) :]), strict=True):
        assert {row["run"] for row in part} == {run.name}
        assert [int(row["label"]) for row in part] == test.labels.tolist()
        np.testing.assert_array_equal(numbers(part, "mean"), run.codes.mean.numpy())
        np.testing.assert_array_equal(numbers(part, "log_var"), run.codes.log_var.numpy())
        errors = np.array([row["squared_error"] for row in part], np.float32)
        np.testing.assert_array_equal(errors, run.codes.squared_error.numpy())
        assert run.codes.tsne is not None
        places = np.array([[row["tsne_x"], row["tsne_y"]] for row in part], np.float32)
        np.testing.assert_array_equal(places, run.codes.tsne.numpy())
    arrays = arrays_of(made(files, ".npz"))
    for run in runs:
        np.testing.assert_array_equal(arrays[f"{run.name}_mean"], run.codes.mean.numpy())
        np.testing.assert_array_equal(arrays[f"{run.name}_tsne"], run.codes.tsne)
    caption = str(arrays["caption"])
    assert caption == f"MNIST · VAE, μ-VAE#1 ({training_of(runs)}) · seed 3 · {PROJECT}"


def test_a_selection(runs: list[Run], test: Split) -> None:
    chosen = [7, 3, 9_999]
    files = selection_downloads(about(runs), test, chosen, shown=chosen, focus=3, neighbours=4)
    rows = rows_of(made(files, "selected-vae-mu-vae-1.csv"))
    assert [int(row["index"]) for row in rows] == 2 * chosen
    assert [row["class"] for row in rows[:3]] == [str(int(test.labels[at])) for at in chosen]
    arrays = arrays_of(made(files, ".npz"))
    np.testing.assert_array_equal(arrays["images"], test.images[chosen, 0])
    np.testing.assert_array_equal(arrays["vae_log_var"], runs[0].codes.log_var[chosen])


def test_samples_with_their_images(runs: list[Run]) -> None:
    spreads = {run.name: Spread([1.0] * 10, [2.0] * 10, "") for run in runs}
    files = sample_downloads(about(runs), spreads, count=16, seed=3)
    arrays = arrays_of(made(files, ".npz"))
    codes = 1 + 2 * standard_noise(16, 10, 3)
    for run in runs:
        np.testing.assert_array_equal(arrays[f"{run.name}_codes"], codes)
        assert arrays[f"{run.name}_images"].dtype == np.uint8
        np.testing.assert_array_equal(arrays[f"{run.name}_images"], decoded(run, codes))
    rows = rows_of(made(files, ".csv"))
    np.testing.assert_array_equal(numbers(rows[16:], "z"), codes)


def test_sweeps_move_one_coordinate(runs: list[Run]) -> None:
    moves = {run.name: Moves([0.5] * 10, [-2.0] * 10, [2.0] * 10, [9, *range(9)]) for run in runs}
    place = Place((1.0, *(0.0,) * 9), 3, (0, 1))
    arrays = Traversal(about(runs), moves, place).arrays()
    codes = arrays["vae_codes"]
    assert int(arrays["vae_dimension"]) == 2
    np.testing.assert_allclose(codes[:, 2], np.linspace(-2, 2, 40), atol=1e-6)
    assert (codes[:, 9] == 2).all()  # the first slider moves it, to its end
    assert (np.delete(codes, [2, 9], axis=1) == 0.5).all()


def test_runs_of_other_sizes_leave_cells_empty(runs: list[Run]) -> None:
    small = dataclasses.replace(make_run(name="small"), codes=runs[0].codes)
    two = widened([runs[0].codes.mean[:3].numpy(), torch.ones(2, 2).numpy()])
    rows = rows_of(csv_bytes({"a": two[:, 1], "b": two[:, 9]}))
    assert [row["b"] for row in rows][3:] == ["", ""]
    moves = {
        "small": Moves([0.0] * 2, [-1.0] * 2, [1.0] * 2, [0, 1]),
        "vae": Moves([0.0] * 10, [-1.0] * 10, [1.0] * 10, [*range(10)]),
    }
    shown = Traversal(about([small, runs[0]]), moves, Place((0.0,) * 10, 5, (0, 7)))
    assert set(shown.arrays()) == {"vae_dimension", "vae_codes", "vae_images"}
    assert [cell.title for cell in shown.planes()] == ["VAE"]


def test_steps_of_a_path_with_their_classes(runs: list[Run]) -> None:
    paths = {run.name: Path(run.codes.mean[0], run.codes.mean[1], 1.0) for run in runs}
    shown = Interpolation(about(runs), paths, False, steps=5, share=0.5)
    rows = rows_of(csv_bytes(shown.table()))
    assert [float(row["t"]) for row in rows[:5]] == [0, 0.25, 0.5, 0.75, 1]
    assert float(rows[0]["distance_to_nearest"]) == float(rows[4]["distance_to_nearest"]) == 0
    np.testing.assert_allclose(numbers(rows, "probability").sum(1), 1, atol=1e-5)


def without_noise(run: Run) -> Run:
    """Its metrics as if each had been measured once."""
    once = {name: Measurement(measured.value) for name, measured in run.metrics.items()}
    return dataclasses.replace(run, metrics=once)


def test_metrics_and_histories(runs: list[Run]) -> None:
    runs = [*map(without_noise, runs)]
    rows = rows_of(metrics(about(runs)).make())
    for row, run in zip(rows, runs, strict=True):
        assert row["run"] == run.name
        assert {name: Measurement(float(row[name])) for name in run.metrics} == run.metrics
        assert not any(name.endswith(("_sd", "_draws")) for name in row)
    found = rows_of(csv_rows(history_rows(runs, ("test", "train"))))
    assert len(found) == sum(2 * len(run.history) for run in runs)
    last = runs[1].history[-1]
    assert float(found[-1]["kl"]) == last.train.kl
    assert (found[-1]["split"], int(found[-1]["epoch"])) == ("train", last.epoch)


def test_metrics_have_their_noise_beside_them(runs: list[Run]) -> None:
    noisy = {**runs[0].metrics, "test_accuracy_sampled": Measurement(0.926, 0.002, 32)}
    measured = [dataclasses.replace(runs[0], metrics=noisy), *map(without_noise, runs[1:])]
    first, *others = rows_of(metrics(about(measured)).make())
    assert first["test_accuracy_sampled"] == "0.926"
    assert first["test_accuracy_sampled_sd"] == "0.002"
    assert first["test_accuracy_sampled_draws"] == "32"
    assert {row["test_accuracy_sampled_sd"] for row in others} == {""}


def test_histograms_and_divergences(runs: list[Run]) -> None:
    (style,) = run_series(runs[:1])
    histograms = fitted_histograms(runs[0].codes.mean.numpy())
    rows = histogram_rows([Distribution(style, histograms, 1.0)])
    third = [row for row in rows if row["dimension"] == 3]
    assert [row["codes"] for row in third] == histograms[3].counts.tolist()
    assert third[0]["from"] == histograms[3].edges[0]
    assert third[-1]["to"] == histograms[3].edges[-1]
    kl, active = np.array([0.5, 0.0]), np.array([True, False])
    assert divergence_rows([Divergence(style, kl, active)]) == [
        {"run": "vae", "dimension": 0, "kl_nats": 0.5, "active": True},
        {"run": "vae", "dimension": 1, "kl_nats": 0.0, "active": False},
    ]


def test_penalties_are_those_of_the_objectives() -> None:
    rows = [row for row in penalty_rows(charted()) if row["objective"] == "VAE"]
    assert rows
    for row in rows:
        mean, log_var, penalty = (float(str(row[key])) for key in ("mean", "log_var", "penalty"))
        assert penalty == pytest.approx(0.5 * (mean**2 + np.exp(log_var) - log_var - 1))
