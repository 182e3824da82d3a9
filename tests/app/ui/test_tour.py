"""The tour: states that show findings, numbers of the runs, and when it shows itself."""

import shutil
from pathlib import Path

import pytest
import torch
from app_pages import address
from helpers import REPOSITORY
from patience import PATIENCE
from streamlit.testing.v1 import AppTest

from app.state.links import query
from app.ui import tour
from app.ui.tour_findings import FINDINGS, SAMPLES, WIDE, Demonstration, random_indices
from muvae import DATASETS, Run, load_run
from muvae.analysis.latent import standard_noise
from muvae.datasets.test_split import read_test_split
from muvae.errors import CheckpointError

PAGES = ("Reconstruct", "Clusters", "Traverse", "Sample")
SHIPPED = REPOSITORY / "checkpoints"


def start(monkeypatch: pytest.MonkeyPatch, root: Path, **query: str) -> AppTest:
    """The default page of somebody who comes for the first time, or by a link."""
    monkeypatch.setenv("MUVAE_CHECKPOINTS", str(root))
    monkeypatch.setattr(tour, "has_seen", lambda: False)
    app = AppTest.from_file(str(REPOSITORY / "app" / "main.py"), default_timeout=PATIENCE)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def labels(app: AppTest) -> list[str]:
    """What the tour's buttons say, in their order."""
    return [button.label for button in app.main.button if str(button.key).startswith("tour-")]


def text(app: AppTest) -> str:
    """What the tour says, its heading first."""
    return "\n".join(markdown.value for markdown in app.main.markdown[:2])


def sound(app: AppTest) -> AppTest:
    assert not app.exception
    assert not app.error
    return app


