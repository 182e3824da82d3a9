"""Objectives that the app has no card for, on every page: trained, finished, written and shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from app_pages import open_page, texts
from helpers import make_config, make_split
from objective_examples import EXAMPLES

from app.pages import PAGES
from app.ui.objective_cards import card_of
from muvae import DATASETS, OBJECTIVES, ModelConfig, load_run
from muvae.datasets.test_split import write_dataset
from muvae.runs.folder import write_run
from muvae.training.finish import finish
from muvae.training.loop import fit
from muvae.training.state import new_state

NAMES = [example.name for example in EXAMPLES]


@pytest.fixture(autouse=True, scope="module")
def _examples() -> Iterator[None]:
    with OBJECTIVES.including(*EXAMPLES):
        yield


@pytest.fixture(scope="module")
def checkpoints(_examples: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of each, trained for an epoch."""
    torch.set_num_threads(1)
    root, split = tmp_path_factory.mktemp("checkpoints"), make_split(40)
    write_dataset(root / "mnist", DATASETS["mnist"], split)
    for name in NAMES:
        model = ModelConfig(latent_dim=10)
        state = new_state(make_config(name=name, objective=name, epochs=1, model=model))
        list(fit(state, split, split))
        write_run(root / "mnist" / name, finish(state, split, {}))
    return root


@pytest.mark.parametrize("name", NAMES)
def test_its_run_is_read_with_its_objective(checkpoints: Path, name: str) -> None:
    run = load_run(checkpoints / "mnist" / name)
    assert run.objective == OBJECTIVES[name]
    recorded, one_draw = run.metrics["test_regularization"], run.history[-1].test.regularization
    assert recorded.draws in (None, 32)
    assert abs(recorded.value - one_draw) <= 6 * (recorded.sd or 0.0) + 1e-6 * abs(one_draw)


def test_without_a_card_there_are_words_but_no_formula() -> None:
    card = card_of(OBJECTIVES["adversarial"])
    assert (card.family, card.formula, card.charted) == ("Adversarial", None, False)
    assert card.summary == "weight = 5, hidden = 16, learning_rate = 0.001"
    assert card.description.startswith("Squared error plus λ times how surely codes are told from")
    assert (card.terms, card.observations) == ((), ())


@pytest.mark.parametrize("page", [page.name for page in PAGES])
def test_every_page_shows_it(monkeypatch: pytest.MonkeyPatch, checkpoints: Path, page: str) -> None:
    app = open_page(monkeypatch, checkpoints, page)
    assert not app.exception
    assert app.session_state["runs"] == NAMES
    assert app.multiselect(key="runs").options == [OBJECTIVES[name].label for name in NAMES]


def test_pages_head_its_runs_with_its_parameters(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    shown = texts(open_page(monkeypatch, checkpoints, "sample"))
    assert "**Warm-up** warm_up = 6 · means not clipped" in shown


def test_objectives_explains_it_by_its_docstring(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "objectives")
    assert [header.value for header in app.header][-5:-1] == [each.label for each in EXAMPLES]
    assert "Gaussian kernel (Zhao et al. 2019, Section 3.2)" in texts(app)
    assert "learning_rate = 0.01" in texts(app)
    formulas = [element.value for element in app.latex]
    assert len(formulas) == 5  # those of the families that have cards
    assert "- Warm-up" not in texts(app)  # no curve of it is drawn
