"""No route and no middleware works on the event loop, which all visitors share."""

import asyncio
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from helpers import run_apart
from served import LATENT_DIM
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from app.data import store
from app.export import downloads
from app.server.asgi import KeptStatic, RootAddress
from app.server.download_routes import download_routes
from app.server.headers import SafeHeaders
from app.server.live_routes import live_routes
from app.server.plane_routes import plane_routes

DISK = {"open", "os.scandir", "os.listdir"}
CODES = np.zeros((2, LATENT_DIM), "<f4").tobytes()
IMAGE = np.zeros((28, 28), "<f4").tobytes()
CALLS: dict[str, bytes | None] = {
    "live/js/x/web/engine/kernel.js": None,
    "live/served": None,
    "live/mnist/images.bin": None,
    "live/mnist/labels.bin": None,
    "live/mnist/vae/codes.bin": None,
    "live/mnist/vae/decoder.safetensors": None,
    "live/mnist/vae/classify": CODES,
    "live/mnist/vae/decode": CODES,
    "live/mnist/vae/encode": IMAGE,
    "toy/mnist/decode.bin?x=0&y=0": None,
    "toy/mnist/relu-elbo/codes.bin": None,
    "download/token/name": None,
}


class Watch:
    """Notes what is read of the disk by a thread that runs an event loop, while it is on."""

    def __init__(self) -> None:
        self.on = False
        self.tests = threading.current_thread()  # in which Playwright may keep a loop of its own
        self.seen: list[tuple[str, str]] = []
        sys.addaudithook(self)  # for good: Python has no way to take one off

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.on or event not in DISK or threading.current_thread() is self.tests:
            return
        if asyncio._get_running_loop() is not None:
            self.seen.append((event, str(args[0])))


WATCH = Watch()


@pytest.fixture
def watched() -> Iterator[list[tuple[str, str]]]:
    WATCH.seen.clear()
    WATCH.on = True
    yield WATCH.seen
    WATCH.on = False


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> Iterator[TestClient]:
    """The app's routes and middlewares, with nothing in the caches yet."""
    monkeypatch.setenv(store.CHECKPOINTS_ENVIRONMENT, str(checkpoints))
    st.cache_resource.clear()
    app = Starlette(
        routes=[*plane_routes(), *live_routes(), *download_routes()],
        middleware=[Middleware(each) for each in (SafeHeaders, RootAddress, KeptStatic)],
    )
    with TestClient(app, base_url="http://test/") as client:
        yield client


def test_the_watch_sees_what_reads_the_disk_on_the_loop_alone(
    watched: list[tuple[str, str]], tmp_path: Path
) -> None:
    async def read() -> None:
        list(tmp_path.iterdir())
        await asyncio.to_thread(lambda: list(tmp_path.iterdir()))

    list(tmp_path.iterdir())
    run_apart(read())
    assert [path for _, path in watched].count(str(tmp_path)) == 1


@pytest.mark.parametrize("path", CALLS)
def test_a_request_reads_nothing_on_the_event_loop(
    client: TestClient, watched: list[tuple[str, str]], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make() -> bytes:
        return str(list(Path().iterdir())).encode()

    monkeypatch.setattr(downloads, "find", lambda token, name: ("text/plain", make))
    body = CALLS[path]
    answer = client.get(path) if body is None else client.post(path, content=body)
    assert answer.status_code == 200, answer.text
    assert watched == []
