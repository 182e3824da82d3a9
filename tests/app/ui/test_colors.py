"""A run has one colour, whichever runs it is compared with."""

import shutil
from pathlib import Path

import pytest
import streamlit as st
from helpers import make_run, make_split

from app.data import store
from app.state.sidebar import Selection
from app.ui import live_payload
from app.ui.colors import run_number
from muvae import OBJECTIVES
from muvae.datasets.builtin import DATASETS
from muvae.datasets.test_split import write_dataset
from muvae.runs.writing import write_run

NAMES = ("vae", "mu-vae-2-exp", "vae-seed1", "vae-seed2", "mine")


@pytest.fixture
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two datasets with three runs of one objective, and others."""
    monkeypatch.setenv("MUVAE_CHECKPOINTS", str(tmp_path))
    st.cache_resource.clear()
    for dataset in ("mnist", "fashion-mnist"):
        write_dataset(tmp_path / dataset, DATASETS[dataset], make_split(12))
        for name in NAMES:
            objective = name if name in OBJECTIVES else "vae"
            run = make_run(name=name, dataset=dataset, objective=objective)
            write_run(tmp_path / dataset / name, run)
    return tmp_path


def colors(*names: str, dataset: str = "mnist") -> dict[str, str]:
    """The colours that live views are told."""
    runs = tuple(store.run(dataset, name) for name in names)
    selection = Selection(store.datasets()[dataset], store.test_split(dataset), runs)
    return {told["name"]: told["color"] for told in live_payload.describe(selection)}


@pytest.mark.usefixtures("checkpoints")
def test_each_run_has_a_colour_of_its_own_in_any_company() -> None:
    together = colors(*NAMES)
    assert len(set(together.values())) == len(NAMES)
    for name in NAMES:
        assert colors(name) == {name: together[name]}
    assert colors(*reversed(NAMES[1:])) == {name: together[name] for name in NAMES[1:]}
    assert colors(*NAMES, dataset="fashion-mnist") == together


def test_known_runs_keep_their_colours_when_others_come_and_go(checkpoints: Path) -> None:
    before = colors("vae", "mu-vae-2-exp", "mine")
    assert [run_number("mnist", name) for name in OBJECTIVES] == list(range(len(OBJECTIVES)))
    write_run(checkpoints / "mnist" / "zeta", make_run(name="zeta"))
    assert colors("vae", "mu-vae-2-exp", "mine") == before
    shutil.rmtree(checkpoints / "mnist" / "vae-seed1")
    shutil.rmtree(checkpoints / "mnist" / "mu-vae-2-exp")
    assert colors("vae", "mine") == {name: before[name] for name in ("vae", "mine")}


def test_a_broken_folder_keeps_its_number(checkpoints: Path) -> None:
    before = colors("vae-seed2")
    (checkpoints / "mnist" / "mine" / "run.json").write_text("{")
    assert colors("vae-seed2") == before


def test_a_run_that_has_gone_meanwhile_still_has_a_number(checkpoints: Path) -> None:
    shutil.rmtree(checkpoints / "mnist" / "mine")
    assert run_number("mnist", "mine") == len(OBJECTIVES)
    assert run_number("nowhere", "mine") == len(OBJECTIVES)
