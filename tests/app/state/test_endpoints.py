"""The ends that Interpolate and Arithmetic take: each kind's code, and what is not there yet."""

from typing import Any

import numpy as np
import pytest
import streamlit as st
import torch
from helpers import make_run, make_split

from app.data import store
from app.state.drawing import keep_drawing
from app.state.endpoints import DRAWING, GROUP, IMAGE, MEAN, Choice, End, end_of, put, send, swap
from app.state.selected_images import keep_points, kept_points
from app.state.sidebar import Selection
from muvae import DATASETS, Run, Split

IMAGES = 30


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A session of its own."""
    session: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", session)
    return session


@pytest.fixture
def selection() -> Selection:
    return Selection(DATASETS["fashion-mnist"], make_split(IMAGES), (make_run(images=IMAGES),))


def code(end: End | str, run: Run) -> torch.Tensor:
    assert isinstance(end, End)
    return end.code(run)


def test_a_test_image_is_its_posterior_mean(selection: Selection) -> None:
    run = selection.runs[0]
    end = end_of(selection, IMAGE, 17)
    assert torch.equal(code(end, run), run.codes.mean[17])
    assert isinstance(end, End)
    assert end.name == "test image 17, Sneaker"


def test_a_class_is_the_mean_of_its_codes(selection: Selection) -> None:
    run = selection.runs[0]
    end = end_of(selection, MEAN, 4)
    torch.testing.assert_close(code(end, run), run.codes.mean[[4, 14, 24]].mean(0))
    assert isinstance(end, End)
    assert end.name == "mean of Coat"
    test = Split(selection.test.images[:4], selection.test.labels[:4])
    few = Selection(selection.dataset, test, selection.runs)
    assert end_of(few, MEAN, 4) == "No test image is of class Coat."


def test_a_group_is_the_mean_of_the_points_kept_for_the_dataset(selection: Selection) -> None:
    run = selection.runs[0]
    assert "Clusters" in str(end_of(selection, GROUP))
    keep_points(selection, [3, 9, 20])
    end = end_of(selection, GROUP)
    torch.testing.assert_close(code(end, run), run.codes.mean[[3, 9, 20]].mean(0))
    other = Selection(DATASETS["mnist"], selection.test, selection.runs)
    assert end_of(other, GROUP) == "No group is selected yet: draw around points on Clusters."


def test_a_drawing_is_what_the_run_encodes_it_to(selection: Selection) -> None:
    run = selection.runs[0]
    assert "Reconstruct" in str(end_of(selection, DRAWING))
    pixels = selection.test.images[5, 0].numpy()
    keep_drawing(pixels)
    expected = run.vae.encode(torch.from_numpy(pixels)[None, None] / 255).mean[0]
    torch.testing.assert_close(code(end_of(selection, DRAWING), run), expected)
    keep_drawing(np.zeros_like(pixels))
    assert not torch.equal(code(end_of(selection, DRAWING), run), expected)


def test_swapping_twice_changes_nothing(state: dict[str, Any]) -> None:
    put("start", Choice(IMAGE, 12))
    put("end", Choice(MEAN, 3))
    swap("start", "end")
    assert (state["start-kind"], state["start-mean"]) == (MEAN, 3)
    assert (state["end-kind"], state["end-image"]) == (IMAGE, 12)
    swap("start", "end")
    assert (state["start-kind"], state["start-image"]) == (IMAGE, 12)
    assert (state["end-kind"], state["end-mean"]) == (MEAN, 3)


def test_images_sent_are_the_ends(
    state: dict[str, Any], selection: Selection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "test_split", lambda name: selection.test)
    send("fashion-mnist", [7])
    assert state == {"start-kind": IMAGE, "start-image": 7}
    send("fashion-mnist", [8, 9])
    assert (state["start-image"], state["end-kind"], state["end-image"]) == (8, IMAGE, 9)
    send("fashion-mnist", [1, 2, 3])
    assert state["start-kind"] == GROUP
    assert (state["end-kind"], state["end-image"]) == (IMAGE, 9)
    assert kept_points(selection) == [1, 2, 3]