def test_it_shows_itself_at_the_first_visit_alone(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = sound(start(monkeypatch, checkpoints))
    assert labels(app) == [
        *(f"{at} · {finding.title}" for at, finding in enumerate(FINDINGS, 1)),
        "Close",
    ]
    app.number_input(key="count").set_value(5).run()
    assert labels(app), "it goes away because somebody tries a control"
    app.button(key="tour-close").click().run()
    assert labels(sound(app)) == []
    monkeypatch.setattr(tour, "has_seen", lambda: True)
    later = AppTest.from_file(str(REPOSITORY / "app" / "main.py"), default_timeout=PATIENCE).run()
    assert labels(sound(later)) == []


def test_a_link_opens_without_it(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> None:
    assert labels(sound(start(monkeypatch, checkpoints, count="5"))) == []


def test_the_sidebars_button_brings_it_where_one_is(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = start(monkeypatch, checkpoints, dataset="Fashion-MNIST")
    app.switch_page("views/training/page.py").run()
    app.sidebar.button[0].click().run()
    assert len(labels(sound(app))) == len(FINDINGS) + 1
    app.switch_page("views/results/page.py").run()
    assert labels(app) == []


def test_each_click_opens_a_page_in_its_state(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = start(monkeypatch, checkpoints)
    app.button(key="tour-0").click().run()
    for at, finding in enumerate(FINDINGS):
        assert [title.value for title in sound(app).title] == [PAGES[at]]
        assert f"{at + 1} of {len(FINDINGS)} · {finding.title}" in text(app)
        assert set(app.session_state["runs"]) == set(finding.needs)
        if at + 1 < len(FINDINGS):
            app.button(key="tour-next").click().run()
    assert labels(app) == ["Back", "End"]
    app.button(key="tour-back").click().run()
    assert [title.value for title in sound(app).title] == [PAGES[-2]]
    app.button(key="tour-close").click().run()
    assert labels(app) == []
    assert [title.value for title in app.title] == [PAGES[-2]]


def test_the_address_of_a_stop_is_that_of_its_state(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    """So that it can be shared; what has its usual value is left out of it."""
    dataset = "fashion-mnist"
    app = start(monkeypatch, checkpoints, dataset=DATASETS[dataset].title)
    app.segmented_control(key="choose").set_value("by class").run()
    app.sidebar.button[0].click().run()
    app.button(key="tour-0").click().run()
    for at in range(len(FINDINGS)):
        shown = found(checkpoints, dataset, at)
        asked = query(shown.state, DATASETS[dataset], shown.runs)
        here = address(app)
        assert app.session_state["dataset"] == dataset
        assert app.session_state["runs"] == [run.name for run in shown.runs]
        for name, value in here.items():
            wanted = asked[name] if isinstance(asked[name], list) else [asked[name]]
            assert value == wanted
        if at + 1 < len(FINDINGS):
            app.button(key="tour-next").click().run()


def test_it_ends_with_the_models_that_it_began_with(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = start(monkeypatch, checkpoints, dataset="Fashion-MNIST", runs="μ-VAE#2")
    app.sidebar.button[0].click().run()
    app.button(key="tour-0").click().run()
    assert app.session_state["runs"] == ["vae", "beta-vae"]
    app.radio(key="dataset").set_value("mnist").run()
    app.button(key="tour-next").click().run()
    app.button(key="tour-close").click().run()
    assert [title.value for title in sound(app).title] == ["Clusters"]
    assert app.session_state["dataset"] == "fashion-mnist"
    assert app.session_state["runs"] == ["mu-vae-2"]
    assert app.query_params["runs"] == "μ-VAE#2"


def test_a_finding_opened_again_shows_it_again(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = start(monkeypatch, checkpoints)
    for _ in range(2):
        app.sidebar.button[0].click().run()
        app.button(key="tour-3").click().run()
        assert "sigma-vae" in app.query_params
        app.segmented_control(key="source").set_value("aggregate posterior").run()
        assert "sigma-vae" not in app.query_params
        app.button(key="tour-close").click().run()


def found(root: Path, dataset: str, at: int) -> Demonstration:
    """A finding, shown by the runs of a folder."""
    runs = [load_run(root / dataset / name) for name in FINDINGS[at].needs]
    shown = FINDINGS[at].show(DATASETS[dataset], read_test_split(root / dataset), runs)
    assert isinstance(shown, Demonstration)
    return shown


def test_without_its_runs_a_finding_is_not_offered(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(checkpoints, tmp_path / "checkpoints"))
    for dataset in DATASETS:
        shutil.rmtree(root / dataset / "mu-vae-1-eq6")
    shutil.rmtree(root / "mnist" / "beta-vae")
    app = sound(start(monkeypatch, root))
    assert [app.button(key=f"tour-{at}").disabled for at in range(4)] == [False, True, False, False]
    assert "mu-vae-1-eq6" in app.button(key="tour-1").help
    app.button(key="tour-0").click().run()
    assert app.session_state["dataset"] == "fashion-mnist", "MNIST lacks its run"
    app.button(key="tour-next").click().run()
    assert [title.value for title in sound(app).title] == ["Traverse"]


def test_a_run_that_cannot_be_read_is_said_where_one_is(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = start(monkeypatch, checkpoints)

    def gone(dataset: str, name: str) -> Run:
        raise CheckpointError(f"{dataset}/{name} is gone")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("app.ui.tour.store.run", gone)
        app.button(key="tour-0").click().run()
    assert not app.exception
    assert "This cannot be shown: mnist/vae is gone." in text(app)


# The numbers, measured anew on the shipped runs.


@pytest.fixture(scope="module")
def shipped() -> dict[str, Run]:
    names = ("vae", "beta-vae", "mu-vae-1", "mu-vae-2", "mu-vae-1-eq6")
    return {name: load_run(SHIPPED / "mnist" / name) for name in names}


def test_the_collapse_is_counted(shipped: dict[str, Run]) -> None:
    shown = found(SHIPPED, "mnist", 0)
    active = {name: int((run.codes.mean.var(dim=0) > 0.01).sum()) for name, run in shipped.items()}
    assert active["beta-vae"] < active["vae"] == 10
    assert f"**{active['beta-vae']} of 10**" in shown.text
    error = float(shipped["beta-vae"].codes.squared_error.double().mean())
    assert f"**{error:.1f}**" in shown.text
    assert int(shown.state.query["image"]) in random_indices(10_000, 10, seed=0)


def test_the_sphere_is_measured(shipped: dict[str, Run]) -> None:
    shown = found(SHIPPED, "mnist", 1)
    norms = shipped["mu-vae-1-eq6"].codes.mean.norm(dim=1)
    share = 100 * float((norms > 0.99 * 3 * 10**0.5).double().mean())
    assert share > 99
    assert f"**{share:.1f} %**" in shown.text
    assert "3√10 = 9.49" in shown.text


@pytest.mark.parametrize("dataset", list(DATASETS))
def test_the_dimension_has_two_classes_and_none_is_surer(dataset: str) -> None:
    shown = found(SHIPPED, dataset, 2)
    surest = 0.0
    for run in shown.runs:
        reach = run.objective.traversal
        for axis in range(10):
            ends = torch.zeros(2, 10)
            ends[:, axis] = torch.tensor([-reach, reach])
            with torch.inference_mode():
                read = torch.softmax(run.classifier(ends), dim=1)
            shares, classes = read.max(dim=1)
            if run is shown.runs[0] and shown.state.query["strip"] == f"z{axis}":
                assert classes[0] != classes[1]
                for label in classes.tolist():
                    assert DATASETS[dataset].classes[label] in shown.text
                chosen = float(shares.min())
            if classes[0] != classes[1]:
                surest = max(surest, float(shares.min()))
    assert chosen == surest > 0.9


def test_the_wide_noise_fits_one_run_alone(shipped: dict[str, Run]) -> None:
    shown = found(SHIPPED, "mnist", 3)
    draws = WIDE * standard_noise(SAMPLES, 10, seed=0)
    assert f"**{float(draws.norm(dim=1).mean()):.1f}**" in shown.text
    for name in ("vae", "mu-vae-1"):
        run = shipped[name]
        spread = float(
            (run.codes.mean.var(dim=0) + run.codes.log_var.exp().mean(dim=0)).sqrt().mean()
        )
        assert f"{spread:.2f}" in shown.text
        assert f"**{float(run.codes.mean.norm(dim=1).mean()):.1f}**" in shown.text
    away = torch.cdist(draws, shipped["vae"].codes.mean).min(dim=1).values
    assert float(away.min()) > 2, "some draws lie among the VAE's codes"
    assert f"{SAMPLES} of the {SAMPLES} draws are off its data" in shown.text


def test_the_first_stop_counts_the_red_guesses_that_are_there(shipped: dict[str, Run]) -> None:
    shown = found(SHIPPED, "mnist", 0)
    indices = random_indices(10_000, 10, seed=0)
    labels = read_test_split(SHIPPED / "mnist").labels[indices]
    with torch.inference_mode():
        read = shipped["beta-vae"].classifier(shipped["beta-vae"].codes.mean[indices])
    wrong = int((read.argmax(1) != labels).sum())
    assert ("in red" in shown.text) == (wrong > 0)
    assert f"{wrong} of the 10" in shown.text or not wrong


def test_the_last_stop_explains_the_number_under_its_samples(shipped: dict[str, Run]) -> None:
    shown = found(SHIPPED, "mnist", 3)
    draws = WIDE * standard_noise(SAMPLES, 10, seed=0)
    for name in ("vae", "mu-vae-1"):
        with torch.inference_mode():
            shares = torch.softmax(shipped[name].classifier(draws), dim=1)
        assert f"{float(shares.max(1).values.mean()):.2f}" in shown.text
