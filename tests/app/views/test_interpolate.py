"""Interpolate and Arithmetic through AppTest: what their browser parts are given of each run."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from app_pages import keep, open_page
from helpers import SHIPPED
from served import IMAGES
from streamlit.testing.v1 import AppTest

from app.state.drawing import DRAWING, Picture, pack
from app.state.endpoints import IMAGE, MEAN
from app.state.selected_images import SELECTED_IMAGES
from app.views.arithmetic.examples import EXAMPLES
from muvae import DATASETS, Run, load_run
from muvae.analysis.latent import spacing
from muvae.datasets.test_split import read_test_split

PAPER_RUNS = ["vae", "beta-vae", "mu-vae-1", "mu-vae-2"]


@pytest.fixture(scope="module")
def runs(checkpoints: Path) -> dict[str, Run]:
    return {name: load_run(checkpoints / "mnist" / name) for name in PAPER_RUNS}


def parts(app: AppTest) -> list[dict[str, Any]]:
    """The data of the page's live views."""
    return [
        json.loads(element.proto.json)
        for element in app.get("bidi_component")
        if element.proto.component_name in ("muvae_interpolate", "muvae_arithmetic")
    ]


def part(app: AppTest) -> dict[str, Any]:
    assert not app.exception
    (data,) = parts(app)
    return data


def ends(app: AppTest) -> dict[str, torch.Tensor]:
    """Start and end of each run, [2,D]."""
    return {run["name"]: torch.tensor(run["ends"]) for run in part(app)["runs"]}


def class_mean(root: Path, run: Run, label: int) -> torch.Tensor:
    return run.codes.mean[read_test_split(root / "mnist").labels == label].mean(0)


def test_interpolate_goes_between_two_images(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, runs: dict[str, Run]
) -> None:
    app = open_page(monkeypatch, checkpoints, "interpolate")
    data = part(app)
    assert [run["name"] for run in data["runs"]] == PAPER_RUNS
    assert (data["steps"], data["spherical"]) == (12, False)
    assert data["names"] == ["test image 0, 0", "test image 1, 1"]
    assert len(data["classes"]) == len(data["colors"]) == 10
    for run in data["runs"]:
        mean = runs[run["name"]].codes.mean
        assert torch.equal(torch.tensor(run["ends"]), mean[:2])
        assert run["spacing"] == spacing(mean)


def test_every_kind_of_end_is_given_in_every_run(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, runs: dict[str, Run]
) -> None:
    app = open_page(monkeypatch, checkpoints, "interpolate")
    app.selectbox(key="start-kind").set_value("class mean").run()
    app.selectbox(key="start-mean").set_value(6).run()
    app.number_input(key="end-image").set_value(33).run()
    for name, found in ends(app).items():
        mean = runs[name].codes.mean
        torch.testing.assert_close(found[0], class_mean(checkpoints, runs[name], 6))
        assert torch.equal(found[1], mean[33])
    app.selectbox(key="start-kind").set_value("group").run()
    assert parts(app) == []
    assert "No group is selected yet" in app.info[0].value
    keep(app, SELECTED_IMAGES, (4, 5, 59), "mnist")
    app.selectbox(key="end-kind").set_value("drawing").run()
    assert parts(app) == []
    assert ["Reconstruct" in info.value for info in app.info] == [True]


def test_a_group_and_a_drawing_are_ends_once_they_are_there(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, runs: dict[str, Run]
) -> None:
    app = open_page(monkeypatch, checkpoints, "interpolate")
    keep(app, SELECTED_IMAGES, (4, 5, 59), "mnist")
    pixels = read_test_split(checkpoints / "mnist").images[8, 0].numpy()
    keep(app, DRAWING, Picture(pack(pixels)))
    app.selectbox(key="start-kind").set_value("group")
    app.selectbox(key="end-kind").set_value("drawing").run()
    assert part(app)["names"] == ["mean of the 3 selected", "the drawing"]
    for name, found in ends(app).items():
        mean = runs[name].codes.mean
        torch.testing.assert_close(found[0], mean[[4, 5, 59]].mean(0))
        torch.testing.assert_close(found[1], mean[8], atol=1e-4, rtol=1e-4)
    app.session_state["dataset"] = "fashion-mnist"
    app.run()
    names = part(app)["names"]
    assert [name.partition(",")[0] for name in names] == ["test image 0", "test image 1"]
    app.session_state["dataset"] = "mnist"
    app.run()
    assert part(app)["names"] == ["mean of the 3 selected", "the drawing"]


