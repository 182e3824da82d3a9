"""Datasets of one's own in the app, and folders that come, are broken, or go while it runs."""

import json
import logging
import shutil
import sys
from pathlib import Path

import pytest
import torch
from helpers import REPOSITORY, make_split
from own import write_own
from patience import PATIENCE
from served import served_run
from streamlit.testing.v1 import AppTest

from app.data.fingerprints import tree_fingerprint
from app.server.arguments import take_arguments
from app.ui.markdown import plain
from muvae import Split
from muvae.datasets.builtin import DATASETS
from muvae.datasets.spec import read_description
from muvae.datasets.test_split import write_dataset
from muvae.runs.writing import write_run

MAIN = str(REPOSITORY / "app" / "main.py")
VIEWS = (
    "reconstruct",
    "sample",
    "traverse",
    "clusters",
    "interpolate",
    "arithmetic",
    "training",
    "distributions",
    "results",
    "toy_plane",
    "objectives",
)
RUN_FILES = (
    "run.json",
    "networks.json",
    "history.csv",
    "model.safetensors",
    "classifier.safetensors",
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MNIST beside three datasets of one's own: of 2, 3 and 26 classes."""
    root = tmp_path_factory.mktemp("checkpoints")
    torch.set_num_threads(1)
    split = make_split(60)
    write_dataset(root / "mnist", DATASETS["mnist"], split)
    write_run(root / "mnist" / "vae", served_run("vae", "mnist", split, 0))
    write_own(root, "coins", 2)
    write_own(root, "three", 3, dims=(2, 3, 32), toy=True)
    write_own(root, "letters", 26)
    return root


@pytest.fixture
def copied(served: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(served, tmp_path / "copy"))


def open_app(monkeypatch: pytest.MonkeyPatch, root: Path, dataset: str = "three") -> AppTest:
    monkeypatch.setenv("MUVAE_CHECKPOINTS", str(root))
    app = AppTest.from_file(MAIN, default_timeout=PATIENCE)
    app.query_params["dataset"] = {"mnist": "MNIST"}.get(dataset, f"My {dataset}")
    return app.run()


def texts(app: AppTest) -> str:
    parts = (app.markdown, app.caption, app.info, app.warning, app.error, app.header, app.code)
    return "\n".join(str(element.value) for part in parts for element in part)


def broken(app: AppTest) -> list[str]:
    """What the sidebar says of folders that cannot be shown."""
    found = [each for each in app.sidebar.expander if "cannot be shown" in each.label]
    return [str(it.value).replace("\\", "") for each in found for it in each.markdown]


def offered(app: AppTest) -> list[str]:
    return list(app.multiselect(key="runs").options)


@pytest.mark.parametrize("dataset", ["coins", "three", "letters"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_page_shows_data_of_one_s_own(
    monkeypatch: pytest.MonkeyPatch, served: Path, dataset: str, view: str
) -> None:
    app = open_app(monkeypatch, served, dataset).switch_page(f"views/{view}/page.py").run()
    assert not app.exception
    assert not app.error
    assert app.radio(key="dataset").value == dataset
    assert app.title


@pytest.mark.parametrize("view", VIEWS)
def test_every_page_shows_codes_of_any_size(
    monkeypatch: pytest.MonkeyPatch, served: Path, view: str
) -> None:
    app = open_app(monkeypatch, served)
    names = ["mu-vae-1-z2", "mu-vae-1-z3", "mu-vae-1-z32"]
    app = app.multiselect(key="runs").set_value(names).run()
    app = app.switch_page(f"views/{view}/page.py").run()
    assert not app.exception
    assert not app.error


def test_names_of_classes_are_text_wherever_they_stand(
    monkeypatch: pytest.MonkeyPatch, served: Path
) -> None:
    """Class 0 is called <b>bold</b>, class 1 a*b_c$d$."""
    app = open_app(monkeypatch, served)
    app.segmented_control(key="choose").set_value("by class").run()
    assert list(app.selectbox(key="class").options) == ["<b>bold</b>", "a*b_c$d$", "class 2"]
    for label, name in enumerate(("<b>bold</b>", "a*b_c$d$")):
        app.selectbox(key="class").set_value(label).run()
        assert app.header[0].value.endswith(f": {plain(name)}")
        assert plain(name) != name
        assert "<b>" not in texts(app)


def test_a_class_without_test_images_is_told(monkeypatch: pytest.MonkeyPatch, copied: Path) -> None:
    split = make_split(60)
    folder = copied / "letters"
    write_dataset(folder, read_description(folder), Split(split.images, 0 * split.labels))
    app = open_app(monkeypatch, copied, "letters")
    app.segmented_control(key="choose").set_value("by class").run()
    app.selectbox(key="class").set_value(5).run()
    assert not app.exception
    assert app.info[0].value == "No test image is of class class 5."


def test_results_say_that_the_paper_has_no_such_dataset(
    monkeypatch: pytest.MonkeyPatch, served: Path
) -> None:
    app = open_app(monkeypatch, served).switch_page("views/results/page.py").run()
    assert "The paper has no dataset My three, so there is nothing to set" in app.info[0].value
    assert "| VAE | 3 | 91.2 | 33.33 |" in texts(app)
    assert "From three.npz: made here." in texts(app)


def test_commands_for_data_of_one_s_own_name_its_path(
    monkeypatch: pytest.MonkeyPatch, served: Path
) -> None:
    app = open_app(monkeypatch, served, "coins").switch_page("views/objectives/page.py").run()
    assert "scripts/train.py --dataset PATH --objective beta-vae" in texts(app)
    app = app.switch_page("views/toy_plane/page.py").run()
    assert "--toy --epochs 20 --dataset PATH" in texts(app)


def test_a_run_that_is_dropped_in_is_offered_once_it_is_whole(
    monkeypatch: pytest.MonkeyPatch, copied: Path
) -> None:
    app = open_app(monkeypatch, copied)
    before, source = offered(app), copied / "three" / "vae"
    folder = copied / "three" / "dropped"
    folder.mkdir()
    versions = [tree_fingerprint(copied)]
    for name in RUN_FILES:
        content = (source / name).read_bytes()
        for part in (content[: len(content) // 2], content):  # as if it were still arriving
            (folder / name).write_bytes(part)
            app.run()
            assert not app.exception
            assert offered(app) == before
            (problem,) = broken(app)
            assert problem.startswith(f"**dropped:** {folder}")
            assert problem.endswith(".")
        versions.append(tree_fingerprint(copied))
    shutil.copy(source / "codes.safetensors", folder)
    app.run()
    assert set(offered(app)) - set(before) == {"VAE (dropped)"}
    assert broken(app) == []
    assert len({*versions, tree_fingerprint(copied)}) == len(versions) + 1
    app.multiselect(key="runs").set_value(["dropped"]).run()
    assert "**VAE (dropped)**" in texts(app)
    shutil.rmtree(folder)
    app.run()
    assert not app.exception
    assert offered(app) == before


def test_a_dataset_that_is_dropped_in_is_offered(
    monkeypatch: pytest.MonkeyPatch, copied: Path, tmp_path: Path
) -> None:
    shutil.move(copied / "letters", tmp_path / "letters")
    app = open_app(monkeypatch, copied)
    assert list(app.radio(key="dataset").options) == ["MNIST", "My coins", "My three"]
    shutil.copytree(tmp_path / "letters", copied / "letters")
    app.run()
    assert list(app.radio(key="dataset").options) == ["MNIST", "My coins", "My letters", "My three"]


def test_folders_that_cannot_be_shown_are_listed_in_one_place(
    monkeypatch: pytest.MonkeyPatch, copied: Path
) -> None:
    (copied / "stray").mkdir()
    (copied / "coins" / "dataset.json").write_text("{}")
    for number in range(30):
        folder = copied / "three" / f"bad{number:02}"
        shutil.copytree(copied / "three" / "vae", folder)
        (folder / "run.json").write_text('{"x": "' + "y" * 2000)
    path = copied / "three" / "mu-vae-1" / "run.json"
    values = json.loads(path.read_text())
    values["config"]["dataset"] = "mnist"
    path.write_text(json.dumps(values))
    app = open_app(monkeypatch, copied)
    (expander,) = app.sidebar.expander
    assert expander.label == "33 folders cannot be shown"
    told = broken(app)
    assert told[0].startswith(f"**coins:** {copied}/coins/dataset.json: Description lacks the key")
    assert told[1] == (f"**stray:** {copied}/stray is no dataset's folder: it has no dataset.json.")
    assert told[-1] == "And 13 more."
    assert all(len(each) < 700 for each in told)
    assert "μ-VAE#1" not in offered(app)
    assert not app.exception
    assert not app.error


def test_test_images_that_change_are_read_again(
    monkeypatch: pytest.MonkeyPatch, copied: Path
) -> None:
    path = copied / "three" / "test.npz"
    whole = path.read_bytes()
    app = open_app(monkeypatch, copied)
    path.write_bytes(whole[: len(whole) // 2])
    app.run()
    assert f"{path} cannot be read" in app.error[0].value.replace("\\", "")
    path.write_bytes(whole)
    app.run()
    assert not app.error


def test_the_flag_takes_the_place_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from app.data import store

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MUVAE_CHECKPOINTS", "elsewhere")
    monkeypatch.setattr(sys, "argv", [MAIN, "--checkpoints", "mine"])
    with caplog.at_level(logging.WARNING):
        take_arguments(MAIN)
    folder = tmp_path / "mine"
    assert store.checkpoints_dir() == folder
    assert caplog.messages == [
        f"There is no folder {folder}; have another one served with --checkpoints."
    ]
    folder.mkdir()
    caplog.clear()
    take_arguments(MAIN)
    assert caplog.messages == []
    monkeypatch.setenv("MUVAE_CHECKPOINTS", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["uvicorn", "app.main:app", "--port", "1"])
    take_arguments(MAIN)  # whose flags are not the app's
    assert store.checkpoints_dir() == tmp_path


def test_a_wrong_argument_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [MAIN, "--chekpoints", "x"])
    with pytest.raises(SystemExit) as caught:
        take_arguments(MAIN)
    assert caught.value.code == 2
    sentence = "streamlit run app/main.py --: unrecognized arguments: --chekpoints x (see --help)\n"
    assert capsys.readouterr().err == sentence
