"""The Distributions page through AppTest: whose codes are counted, and what is told of them."""

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from app_pages import open_page, run_of, texts
from apptest import choose_runs, figures, write_runs
from served import IMAGES, LATENT_DIM
from streamlit.testing.v1 import AppTest

from app.data import statistics
from muvae import Posterior
from muvae.analysis.metrics import active_mask, aggregate_posterior, kl_per_dimension
from muvae.runs.folder import codes_of
from muvae.runs.writing import write_codes
from muvae.training.evaluation import encode_split, sample_codes

RUNS = ("vae", "beta-vae", "mu-vae-1")
EQ6 = "mu-vae-1-eq6"


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_runs(tmp_path_factory.mktemp("served"))


def histograms(app: AppTest) -> dict[str, Any]:
    """The drawn histograms by run and dimension."""
    return {trace["meta"]: trace for trace in figures(app)[0]["data"] if "meta" in trace}


def assert_counts(trace: dict[str, Any], codes: np.ndarray[Any, Any]) -> None:
    told = trace["customdata"][1:-1].astype(float)
    assert told[:, 3].sum() == len(codes)
    # To float32 an edge may go to the other side of a code: below and above it counts the same.
    shared = np.searchsorted(np.sort(codes), told[1:, 0])
    assert np.abs(np.cumsum(told[:, 3])[:-1] - shared).max() <= 1
    assert trace["x"][1:-1] == pytest.approx(told[:, 0], rel=1e-5, abs=1e-5)


def test_it_counts_the_sampled_codes_of_every_dimension(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "distributions")
    assert not app.exception
    assert not app.error
    assert [title.value for title in app.title] == ["Distributions"]
    drawn = histograms(app)
    assert set(drawn) == {f"{name} z{d}" for name in RUNS for d in range(LATENT_DIM)}
    for name in RUNS:
        codes = run_of(checkpoints, name).codes
        samples = sample_codes(Posterior(codes.mean, codes.log_var)).numpy()
        for dimension in range(LATENT_DIM):
            assert_counts(drawn[f"{name} z{dimension}"], samples[:, dimension])


