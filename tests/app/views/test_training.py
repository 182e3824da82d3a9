"""The Training page through AppTest: what is drawn and told of the chosen runs."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from app_pages import open_page, texts
from apptest import ENDS, EPOCHS, choose_runs, figures, history, write_runs
from streamlit.testing.v1 import AppTest

from muvae import Measurement, load_run
from muvae.runs.writing import write_metrics


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_runs(tmp_path_factory.mktemp("served"))


def lines(app: AppTest) -> dict[str, Any]:
    """The drawn lines by run, quantity and split."""
    (figure,) = figures(app)
    return {trace["meta"]: trace for trace in figure["data"]}


def test_it_shows_the_test_values_of_the_papers_runs(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "training")
    assert not app.exception
    assert not app.error
    assert [title.value for title in app.title] == ["Training"]
    drawn = lines(app)
    quantities = ("reconstruction", "kl", "accuracy_sampled", "regularization")
    names = ("vae", "beta-vae", "mu-vae-1")
    assert set(drawn) == {f"{name} {it} test" for name in names for it in quantities}
    for name in names:
        records = history(*ENDS[name])
        for quantity in quantities:
            scale = 100 if quantity.startswith("accuracy") else 1
            expected = [scale * getattr(record.test, quantity) for record in records]
            assert drawn[f"{name} {quantity} test"]["y"] == pytest.approx(expected)
    assert "log axes show them all" not in texts(app)


def test_split_accuracy_and_axes_are_chosen_and_kept_in_the_address(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(
        monkeypatch, checkpoints, "training", split="both", accuracy="means", axes="log"
    )
    drawn = lines(app)
    assert len(drawn) == 3 * 4 * 2
    train = [100 * record.train.accuracy_mean for record in history(*ENDS["vae"])]
    assert drawn["vae accuracy_mean train"]["y"] == pytest.approx(train)
    assert drawn["vae accuracy_mean train"]["line"]["dash"] == "dash"
    assert drawn["vae accuracy_mean test"]["line"]["dash"] == "solid"
    layout = figures(app)[0]["layout"]
    assert [layout[f"yaxis{n}"]["type"] for n in ("", 2, 3, 4)] == ["log", "log", "linear", "log"]
    app.segmented_control(key="split").set_value("train").run()
    assert all(meta.endswith("train") for meta in lines(app))
    app.segmented_control(key="axes").set_value("linear").run()
    assert figures(app)[0]["layout"]["yaxis"]["type"] == "linear"


def test_an_eq6_run_comes_with_what_to_know_of_its_size(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "training")
    choose_runs(app, "vae", "mu-vae-1-eq6")
    assert not app.exception
    assert "μ-VAE#1 (Eq. 6) goes up to 4.0e+10 nats" in texts(app)
    assert "signed log" not in texts(app)
    app.segmented_control(key="axes").set_value("log").run()
    assert "log axes show them all" not in texts(app)
    assert "signed log" in texts(app)
    values = lines(app)["mu-vae-1-eq6 regularization test"]["customdata"]
    expected = [record.test.regularization for record in history(*ENDS["mu-vae-1-eq6"])]
    assert values == pytest.approx(expected)
    choose_runs(app, "vae", "beta-vae")
    assert "signed log" not in texts(app)


def test_other_seeds_are_runs_of_their_own(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "training")
    choose_runs(app, "vae", "vae-seed1")
    drawn = lines(app)
    first, second = (drawn[f"{name} kl test"] for name in ("vae", "vae-seed1"))
    assert second["name"] == "VAE (vae-seed1)"
    assert first["line"]["color"] != second["line"]["color"]
    assert first["legendgroup"] != second["legendgroup"]
    assert app.dataframe[0].value["seed"].tolist() == [0, 1]


def test_a_single_run_is_drawn(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> None:
    app = open_page(monkeypatch, checkpoints, "training")
    choose_runs(app, "mu-vae-1")
    assert not app.exception
    assert len(lines(app)) == 4
    assert len(app.dataframe[0].value) == 1


def test_the_table_tells_what_each_run_took_and_what_was_measured_of_it(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, tmp_path: Path
) -> None:
    """Its numbers are run.json's, as on all pages; the history's last epoch is one draw more."""
    root = Path(shutil.copytree(checkpoints, tmp_path / "checkpoints"))
    noisy = {
        "test_reconstruction": Measurement(16.718, 0.037, 32),
        "test_accuracy_sampled": Measurement(0.92685, 0.00203, 32),
    }
    write_metrics(root / "mnist" / "vae", noisy)
    app = open_page(monkeypatch, root, "training")
    assert "The curves are of one draw of codes an epoch" in texts(app)
    table = app.dataframe[0].value.set_index("run")
    assert list(table.index) == ["VAE", "β-VAE", "μ-VAE#1"]
    row = table.loc["VAE"]
    metrics = load_run(root / "mnist" / "vae").metrics
    assert row["epochs"] == EPOCHS
    assert row["minutes"] == pytest.approx((30 + 60 + 90 + 120) / 60)
    assert row["images/s"] == pytest.approx(EPOCHS * 30_000 / 300)  # 30,000 images an epoch
    assert row["trained on"] == "CPU (μ)"
    assert row["recon."] == "16.72 ± 0.04"
    assert row["acc. z"] == "92.7 ± 0.2"
    assert row["KL"] == metrics["test_kl"].value != history(*ENDS["vae"])[-1].test.kl
    assert row["reg."] == metrics["test_regularization"].value
    assert row["acc. μ"] == pytest.approx(100 * metrics["test_accuracy_mean"].value)
    assert row["active"] == metrics["test_active_units"].value
    assert row["best"] == 3
    app.segmented_control(key="accuracy").set_value("means").run()
    assert app.dataframe[0].value["best"].tolist() == [2, 2, 2]


def test_a_run_that_goes_is_named_and_hurts_no_other(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(checkpoints, tmp_path / "checkpoints"))
    app = open_page(monkeypatch, root, "training")
    (root / "mnist" / "beta-vae" / "history.csv").unlink()
    app.run()
    assert not app.exception
    assert "history.csv" in app.sidebar.expander[0].markdown[0].value
    assert {meta.split()[0] for meta in lines(app)} == {"vae", "mu-vae-1"}
    shutil.rmtree(root / "mnist" / "vae")
    app.run()
    assert not app.exception
    assert {meta.split()[0] for meta in lines(app)} == {"mu-vae-1"}


def test_hostile_link_values_do_no_harm(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> None:
    app = open_page(
        monkeypatch, checkpoints, "training", split="<b>", axes="../etc", accuracy="nan", runs="x"
    )
    assert not app.exception
    assert app.session_state["split"] == "test"
    assert app.session_state["axes"] == "linear"
    assert app.session_state["accuracy"] == "sampled codes"
