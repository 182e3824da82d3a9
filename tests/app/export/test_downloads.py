"""The files of every page, through AppTest, and the route that makes it."""

import io
import json
from pathlib import Path
from typing import Any

import app_pages
import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from app.export import downloads
from app.export.captions import PROJECT
from app.server.download_routes import GONE, download_routes
from muvae import MuvaeError

# The files of each page, by kind; charts and maps, which the browser makes, have no address.
PAGES: dict[str, tuple[dict[str, str], list[str]]] = {
    "reconstruct": ({}, ["png", "png", "csv", "npz"]),
    "sample": ({}, ["png", "csv", "npz"]),
    "traverse": ({"strip": "z3"}, ["png", "gif", "png", "png", "csv", "npz"]),
    "clusters": (
        {"points": "3.1.4"},
        ["png here", "csv", "npz", "png", "png", "csv", "npz"],
    ),
    "interpolate": ({}, ["png", "gif", "csv", "npz"]),
    "arithmetic": ({}, ["png", "gif", "csv", "npz"]),
    "training": ({}, ["png here", "csv", "csv"]),
    "distributions": ({}, ["png here", "png here", "csv", "csv", "csv"]),
    "results": ({}, ["png here", "csv", "csv", "csv"]),
    "toy_plane": ({}, ["png here", "png", "csv", "npz"]),
    "objectives": ({}, ["png here", "png here", "png here", "csv", "csv"]),
}
STARTS = {"png": b"\x89PNG", "gif": b"GIF89a", "npz": b"PK\x03\x04"}


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(Starlette(routes=download_routes("x")), base_url="http://test/x/")


def open_page(
    monkeypatch: pytest.MonkeyPatch, root: Path, page: str = "reconstruct", **query: str
) -> AppTest:
    app = app_pages.open_page(monkeypatch, root, page, **query)
    assert not app.exception
    return app


def offered(app: AppTest) -> list[dict[str, Any]]:
    """The items of the page's one place for downloads; empty where there is none."""
    found = [
        json.loads(element.proto.json)["items"]
        for element in app.get("bidi_component")
        if element.proto.component_name == "muvae_downloads"
    ]
    assert len(found) <= 1
    return list(found[0]) if found else []


@pytest.mark.parametrize("page", PAGES)
def test_every_page_offers_what_it_shows(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, client: TestClient, page: str
) -> None:
    query, expected = PAGES[page]
    app = open_page(monkeypatch, checkpoints, page, **query)  # the files go with the session
    items = offered(app)
    assert [item["kind"] + " here" * (not item["address"]) for item in items] == expected
    assert len({item["name"] for item in items}) == len(items)
    for item in items:
        assert item["name"].startswith("muvae-")
        assert item["name"].endswith(f".{item['kind']}")
        if not item["address"]:
            assert item["source"]
            assert item["caption"].endswith(PROJECT)
            continue
        answer = client.get(item["address"])
        assert answer.status_code == 200
        assert f'filename="{item["name"]}"' in answer.headers["content-disposition"]
        assert answer.headers["cache-control"] == "no-store"
        check(item["kind"], answer.content)


def check(kind: str, data: bytes) -> None:
    """A file is of its kind, and says what it shows."""
    if kind == "csv":
        header, *rows = data.decode("utf-8").splitlines()
        assert rows
        assert "," in header
        return
    assert data.startswith(STARTS[kind])
    if kind == "png":
        told = Image.open(io.BytesIO(data)).info["Description"]
    elif kind == "gif":
        told = Image.open(io.BytesIO(data)).info["comment"].decode("utf-8")
    else:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            assert all(archive[name].dtype != object for name in archive.files)
            told = str(archive["caption"])
    assert told.startswith("MNIST · ")
    assert told.endswith(PROJECT)


def test_what_is_offered_follows_what_is_chosen(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, client: TestClient
) -> None:
    app = open_page(monkeypatch, checkpoints, "sample")
    before = offered(app)[0]
    app.number_input(key="seed").set_value(5).run()
    app.multiselect(key="runs").set_value(["vae"]).run()
    after = offered(app)[0]
    assert after["name"] == "muvae-mnist-sample-samples-vae.png"
    told = Image.open(io.BytesIO(client.get(after["address"]).content)).info["Description"]
    assert "seed 5" in told
    gone = client.get(before["address"])
    assert (gone.status_code, gone.text) == (404, GONE)


def test_a_page_with_nothing_on_it_offers_nothing(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "traverse")
    app.multiselect(key="runs").set_value([]).run()
    assert offered(app) == []
    app = open_page(monkeypatch, checkpoints, choose="upload")
    assert offered(app) == []


def test_files_are_their_sessions(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, client: TestClient
) -> None:
    apps = [open_page(monkeypatch, checkpoints, "sample") for _ in range(2)]
    item, others = (offered(app)[0] for app in apps)
    token = item["address"].split("/")[1]
    assert client.get(item["address"]).status_code == 200
    assert token != others["address"].split("/")[1]
    for address in (f"download/{token[:-1]}/{item['name']}", f"download/{token}/../main.py"):
        assert client.get(address).status_code == 404


def test_what_cannot_be_made_is_one_sentence(client: TestClient) -> None:
    def fail() -> bytes:
        raise MuvaeError("checkpoints/mnist/vae/codes.safetensors cannot be read")

    session_files = downloads.PageFiles("a-token", {"codes.csv": ("text/csv", fail)})
    downloads._by_token[session_files.token] = session_files
    answer = client.get("download/a-token/codes.csv")
    assert answer.status_code == 409
    assert answer.text == "checkpoints/mnist/vae/codes.safetensors cannot be read."
    del session_files
    assert client.get("download/a-token/codes.csv").status_code == 404  # its session is gone
