"""The ends that Interpolate and Arithmetic take: each kind's code, and what is not there yet."""

from typing import Any

import numpy as np
import pytest
import streamlit as st
import torch
from helpers import make_run, make_split

from app.state import values
from app.state.choice import DATASET
from app.state.drawing import set_drawing
from app.state.endpoints import (
    DRAWING,
    GROUP,
    IMAGE,
    MEAN,
    Choice,
    Endpoint,
    EndpointParameters,
    endpoint_of,
    endpoint_parameters,
    put,
    sent,
    swap,
)
from app.state.selected_images import set_selected_images
from app.state.sidebar import Selection
from muvae import DATASETS, Run, Split

IMAGES = 30


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session of its own, in which Fashion-MNIST is chosen."""
    session: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", session)
    monkeypatch.setattr("app.state.context.store.datasets", lambda: DATASETS)
    monkeypatch.setattr("app.state.context.store.run_entries", lambda _: [])
    monkeypatch.setattr("app.state.context.store.test_split", lambda _: make_split(IMAGES))
    values.put(DATASET, "fashion-mnist")


@pytest.fixture
def selection() -> Selection:
    return Selection(DATASETS["fashion-mnist"], make_split(IMAGES), (make_run(images=IMAGES),))


def code(end: Endpoint | str, run: Run) -> torch.Tensor:
    assert isinstance(end, Endpoint)
    return end.code(run)


def test_a_test_image_is_its_posterior_mean(selection: Selection) -> None:
    run = selection.runs[0]
    end = endpoint_of(selection, IMAGE, 17)
    assert torch.equal(code(end, run), run.codes.mean[17])
    assert isinstance(end, Endpoint)
    assert end.name == "test image 17, Sneaker"


def test_a_class_is_the_mean_of_its_codes(selection: Selection) -> None:
    run = selection.runs[0]
    end = endpoint_of(selection, MEAN, 4)
    torch.testing.assert_close(code(end, run), run.codes.mean[[4, 14, 24]].mean(0))
    assert isinstance(end, Endpoint)
    assert end.name == "mean of Coat"
    test = Split(selection.test.images[:4], selection.test.labels[:4])
    few = Selection(selection.dataset, test, selection.runs)
    assert endpoint_of(few, MEAN, 4) == "No test image is of class Coat."


def test_a_group_is_the_mean_of_the_points_kept_for_the_dataset(selection: Selection) -> None:
    run = selection.runs[0]
    assert "Clusters" in str(endpoint_of(selection, GROUP))
    set_selected_images([3, 9, 20])
    end = endpoint_of(selection, GROUP)
    torch.testing.assert_close(code(end, run), run.codes.mean[[3, 9, 20]].mean(0))
    values.put(DATASET, "mnist")
    assert (
        endpoint_of(selection, GROUP) == "No group is selected yet: draw around points on Clusters."
    )


def test_a_drawing_is_what_the_run_encodes_it_to(selection: Selection) -> None:
    run = selection.runs[0]
    assert "Reconstruct" in str(endpoint_of(selection, DRAWING))
    pixels = selection.test.images[5, 0].numpy()
    set_drawing(pixels)
    expected = run.vae.encode(torch.from_numpy(pixels)[None, None] / 255).mean[0]
    torch.testing.assert_close(code(endpoint_of(selection, DRAWING), run), expected)
    set_drawing(np.zeros_like(pixels))
    assert not torch.equal(code(endpoint_of(selection, DRAWING), run), expected)


def ends(*parameters: EndpointParameters) -> list[tuple[str, int, int]]:
    """The kind, image and class of each."""
    return [
        (values.value(it.kind), values.value(it.image), values.value(it.mean)) for it in parameters
    ]


def test_swapping_twice_changes_nothing() -> None:
    start = endpoint_parameters("start", lambda _: Choice(IMAGE, 0))
    end = endpoint_parameters("end", lambda _: Choice(IMAGE, 1))
    put(start, Choice(IMAGE, 12))
    put(end, Choice(MEAN, 3))
    assert ends(start, end) == [(IMAGE, 12, 0), (MEAN, 1, 3)]
    swap(start, end)
    assert ends(start, end) == [(MEAN, 1, 3), (IMAGE, 12, 0)]
    swap(start, end)
    assert ends(start, end) == [(IMAGE, 12, 0), (MEAN, 1, 3)]


def test_each_dataset_has_ends_of_its_own() -> None:
    start = endpoint_parameters("start", lambda _: Choice(IMAGE, 0))
    put(start, Choice(MEAN, 7))
    values.put(DATASET, "mnist")
    assert ends(start) == [(IMAGE, 0, 0)]
    values.put(DATASET, "fashion-mnist")
    assert ends(start) == [(MEAN, 0, 7)]


def test_images_sent_are_the_ends() -> None:
    assert sent([7]) == {"start-kind": IMAGE, "start-image": "7"}
    assert sent([8, 9]) == {
        "start-kind": IMAGE, "start-image": "8", "end-kind": IMAGE, "end-image": "9",
    }  # fmt: skip
    assert sent([1, 2, 3]) == {"start-kind": GROUP}
