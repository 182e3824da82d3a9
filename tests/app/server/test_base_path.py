"""Under server.baseUrlPath all is as without one, its paths beginning with the base."""

import base64
import hashlib
import re
from pathlib import Path

import numpy as np
import pytest
from served import LATENT_DIM
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from app.data import store
from app.export import downloads
from app.server.asgi import KeptStatic, RootAddress
from app.server.download_routes import download_routes
from app.server.headers import SafeHeaders
from app.server.live_routes import live_routes
from app.server.plane_routes import plane_routes

BASES = {"": "", "/": "", "explorer": "/explorer", "/a/b/": "/a/b", "/v1.2": "/v1.2"}
PAGES = ("", "/", "/sample", "/toy-plane")
NO_PAGES = (
    "/_stcore/health",
    "/_stcore/host-config",
    "/static/js/index.js",
    "/media/0123abcd",
    "/component/streamlit/x",
    "/favicon.png",
)


async def streamlit(request: Request) -> Response:
    """A page as Streamlit's are, or data: either says which compression was asked for."""
    compressed = request.headers.get("accept-encoding", "none")
    if request.url.path.endswith(NO_PAGES):
        return JSONResponse(compressed)
    return HTMLResponse(f"<head></head>{compressed}")


def client_of(base_path: str) -> TestClient:
    app = Starlette(
        routes=[
            *plane_routes(base_path),
            *live_routes(base_path),
            *download_routes(base_path),
            Route("/{path:path}", streamlit),
        ],
        middleware=[
            Middleware(each, base_path=base_path) for each in (SafeHeaders, RootAddress, KeptStatic)
        ],
    )
    return TestClient(app, base_url="http://test", headers={"accept-encoding": "gzip"})


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> None:
    monkeypatch.setenv(store.CHECKPOINTS_ENVIRONMENT, str(checkpoints))
    monkeypatch.setattr(downloads, "find", lambda token, name: ("text/plain", lambda: b"file"))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("base_path", BASES)
def test_a_page_is_told_where_the_root_is(base_path: str, path: str) -> None:
    answer = client_of(base_path).get(BASES[base_path] + path)
    assert f'location.origin + "{BASES[base_path]}/"' in answer.text
    assert answer.text.endswith("none"), "a compressed page could not be changed"
    script = re.findall(r"<script>(.*?)</script>", answer.text)[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", NO_PAGES)
@pytest.mark.parametrize("base_path", BASES)
def test_what_is_no_page_passes_as_it_was_asked_for(base_path: str, path: str) -> None:
    assert client_of(base_path).get(BASES[base_path] + path).json() == "gzip"


@pytest.mark.parametrize("path", ["/other", "/explorers", "/"])
def test_what_lies_beside_the_base_is_left_alone(path: str) -> None:
    assert client_of("/explorer").get(path).text.startswith("<head></head>gzip")


@pytest.mark.parametrize("base_path", BASES)
@pytest.mark.usefixtures("served")
def test_each_route_answers_under_the_base(base_path: str) -> None:
    client, base = client_of(base_path), BASES[base_path]
    codes = np.zeros((1, LATENT_DIM), "<f4").tobytes()
    assert client.post(f"{base}/live/mnist/vae/classify", content=codes).status_code == 200
    for path in (
        "live/js/x/web/engine/kernel.js",
        "live/served",
        "live/mnist/labels.bin",
        "live/mnist/vae/codes.bin",
        "toy/mnist/decode.bin?x=0&y=0",
        "toy/mnist/relu-elbo/codes.bin",
        "download/token/name",
    ):
        answer = client.get(f"{base}/{path}")
        assert answer.status_code == 200
        assert not answer.headers["content-type"].startswith("text/html"), path
        if base:
            assert client.get(f"/{path}").text.startswith("<head>"), f"{path} is ours"
