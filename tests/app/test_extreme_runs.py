"""Extreme but finite runs on every page and in every download: sane, or one sentence."""

import json
import math
import re
from pathlib import Path
from typing import Any

import app_pages
import numpy as np
import pytest
from apptest import figures
from extreme_runs import REFUSED, SHOWN, write_extremes
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from app.pages import PAGES
from app.server.download_routes import download_routes
from app.server.live_routes import live_routes
from app.state.choice import run_label

TWELVE = 12
NOT_A_NUMBER = re.compile(r"(?<![A-Za-z])[-−+]?(nan|inf|infinity)(?![A-Za-z])", re.IGNORECASE)
GROUPS = [list(SHOWN)[start : start + TWELVE] for start in range(0, len(SHOWN), TWELVE)]
QUERIES: dict[str, dict[str, str]] = {
    "clusters": {"points": "3.1.4", "color": "code norm"},
    "traverse": {"strip": "z3", "pad": "4,2"},
    "sample": {"source": "aggregate posterior"},
    "distributions": {"codes": "sampled", "x-range": "shared"},
}


@pytest.fixture(scope="module")
def extremes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_extremes(tmp_path_factory.mktemp("extremes"), SHOWN)


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sound = {"means-zero": SHOWN["means-zero"]}
    return write_extremes(tmp_path_factory.mktemp("refused"), sound | REFUSED)


@pytest.fixture(scope="module")
def client() -> TestClient:
    routes = [*download_routes(""), *live_routes("")]
    return TestClient(Starlette(routes=routes), base_url="http://test/")


def finite(values: Any) -> bool:
    """Whether all numbers in what a browser is sent are finite; None stands for none."""
    if isinstance(values, dict):
        return all(finite(each) for key, each in values.items())
    if isinstance(values, list):
        return all(map(finite, values))
    if isinstance(values, np.ndarray):
        return values.dtype.kind not in "fc" or bool(np.isfinite(values).all())
    return not isinstance(values, float) or math.isfinite(values)


def no_number(name: str) -> Any:
    raise AssertionError(f"the browser is sent {name}, which is no JSON")


def components(app: AppTest) -> list[Any]:
    return [
        json.loads(element.proto.json or "{}", parse_constant=no_number)
        for element in app.get("bidi_component")
    ]


def check_page(app: AppTest) -> None:
    assert not app.exception
    assert not app.error, [each.value for each in app.error]
    if app.title[0].value != "Objectives":  # whose charts are of no run, and have gaps on purpose
        assert all(map(finite, figures(app)))
    assert all(map(finite, components(app)))
    words = app_pages.texts(app) + "\n".join(str(each.value) for each in app.get("metric"))
    assert not NOT_A_NUMBER.search(words), NOT_A_NUMBER.search(words)


def downloads_of(app: AppTest) -> list[str]:
    return [
        item["address"]
        for element in app.get("bidi_component")
        if element.proto.component_name == "muvae_downloads"
        for item in json.loads(element.proto.json)["items"]
        if item["address"]
    ]


@pytest.mark.parametrize("group", range(len(GROUPS)))
@pytest.mark.parametrize("page", [page.name for page in PAGES])
def test_every_page_and_download_is_sane(
    monkeypatch: pytest.MonkeyPatch, extremes: Path, client: TestClient, page: str, group: int
) -> None:
    labels = [run_label(name, "vae") for name in GROUPS[group]]
    app = app_pages.open_page(monkeypatch, extremes, page, runs=labels, **QUERIES.get(page, {}))
    check_page(app)
    assert list(app.session_state["runs"]) == GROUPS[group]
    for address in downloads_of(app):
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.text[:200])
        if address.endswith(".csv"):
            assert not NOT_A_NUMBER.search(answer.text)


@pytest.mark.parametrize("name", SHOWN)
def test_what_browsers_decode_by_is_sent_and_finite(
    monkeypatch: pytest.MonkeyPatch, extremes: Path, client: TestClient, name: str
) -> None:
    monkeypatch.setenv("MUVAE_CHECKPOINTS", str(extremes))
    for part in ("codes.bin", "errors.bin", "map-tsne.bin", "map-umap.bin", "map-pca.bin"):
        answer = client.get(f"live/mnist/{name}/{part}")
        assert answer.status_code == 200, part
        assert np.isfinite(np.frombuffer(answer.content, "<f4")).all(), part
    for part in ("decoder.safetensors", "encoder.safetensors"):
        assert client.get(f"live/mnist/{name}/{part}").status_code == 200
    ones = np.ones((2, 10), "<f4").tobytes()
    assert client.post(f"live/mnist/{name}/decode", content=ones).status_code == 200
    shares = np.frombuffer(client.post(f"live/mnist/{name}/classify", content=ones).content, "<f4")
    assert np.isfinite(shares).all()
    picture = np.ones((1, 28, 28, 1), "<f4").tobytes()
    encoded = client.post(f"live/mnist/{name}/encode", content=picture)
    assert np.isfinite(np.frombuffer(encoded.content, "<f4")).all()


@pytest.mark.parametrize("page", [page.name for page in PAGES])
def test_what_cannot_be_shown_is_named_on_every_page(
    monkeypatch: pytest.MonkeyPatch, refused: Path, page: str
) -> None:
    labels = [run_label(name, "vae") for name in ("means-zero", *REFUSED)]
    app = app_pages.open_page(monkeypatch, refused, page, runs=labels)
    assert not app.exception
    told = "\n".join(error.value for error in app.error).replace("\\", "")
    if page not in ("objectives", "toy_plane"):
        for name in REFUSED:
            assert f"{name} cannot be shown: " in told
    if page != "toy_plane":
        assert str(refused / "mnist") in told


@pytest.mark.parametrize("name", REFUSED)
def test_no_part_of_what_cannot_be_shown_is_a_fault_of_the_server(
    monkeypatch: pytest.MonkeyPatch, refused: Path, client: TestClient, name: str
) -> None:
    monkeypatch.setenv("MUVAE_CHECKPOINTS", str(refused))
    for part in ("codes.bin", "map-pca.bin", "decoder.safetensors"):
        answer = client.get(f"live/mnist/{name}/{part}")
        assert answer.status_code == 404
        assert answer.text.startswith(str(refused / "mnist" / name))