def test_it_counts_means_by_choice(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> None:
    app = open_page(monkeypatch, checkpoints, "distributions", codes="means")
    drawn = histograms(app)
    for name in RUNS:
        means = run_of(checkpoints, name).codes.mean.numpy()
        for dimension in range(LATENT_DIM):
            assert_counts(drawn[f"{name} z{dimension}"], means[:, dimension])
    assert "are cut off" in texts(app)  # β-VAE's dead dimension stands far above N(0, 1)


def test_samples_are_those_that_the_metrics_are_measured_on(checkpoints: Path) -> None:
    from muvae.datasets.test_split import read_test_split

    split = read_test_split(checkpoints / "mnist")
    many = type(split)(split.images.repeat(9, 1, 1, 1), split.labels.repeat(9))  # over one chunk
    encoded = encode_split(run_of(checkpoints, "vae").vae, many)
    assert torch.equal(sample_codes(encoded.posterior), encoded.samples)


def test_rows_have_a_panel_for_each_run_and_dimension(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "distributions", arrangement="rows")
    assert not app.exception
    drawn = histograms(app)
    assert len({trace["xaxis"] for trace in drawn.values()}) == len(RUNS) * LATENT_DIM
    layout = figures(app)[0]["layout"]
    assert {tuple(layout[it]["range"]) for it in layout if it.startswith("xaxis")} == {
        tuple(layout["xaxis"]["range"])
    }
    app.segmented_control(key="x-range").set_value("each run's own").run()
    layout = figures(app)[0]["layout"]
    ranges = {tuple(layout[it]["range"]) for it in layout if it.startswith("xaxis")}
    assert len(ranges) == len(RUNS)


def test_bars_are_kl_per_dimension_with_dead_ones_marked(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "distributions")
    bars: dict[str, dict[str, float]] = {}
    dead = set()
    for trace in figures(app)[1]["data"]:
        name, state = trace["meta"].split()
        bars.setdefault(name, {}).update(zip(trace["x"], trace["y"], strict=True))
        dead |= {(name, dimension) for dimension in trace["x"] if state == "dead"}
    assert dead == {("beta-vae", "z4")}
    for name in RUNS:
        codes = run_of(checkpoints, name).codes
        mean, log_var = codes.mean.numpy(), codes.log_var.numpy()
        kl = kl_per_dimension(mean, log_var)
        assert bars[name] == pytest.approx({f"z{d}": value for d, value in enumerate(kl)})
        moments = aggregate_posterior(mean, log_var)
        assert (
            f"{active_mask(mean).sum()} of {LATENT_DIM} units active · "
            f"mean |aggregate mean| {abs(moments.mean).mean():.2f} · "
            f"mean aggregate σ {moments.std.mean():.2f}"
        ) in texts(app)
    assert "flatten" not in texts(app)


def test_an_eq6_run_has_histograms_and_a_log_axis_for_its_kl(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "distributions")
    choose_runs(app, "vae", EQ6)
    assert not app.exception
    assert "flatten the others" in texts(app)
    means = run_of(checkpoints, EQ6).codes.mean.numpy()
    for dimension in range(LATENT_DIM):  # its σ is 0, so that samples are means
        assert_counts(histograms(app)[f"{EQ6} z{dimension}"], means[:, dimension])
    app.segmented_control(key="kl-axis").set_value("log").run()
    assert figures(app)[1]["layout"]["yaxis"]["type"] == "log"
    assert "flatten" not in texts(app)


def test_other_seeds_and_single_runs_are_drawn(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "distributions")
    choose_runs(app, "vae", "vae-seed1")
    drawn = histograms(app)
    assert drawn["vae-seed1 z0"]["name"] == "VAE (vae-seed1)"
    assert drawn["vae-seed1 z0"]["line"] != drawn["vae z0"]["line"]
    choose_runs(app, "mu-vae-1")
    assert not app.exception
    assert len(histograms(app)) == LATENT_DIM
    assert len(figures(app)[1]["data"]) == 1


@pytest.fixture
def spoilt(checkpoints: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(checkpoints, tmp_path / "checkpoints"))


def test_a_run_that_goes_is_named_and_hurts_no_other(
    monkeypatch: pytest.MonkeyPatch, spoilt: Path
) -> None:
    app = open_page(monkeypatch, spoilt, "distributions")
    (spoilt / "mnist" / "beta-vae" / "codes.safetensors").unlink()
    app.run()
    assert not app.exception
    assert "codes.safetensors" in app.sidebar.expander[0].markdown[0].value
    assert {meta.split()[0] for meta in histograms(app)} == {"vae", "mu-vae-1"}


def test_codes_that_have_no_histogram_are_named_and_hurt_no_other(
    monkeypatch: pytest.MonkeyPatch, spoilt: Path
) -> None:
    folder = spoilt / "mnist" / "beta-vae"
    codes = codes_of(folder)
    write_codes(folder, dataclasses.replace(codes, log_var=torch.full_like(codes.log_var, 700.0)))
    app = open_page(monkeypatch, spoilt, "distributions")
    assert not app.exception
    assert "beta-vae cannot be shown: " in app.error[0].value
    assert {meta.split()[0] for meta in histograms(app)} == {"vae", "mu-vae-1"}
    choose_runs(app, "beta-vae")
    assert not app.exception
    assert not app.get("plotly_chart")


def test_what_is_derived_is_kept_until_the_folder_changes(
    monkeypatch: pytest.MonkeyPatch, spoilt: Path
) -> None:
    monkeypatch.setenv("MUVAE_CHECKPOINTS", str(spoilt))
    for derive in (
        lambda: statistics.code_histograms("mnist", "vae", sampled=True),
        lambda: statistics.kl("mnist", "vae"),
    ):
        first = derive()
        assert derive() is first
        folder = spoilt / "mnist" / "vae"
        codes = codes_of(folder)
        write_codes(folder, dataclasses.replace(codes, mean=codes.mean + 1))
        second = derive()
        assert second is not first
        assert not np.array_equal(np.asarray(first, object), np.asarray(second, object))
    assert len(statistics.code_histograms("mnist", "vae", sampled=True)) == LATENT_DIM
    assert sum(statistics.code_histograms("mnist", "vae", sampled=False)[0].counts) == IMAGES


def test_hostile_link_values_do_no_harm(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> None:
    app = open_page(
        monkeypatch,
        checkpoints,
        "distributions",
        codes="<b>",
        arrangement="1e400",
        x_range="\0",
        kl_axis="-1",
    )
    assert not app.exception
    assert app.session_state["codes"] == "sampled"
    assert app.session_state["arrangement"] == "overlaid"
    assert app.session_state["kl-axis"] == "linear"
