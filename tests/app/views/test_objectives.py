"""The page Objectives through AppTest, where its links lead, and whether its texts are true."""

import dataclasses
import shutil
from pathlib import Path
from typing import get_args

import app_pages
import numpy as np
import pytest
import torch
from helpers import REPOSITORY, SHIPPED
from streamlit.testing.v1 import AppTest

from app.pages import PAGES
from app.state.links import STATES, query
from app.state.registry import page_parameters
from app.ui.objective_cards import CARDS, card_of
from app.ui.objective_cards.card import View
from app.views.objectives import penalty
from muvae import DATASETS, OBJECTIVES, Run, load_run
from muvae.analysis.latent import standard_noise, traverse
from muvae.analysis.metrics import kl_per_dimension
from muvae.objectives import Objective
from muvae.objectives.beta import BetaElbo

MAIN = REPOSITORY / "app" / "main.py"


def open_page(
    monkeypatch: pytest.MonkeyPatch,
    root: Path,
    page: str = "objectives",
    query: dict[str, str | list[str]] | None = None,
) -> AppTest:
    return app_pages.open_page(monkeypatch, root, page, **(query or {}))


def headers(app: AppTest) -> list[str]:
    """The families' headings, which stand between the pen's and the terms'."""
    pens, *families, terms = (header.value for header in app.header)
    assert (pens, terms) == ("One dimension under the pen", "Terms")
    return families


def texts(app: AppTest) -> str:
    elements = [*app.markdown, *app.caption, *app.error, *app.code]
    return "\n".join(str(element.value) for element in elements)


def with_cards() -> dict[str, Objective]:
    """The registered objectives that have words and formulas."""
    return {name: each for name, each in OBJECTIVES.items() if type(each) in CARDS}


@pytest.mark.parametrize("dataset", list(DATASETS))
def test_every_objective_is_explained_and_measured(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, dataset: str
) -> None:
    title = DATASETS[dataset].title
    app = open_page(monkeypatch, checkpoints, query={"dataset": title})
    assert not app.exception
    assert not app.error
    assert headers(app) == list(penalty.families())
    shown = texts(app)
    formulas = "\n".join(str(element.value) for element in app.latex)
    columns = {}
    for table in app.table:
        frame = table.value
        for label in frame.columns[1:]:
            columns[label] = dict(zip(frame[title], frame[label], strict=True))
    for name, objective in with_cards().items():
        card = card_of(objective)
        assert str(card.formula) in formulas
        assert card.description in shown
        for term in card.terms:
            assert f"${term.formula}$" in shown
            assert term.meaning in shown
        for observation in card.observations:
            assert observation.text in shown
        metrics = load_run(checkpoints / dataset / name).metrics
        column = columns[objective.label]
        assert column["KL (Eq. 3), nats"] == f"{metrics['test_kl'].value:.2e}"
        assert column["Accuracy, means"] == f"{100 * metrics['test_accuracy_mean'].value:.2f} %"
        assert column["Sampled at σ (Figure 6)"] == f"{objective.sample_std:g}"
        assert column["Traversed over (Figure 7)"] == f"±{objective.traversal:g}"
        assert column["Aggregate std"] == "–"  # untrained, it has not been measured
    bounds = {label: column["Bound on ‖μ‖ (Eq. 5)"] for label, column in columns.items()}
    assert bounds["VAE"] == bounds["β-VAE"] == "none"
    assert bounds["μ-VAE#1"] == "3√10 = 9.49"
    assert bounds["μ-VAE#2 (Eq. 6)"] == "6√10 = 18.97"


