"""The Results page: the paper's table beside ours, its statements, and the variance forms."""

import shutil
from pathlib import Path

import pytest
from app_pages import open_page, texts, tiles
from paper_metrics import paper_metrics

from app.data.inference import decode
from muvae import DATASETS, OBJECTIVES, Measurement, load_run
from muvae.analysis.latent import standard_noise
from muvae.replication import STATEMENTS, read_measured
from muvae.replication.paper import TABLE_1
from muvae.runs.writing import write_metrics


@pytest.fixture(scope="module")
def checkpoints(served_checkpoints: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("measured") / "checkpoints"
    shutil.copytree(served_checkpoints, root)
    for dataset in DATASETS:
        for name in OBJECTIVES:
            write_metrics(root / dataset / name, paper_metrics(dataset, name))
        noisy = Measurement(TABLE_1[dataset]["vae"] / 100 + 1e-6, 0.003, 32)
        write_metrics(root / dataset / "vae", {"test_accuracy_sampled": noisy})
    return root


@pytest.mark.parametrize("dataset", list(DATASETS))
def test_the_table_has_the_paper_s_figures_and_ours(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, dataset: str
) -> None:
    app = open_page(monkeypatch, checkpoints, "results", dataset=DATASETS[dataset].title)
    assert not app.exception
    assert not app.error
    shown = texts(app)
    for name, paper in TABLE_1[dataset].items():
        metrics = load_run(checkpoints / dataset / name).metrics
        sampled, means = (100 * metrics[f"test_accuracy_{of}"].value for of in ("sampled", "mean"))
        noise = " ± 0.3" if name == "vae" else ""
        row = f"| {OBJECTIVES[name].label} | {paper:.2f} | {sampled:.1f}{noise} "
        assert f"{row}| {sampled - paper:+.1f} | {means:.2f} | one seed |" in shown


def test_every_statement_is_there_with_what_decides_it(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "results")
    shown, measured = texts(app), read_measured(checkpoints)
    holding = 0
    for statement in STATEMENTS:
        verdict = statement.verdict(measured)
        holding += verdict.holds is True
        mark = {True: "check_circle", False: "cancel", None: "help"}[verdict.holds]
        assert f"{mark}:] **{statement.claim}**" in shown
        assert verdict.evidence in shown
    assert f"{holding} of {len(STATEMENTS)} hold on MNIST and Fashion-MNIST" in shown
    assert holding > 10


def test_the_forms_samples_are_the_decoders(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "results")
    grids = tiles(app)
    names = [name for name in OBJECTIVES if name.startswith("mu-vae")]
    assert sorted(grids) == sorted(f"variance-{name}" for name in names)
    for name in names:
        run = load_run(checkpoints / "mnist" / name)
        expected = decode(run, standard_noise(10, 10, seed=0) * 3)
        assert (grids[f"variance-{name}"]["pixels"] == expected).all()


def test_one_run_that_is_broken_and_one_not_measured_are_said(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, served_checkpoints: Path, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(checkpoints, tmp_path / "checkpoints"))
    (root / "mnist" / "beta-vae" / "run.json").write_text("{")
    for path in (root / "mnist").glob("mu-vae-1*"):
        shutil.rmtree(path)
    shutil.copytree(served_checkpoints / "mnist" / "mu-vae-1", root / "mnist" / "mu-vae-1")
    app = open_page(monkeypatch, root, "results")
    assert not app.exception
    warnings = [warning.value for warning in app.warning]
    assert any("Left out: " in text and "beta-vae/run.json" in text for text in warnings)
    assert "The forms cannot be compared: mu-vae-1 has no mean_log_var" in "\n".join(warnings)
    assert "undecided: there is no run beta-vae of mnist" in texts(app)
    assert "scripts/measure.py" in texts(app)
