"""More runs than can stand side by side: the first twelve are shown, and it is said."""

import os
import shutil
from pathlib import Path

import pytest
from app_pages import open_page
from helpers import make_split
from served import served_run
from streamlit.testing.v1 import AppTest

from app.data import store
from muvae import DATASETS, Run, load_run
from muvae.datasets.test_split import write_dataset
from muvae.runs.writing import write_run

RUNS = 150
TWELVE = 12


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of one run under many names."""
    root = tmp_path_factory.mktemp("many")
    split = make_split(20)
    write_dataset(root / "mnist", DATASETS["mnist"], split)
    write_run(root / "mnist" / "vae", served_run("vae", "mnist", split, 0))
    for number in range(RUNS):
        folder = root / "mnist" / f"run{number:03}"
        shutil.copytree(root / "mnist" / "vae", folder, copy_function=os.link)
    return root


def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the runs that are read from now on."""
    store.HELD.clear()
    names: list[str] = []

    def read(path: str, *, images: int) -> Run:
        names.append(Path(path).name)
        return load_run(path, images=images)

    monkeypatch.setattr(store, "load_run", read)
    return names


def chosen(app: AppTest) -> list[str]:
    assert not app.exception
    return list(app.multiselect(key="runs").value)


def test_a_link_with_a_hundred_runs_shows_twelve_and_says_so(
    monkeypatch: pytest.MonkeyPatch, many: Path
) -> None:
    names = loaded(monkeypatch)
    links = [f"VAE (run{number:03})" for number in range(RUNS)]
    app = open_page(monkeypatch, many, "distributions", runs=links)
    assert chosen(app) == [f"run{number:03}" for number in range(TWELVE)]
    assert set(names) <= set(chosen(app))
    (toast,) = (toast.value for toast in app.toast)
    assert toast == "The link asks for 150 runs; the first 12, the most there can be, are shown."
    assert len(app.query_params["runs"]) == TWELVE
    assert not app.run().toast
    assert app.multiselect(key="runs").proto.max_selections == TWELVE


def test_as_many_as_there_can_be_are_not_spoken_of(
    monkeypatch: pytest.MonkeyPatch, many: Path
) -> None:
    links = [f"VAE (run{number:03})" for number in range(TWELVE)]
    app = open_page(monkeypatch, many, "training", runs=links * 2)
    assert len(chosen(app)) == TWELVE
    assert not app.toast


def test_a_browser_cannot_choose_more(monkeypatch: pytest.MonkeyPatch, many: Path) -> None:
    """What it says for the widget is no more trusted than a link."""
    names = loaded(monkeypatch)
    app = open_page(monkeypatch, many, "training")
    app.multiselect(key="runs").set_value([f"run{number:03}" for number in range(RUNS)]).run()
    assert len(chosen(app)) == TWELVE
    assert len(set(names)) <= TWELVE + 4  # those that were shown before


def test_objectives_reads_no_more_than_it_shows(
    monkeypatch: pytest.MonkeyPatch, many: Path
) -> None:
    names = loaded(monkeypatch)
    app = open_page(monkeypatch, many, "objectives")
    assert not app.exception
    assert len(set(names)) <= TWELVE
    assert f"The first 12 of the {RUNS + 1} runs are shown." in [it.value for it in app.caption]