def test_a_new_objective_appears_by_its_registry_entry_alone(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    mine = BetaElbo(name="mine", label="Mine", beta=2.5)
    with OBJECTIVES.including(mine):
        app = open_page(monkeypatch, checkpoints)
    assert not app.exception
    assert headers(app)[-1] == "Mine"
    assert "2.5" in app.latex[-1].value
    assert card_of(mine).description in texts(app)
    assert "- Mine 4.89: least at **σ = 1.00**" not in texts(app)
    assert "- Mine 1.42: least at **σ = 1.00**" in texts(app)  # 2.5/2 (exp(-2) + 2 - 1)
    assert "--objective mine" in app.code[-1].value


def test_an_objective_without_a_run_has_dashes_and_says_how_to_make_one(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(checkpoints, tmp_path / "checkpoints"))
    shutil.rmtree(root / "fashion-mnist" / "mu-vae-1-exp")
    shutil.rmtree(root / "fashion-mnist" / "mu-vae-2-exp")
    app = open_page(monkeypatch, root, query={"dataset": "Fashion-MNIST"})
    assert not app.exception
    frame = app.table[-1].value
    assert list(frame.columns) == ["Fashion-MNIST", "μ-VAE#1 (exp)", "μ-VAE#2 (exp)"]
    assert frame["μ-VAE#1 (exp)"].tolist()[3:] == ["–"] * (len(frame) - 3)
    command = "--dataset fashion-mnist --objective mu-vae-1-exp mu-vae-2-exp"
    assert [command in code.value for code in app.code] == [True]


def test_runs_of_other_seeds_have_columns_of_their_own(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(checkpoints, tmp_path / "checkpoints"))
    for seed in (1, 2, 3):
        shutil.copytree(root / "mnist" / "vae", root / "mnist" / f"vae-seed{seed}")
    app = open_page(monkeypatch, root)
    assert not app.exception
    own = [f"VAE (vae-seed{seed})" for seed in (1, 2, 3)]
    assert list(app.table[0].value.columns) == ["MNIST", "VAE", *own]


def test_a_broken_run_is_named_and_hurts_no_other(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(checkpoints, tmp_path / "checkpoints"))
    file = root / "mnist" / "vae" / "model.safetensors"
    file.write_bytes(file.read_bytes()[:100])
    app = open_page(monkeypatch, root)
    assert not app.exception
    assert "model.safetensors" in app.sidebar.expander[0].markdown[0].value
    assert "--objective vae" in app.code[0].value
    assert headers(app) == list(penalty.families())


def test_without_checkpoints_objectives_are_explained_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    app = open_page(monkeypatch, tmp_path)
    assert not app.exception
    assert f"There are no checkpoints in {tmp_path}" in app.error[0].value
    assert headers(app) == list(penalty.families())
    assert len(app.code) == len(penalty.families())
    assert not app.get("page_link")


def test_sliders_move_the_values_and_verdicts_tell_the_objectives_apart(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints)
    app.slider(key="pen-log-var").set_value(-4.0).run()
    shown = texts(app)
    assert "- VAE 1.51: least at **σ = 1.00**" in shown  # (exp(-4) + 4 - 1) / 2
    assert "- β-VAE 6.04: least at **σ = 1.00**" in shown
    assert "- μ-VAE 3.02: least at **σ = 1.00**" in shown
    assert "- μ-VAE (Eq. 6) -4.00: **no minimum**" in shown
    assert "- μ-VAE (exp) -0.98: **no minimum**" in shown
    app.slider(key="pen-mu").set_value(3.0).run()
    shown = texts(app)
    assert "- VAE 4.50: least at **μ = 0**" in shown
    assert "- μ-VAE, μ-VAE (Eq. 6), μ-VAE (exp) 0.00: **any μ costs the same**" in shown
    assert "- μ-VAE, μ-VAE (Eq. 6), μ-VAE (exp), unbalanced 3.00: least at **μ = 0**" in shown
    app.slider(key="pen-bound").set_value(6.0).run()
    assert "6·√2 = **8.49**" in texts(app)


def test_hostile_link_values_do_no_harm(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> None:
    hostile: dict[str, str | list[str]] = {
        "dataset": "<script>",
        "pen-mu": "nan",
        "pen-log-var": "1e9",
        "pen-bound": "-3",
    }
    app = open_page(monkeypatch, checkpoints, query=hostile)
    assert not app.exception
    assert not app.error


def test_every_view_has_a_place_and_every_page_is_in_the_navigation() -> None:
    assert set(STATES) == set(get_args(View))
    run = load_run(SHIPPED / "mnist" / "vae")
    for state in (make([run]) for make in STATES.values()):
        assert (state.page, state.title) in {(page.name, page.title) for page in PAGES}
    for page in PAGES:
        assert (MAIN.parent / page.file).is_file()


@pytest.mark.parametrize("view", get_args(View))
def test_a_link_names_widgets_of_its_page_and_values_that_they_take(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, view: View
) -> None:
    runs = [load_run(checkpoints / "mnist" / name) for name in ("mu-vae-2", "vae")]
    state = STATES[view](runs)
    parameters = query(state, DATASETS["mnist"], runs)
    assert parameters["runs"] == ["μ-VAE#2", "VAE"]
    app = open_page(monkeypatch, checkpoints, state.page, parameters)
    assert not app.exception
    assert not app.error
    assert not app.toast
    assert [title.value for title in app.title] == [state.title]
    assert app.session_state["dataset"] == "mnist"
    assert app.session_state["runs"] == ["mu-vae-2", "vae"]
    for name in state.query:
        assert any(each.owns(name) for each in page_parameters(state.page)), name


def test_observations_speak_of_registered_objectives() -> None:
    for objective in with_cards().values():
        observations = card_of(objective).observations
        assert len(observations) >= 2
        for observation in observations:
            assert set(observation.beside) <= set(OBJECTIVES)
            assert objective.name not in observation.beside


def test_members_of_a_family_differ_by_their_bound_alone() -> None:
    for members in penalty.families().values():
        same = {
            dataclasses.replace(member, name="any", label="Any", clip=None, traversal=1.0)
            for member in members
        }
        assert len(same) == 1
        assert len({member.clip for member in members}) == len(members)


# What the texts say, on the runs that are shipped: these hold after 12 epochs and after many.


@pytest.fixture(scope="module", params=list(DATASETS))
def shipped(request: pytest.FixtureRequest) -> dict[str, Run]:
    names = ("vae", "beta-vae", "mu-vae-1", "mu-vae-2", "mu-vae-1-eq6", "mu-vae-2-eq6")
    return {name: load_run(SHIPPED / request.param / name) for name in names}


def kl(run: Run) -> float:
    return run.metrics["test_kl"].value


def change(run: Run) -> list[float]:
    """Per dimension, how much the picture changes on its traversal: squared steps, summed."""
    dimensions = run.config.latent.dim
    width = run.objective.traversal
    origin = torch.zeros(dimensions)
    result = []
    for dimension in range(dimensions):
        images = run.vae.decode(traverse(origin, dimension, torch.linspace(-width, width, 9)))
        result.append(float(images.diff(dim=0).square().sum()))
    return result


def confidence(run: Run, sigma: float) -> float:
    codes = standard_noise(500, run.config.latent.dim, 0) * sigma
    return float(torch.softmax(run.classifier(codes), 1).max(1).values.mean())


def test_vae_s_texts_are_true(shipped: dict[str, Run]) -> None:
    vae = shipped["vae"]
    errors = {name: run.metrics["test_reconstruction"].value for name, run in shipped.items()}
    assert errors["beta-vae"] > errors["vae"] > errors["mu-vae-1"]
    codes = vae.codes.mean + torch.exp(0.5 * vae.codes.log_var) * standard_noise(
        len(vae.codes), vae.config.latent.dim, 0
    )
    assert codes.mean(0).abs().max() < 0.3
    assert ((codes.std(0) > 0.8) & (codes.std(0) < 1.2)).all()
    assert ((codes.abs() <= 2).float().mean(0) > 0.9).all()


def test_beta_vae_s_texts_are_true(shipped: dict[str, Run]) -> None:
    run = shipped["beta-vae"]
    divergence = np.sort(kl_per_dimension(run.codes.mean.numpy(), run.codes.log_var.numpy()))
    assert kl(run) == min(kl(other) for other in shipped.values())
    assert (divergence < 0.1 * divergence[-1]).sum() >= 2  # "far below", "several"
    hardly = sorted(change(run))[:2]
    assert max(hardly) < 0.1 * min(change(shipped["mu-vae-1"]))
    accuracy, vae_s = (each.metrics["test_accuracy_mean"].value for each in (run, shipped["vae"]))
    assert accuracy < vae_s


def test_mu_vae_s_texts_are_true(shipped: dict[str, Run]) -> None:
    for name, spread in (("mu-vae-1", 3.0), ("mu-vae-2", 5.5)):
        run = shipped[name]
        bound = run.config.latent.bound
        assert bound is not None
        assert run.codes.mean.norm(dim=1).mean() > 0.8 * bound  # "near the bound"
        assert (run.codes.mean.norm(dim=1) > 2 * 10**0.5).float().mean() > 0.95  # "the middle"
        assert run.metrics["aggregate_std"].value == pytest.approx(spread, rel=0.2)
        assert confidence(run, 3.0) > confidence(run, 1.0)
        means = run.codes.mean.mean(0)  # "only the sum": each has its own, and they cancel
        assert abs(means.sum()) < 0.5 * means.abs().sum()
        width = run.objective.traversal
        origin = torch.zeros(run.config.latent.dim)
        classes = [
            len(set(run.classifier(traverse(origin, d, values)).argmax(1).tolist()))
            for d in range(len(origin))
            for values in [torch.linspace(-width, width, 40)]
        ]
        assert sum(count >= 2 for count in classes) >= 0.8 * len(classes)  # "nearly all"
        assert min(change(run)) > 2 * max(sorted(change(shipped["beta-vae"]))[:2])


def test_eq_6_s_texts_are_true(shipped: dict[str, Run]) -> None:
    for name in ("mu-vae-1-eq6", "mu-vae-2-eq6"):
        run, other = shipped[name], shipped[name.removesuffix("-eq6")]
        epochs = [record.test.kl for record in run.history]
        assert epochs[0] > 1e6
        assert epochs[-1] > 1e9
        assert epochs == sorted(epochs)
        assert torch.exp(0.5 * run.codes.log_var).max() == 0
        norms = run.codes.mean.norm(dim=1)
        assert norms.min() == pytest.approx(run.config.latent.bound, rel=1e-3)
        assert confidence(run, 3.0) > max(0.8, confidence(other, 3.0))
        assert min(change(run)) > max(change(other))
