"""The user's own pictures on Reconstruct: what is taken from the browser, kept and sent back."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
import torch
from app_pages import address, keep
from helpers import REPOSITORY, make_run
from patience import PATIENCE
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.state.drawing import (
    DRAWING,
    Picture,
    drawing,
    drawing_code,
    pack,
    set_drawing,
    uploaded_file,
)
from app.uploads.read import read_upload
from app.views.reconstruct.widget import read_drawing
from muvae import DATASETS, InvalidInputError
from muvae.datasets.test_split import read_test_split
from muvae.objectives import PAPER_OBJECTIVES
from muvae.runs.folder import load_run

SIZE = DATASETS["mnist"].image
PICTURE = np.arange(784, dtype=np.int64).reshape(28, 28).astype(np.uint8)
SENT = base64.b64encode(PICTURE.tobytes()).decode()


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", kept)
    return kept


def open_page(monkeypatch: pytest.MonkeyPatch, root: Path, **query: str) -> AppTest:
    monkeypatch.setenv("MUVAE_CHECKPOINTS", str(root))
    app = AppTest.from_file(str(REPOSITORY / "app" / "main.py"), default_timeout=PATIENCE)
    for name, value in query.items():
        app.query_params[name] = value
    return app


def part(app: AppTest) -> dict[str, Any]:
    """What the pad, or the picture in its place, is told."""
    (found,) = (
        element
        for element in app.get("bidi_component")
        if element.proto.component_name == "muvae_draw"
    )
    return dict(json.loads(found.proto.json))


def test_what_the_browser_sends_is_a_picture_or_an_empty_pad() -> None:
    sent = read_drawing(SENT, SIZE)
    assert sent is not None
    assert np.array_equal(sent, PICTURE)
    assert sent.dtype == np.uint8
    assert read_drawing("", SIZE) is None


@pytest.mark.parametrize(
    "state",
    [None, 7, b"", [0] * 784, SENT[:-4], SENT + "AAAA", "é" * 1048, "A" * 10**6, {"pixels": SENT}],
    ids=["none", "number", "bytes", "list", "short", "long", "letters", "huge", "object"],
)
def test_whatever_else_the_browser_sends_is_refused(state: object) -> None:
    with pytest.raises(InvalidInputError, match="784 grey levels"):
        read_drawing(state, SIZE)


def test_a_picture_is_kept_until_another_is(session: dict[str, Any]) -> None:
    assert drawing() is None
    assert drawing_code(make_run()) is None
    drawn = PICTURE.copy()
    set_drawing(drawn)
    drawn[:] = 0
    kept = drawing()
    assert kept is not None
    assert np.array_equal(kept, PICTURE)
    assert uploaded_file() is None
    set_drawing(PICTURE.T, "seven.png")
    kept = drawing()
    assert kept is not None
    assert np.array_equal(kept, PICTURE.T)
    assert uploaded_file() == "seven.png"
    set_drawing(None)
    assert drawing() is None
    assert uploaded_file() is None


def test_the_code_of_the_picture_is_its_posterior_mean(session: dict[str, Any]) -> None:
    del session
    run = make_run()
    set_drawing(PICTURE)
    expected = run.vae.encode(torch.from_numpy(PICTURE)[None, None].float() / 255).mean[0]
    code = drawing_code(run)
    assert code is not None
    torch.testing.assert_close(code, expected)


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_pad_is_told_of_runs_framing_and_the_kept_picture(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, dataset: str
) -> None:
    app = open_page(monkeypatch, checkpoints, choose="draw", dataset=DATASETS[dataset].title).run()
    assert not app.exception
    assert app.segmented_control(key="choose").value == "draw"
    told = part(app)
    assert (told["drawable"], told["picture"]["value"]) == (True, "")
    assert told["classes"] == list(DATASETS[dataset].classes)
    framing = {"mnist": (20, True), "fashion-mnist": (28, False)}[dataset]
    assert (told["framing"]["side"], told["framing"]["byMass"]) == framing
    assert [run["name"] for run in told["runs"]] == list(PAPER_OBJECTIVES)
    for run in told["runs"]:
        mean = load_run(checkpoints / dataset / run["name"]).codes.mean
        assert run["limit"] == pytest.approx(float(mean.abs().max()))
    keep(app, DRAWING, Picture(pack(PICTURE)))
    assert part(app.run())["picture"]["value"] == SENT
    app.switch_page("views/sample/page.py").run()
    app.switch_page("views/reconstruct/page.py").run()
    app.segmented_control(key="choose").set_value("draw").run()
    assert part(app)["picture"]["value"] == SENT


def test_without_a_file_the_page_asks_for_one(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, choose="upload").run()
    assert "Choose a file" in app.info[0].value
    assert not app.main.get("bidi_component")
    keep(app, DRAWING, Picture(pack(PICTURE)))
    app.run()
    assert not app.main.get("bidi_component")  # a drawing is not an upload
    keep(app, DRAWING, Picture(pack(PICTURE), "my_*seven* [1].png"))
    app.run()
    told = part(app)
    assert (told["drawable"], told["picture"]["value"]) == (False, SENT)
    assert "From my\\_\\*seven\\* \\[1\\].png" in app.caption[-1].value


def picture_file(checkpoints: Path) -> bytes:
    """A test image of MNIST, three times as large, as a PNG file."""
    image = read_test_split(checkpoints / "mnist").images[3, 0].numpy()
    file = io.BytesIO()
    Image.fromarray(np.kron(image, np.ones((3, 3), np.uint8))).save(file, "PNG")
    return file.getvalue()


def upload(app: AppTest, name: str, data: bytes) -> AppTest:
    app.file_uploader(key="upload").set_value((name, data, "image/png")).run()
    assert not app.exception
    return app


def test_an_upload_is_read_kept_and_laid_out_as_the_dataset_is(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, choose="upload").run()
    three = picture_file(checkpoints)
    upload(app, "three.png", three)
    for dataset, spec in DATASETS.items():
        app.radio(key="dataset").set_value(dataset).run()
        expected = read_upload(three, "three.png", [spec])[dataset]
        assert part(app)["picture"]["value"] == base64.b64encode(expected.tobytes()).decode()
    upload(app, "*.png", b"no picture")
    assert app.error[0].value.startswith("\\*.png is not a picture that can be read")
    assert not app.main.get("bidi_component")
    app.file_uploader(key="upload").set_value(None).run()
    assert "Choose a file" in app.info[0].value


def test_an_upload_is_in_the_address_and_a_reload_shows_it(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, choose="upload").run()
    three = picture_file(checkpoints)
    upload(app, "three.png", three)
    assert "three.png" in app.caption[-1].value
    link = {name: text for name, (text,) in address(app).items()}
    assert set(link) == {"choose", "drawing"}
    other = open_page(monkeypatch, checkpoints, **link).run()
    assert not other.exception
    assert part(other)["picture"]["value"] == part(app)["picture"]["value"] != ""
    assert "From a link" in other.caption[-1].value
    assert address(other) == address(app)