def test_swap_turns_the_way_round(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> None:
    app = open_page(monkeypatch, checkpoints, "interpolate")
    app.selectbox(key="end-kind").set_value("class mean").run()
    app.selectbox(key="end-mean").set_value(3).run()
    before = ends(app)
    app.button(key="swap").click().run()
    assert part(app)["names"] == ["mean of 3", "test image 0, 0"]
    for name, found in ends(app).items():
        assert torch.equal(found, before[name].flip(0))
    app.button(key="swap").click().run()
    assert part(app)["names"] == ["test image 0, 0", "mean of 3"]


def test_any_image_is_another_one(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> None:
    app = open_page(monkeypatch, checkpoints, "interpolate")
    seen = set()
    for _ in range(4):
        app.button(key="start-any").click().run()
        seen.add(part(app)["names"][0])
        assert app.number_input(key="start-image").value in range(IMAGES)
    assert len(seen) > 1
    assert part(app)["names"][1] == "test image 1, 1"


def test_way_and_steps_are_the_links(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> None:
    link = {"way": "spherical", "steps": "40", "start-kind": "class mean", "start-mean": "7"}
    app = open_page(monkeypatch, checkpoints, "interpolate", **link)
    data = part(app)
    assert (data["steps"], data["spherical"]) == (40, True)
    assert data["names"] == ["mean of 7", "test image 1, 1"]


@pytest.mark.parametrize("page", ["interpolate", "arithmetic"])
def test_hostile_link_values_fall_back(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, page: str
) -> None:
    hostile: dict[str, str | list[str]] = {
        "way": "x", "steps": "41", "start-kind": "<b>", "start-image": "60", "end-image": "-1",
        "end-kind": "0", "a-kind": "x", "a-image": "1e9", "b-mean": "11", "c-mean": "nan",
        "clip": "perhaps",
    }  # fmt: skip
    sound, told = (
        part(open_page(monkeypatch, checkpoints, page, **query)) for query in ({}, hostile)
    )
    for of_session in (sound, told):  # a session's own name stands beside what its view keeps
        del of_session["share" if page == "interpolate" else "amount"]["session"]
    assert told == sound
    steps = part(open_page(monkeypatch, checkpoints, page, steps="1")).get("steps", 12)
    assert steps == 12


def test_arithmetic_gives_three_terms_of_any_kind(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, runs: dict[str, Run]
) -> None:
    app = open_page(monkeypatch, checkpoints, "arithmetic")
    keep(app, SELECTED_IMAGES, (10, 11), "mnist")
    app.selectbox(key="a-kind").set_value("group")
    app.selectbox(key="b-mean").set_value(5)
    app.selectbox(key="c-kind").set_value("test image").run()
    app.number_input(key="c-image").set_value(41)
    app.toggle(key="clip").set_value(True).run()
    data = part(app)
    assert data["clip"] is True
    assert data["names"] == ["mean of the 2 selected", "mean of 5", "test image 41, 1"]
    for told in data["runs"]:
        run = runs[told["name"]]
        mean = run.codes.mean
        expected = [mean[[10, 11]].mean(0), class_mean(checkpoints, run, 5), mean[41]]
        torch.testing.assert_close(torch.tensor(told["terms"]), torch.stack(expected))
        assert told["spacing"] == spacing(mean)
    app.selectbox(key="b-kind").set_value("drawing").run()
    assert parts(app) == []
    assert "There is no drawing yet" in app.info[0].value


def test_a_dataset_without_examples_begins_with_images_and_classes(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    monkeypatch.setattr("app.views.arithmetic.examples.EXAMPLES", {})
    app = open_page(monkeypatch, checkpoints, "arithmetic")
    assert not app.exception
    assert [app.selectbox(key=f"{key}-kind").value for key in "abc"] == [IMAGE, MEAN, MEAN]


def test_an_example_sets_the_terms(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> None:
    app = open_page(monkeypatch, checkpoints, "arithmetic", dataset="Fashion-MNIST")
    examples = {
        button.label: button for button in app.button if str(button.key).startswith("example-")
    }
    assert [button.disabled for button in examples.values()] == [True, True, False]  # of 60 images
    app.selectbox(key="b-mean").set_value(9).run()
    examples["A dress with sleeves?"].click().run()
    names = ["mean of Pullover", "mean of T-shirt/top", "mean of Dress"]
    assert part(app)["names"] == names
    app.session_state["dataset"] = "mnist"
    app.run()
    assert "mean of Dress" not in part(app)["names"]
    app.session_state["dataset"] = "fashion-mnist"
    app.run()
    assert part(app)["names"] == names


@pytest.mark.parametrize("dataset", DATASETS)
def test_examples_take_an_image_of_the_class_that_is_taken_off(dataset: str) -> None:
    labels = read_test_split(SHIPPED / dataset).labels
    for example in EXAMPLES[dataset]:
        a, b, c = example.terms
        assert (b.kind, c.kind) == (MEAN, MEAN)
        assert b.number != c.number
        assert {b.number, c.number} <= set(range(10))
        assert a.kind == MEAN or labels[a.number] == b.number
