"""Whatever is asked of the app's own routes: a short text and a 4xx, never a failure."""

import json
import math
import shutil
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from helpers import REPOSITORY
from served import LATENT_DIM
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.data import store
from app.server.asgi import root_script
from app.server.headers import SafeHeaders, content_policy
from app.server.live_routes import live_routes
from app.server.plane_routes import plane_routes

SEGMENTS = {
    "up": "..",
    "up and away": "../../etc/passwd",
    "up, encoded twice": "%2e%2e%2f",
    "backslash": "..\\..\\etc",
    "root": "/etc/passwd",
    "hidden": ".vae.old",
    "blank": " ",
    "NUL": "\0",
    "newline": "vae\n",
    "HTML": "<img src=x onerror=alert(1)>",
    "not ASCII": "vаe",  # the а is Cyrillic
    "long": "a" * 4000,
    "number": "-1",
    "format": "{0.__class__}%s",
}
PATHS = (
    "live/js/x/{}.js",
    "live/{}/images.bin",
    "live/mnist/{}.bin",
    "live/{}/vae/decoder.safetensors",
    "live/mnist/{}/decoder.safetensors",
    "live/mnist/vae/{}",
    "live/mnist/vae/map-{}.bin",
    "toy/{}/decode.bin?x=0&y=0",
    "toy/mnist/decode.bin?x={}&y=0",
    "toy/{}/relu-elbo/codes.bin",
    "toy/mnist/{}/codes.bin",
    "toy/mnist/relu-elbo/{}.bin",
)


async def page(_: Request) -> HTMLResponse:
    return HTMLResponse("<html></html>", headers={"X-Content-Type-Options": "none"})


@pytest.fixture(scope="module")
def checkpoints(served_checkpoints: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("requests") / "checkpoints"
    shutil.copytree(served_checkpoints, root)
    (root / "mnist" / ".vae.old").mkdir()
    return root


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> TestClient:
    """The routes; what they raise, the test raises."""
    monkeypatch.setenv(store.CHECKPOINTS_ENVIRONMENT, str(checkpoints))
    routes = [*plane_routes(), *live_routes(), Route("/page", page)]
    app = Starlette(routes=routes, middleware=[Middleware(SafeHeaders)])
    return TestClient(app, base_url="http://test/")


@pytest.mark.parametrize("path", PATHS)
def test_what_is_not_there_is_a_short_text(client: TestClient, path: str) -> None:
    for kind, segment in SEGMENTS.items():
        for method in ("GET", "POST", "PUT", "DELETE"):
            answer = client.request(method, path.format(quote(segment, safe="")))
            if "x={}" in path and segment == "-1" and method == "GET":
                continue  # which is a place
            assert 400 <= answer.status_code < 500, (kind, method)
            assert len(answer.text) < 600, (kind, method)
            assert answer.headers["content-type"].startswith("text/plain")
            assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("place", ["", "nan", "inf", "-inf", "1e999", "1e5", "0x1", "1,5", "٣e9"])
def test_a_place_that_is_none_is_refused(client: TestClient, place: str) -> None:
    for query in (f"x={place}&y=0", f"x=0&y={place}", f"x={place}", ""):
        answer = client.get(f"toy/mnist/decode.bin?{query}")
        assert answer.status_code == 400
        assert answer.text == "x and y must be numbers of at most 10,000."


MOST_CODES = 512  # in a request
CODE = np.zeros(LATENT_DIM, "<f4").tobytes()
BODIES = {
    "nothing": (b"", 400),
    "a byte": (b"\0", 400),
    "JSON": (json.dumps([0] * LATENT_DIM).encode(), 400),
    "a code and a half": (CODE + CODE[:20], 400),
    "NaN": (np.full(LATENT_DIM, math.nan, "<f4").tobytes(), 400),
    "infinity": (np.full(LATENT_DIM, -math.inf, "<f4").tobytes(), 400),
    "one too many": (CODE * (MOST_CODES + 1), 413),
    "megabytes": (bytes(8_000_000), 413),
}


@pytest.mark.parametrize("kind", BODIES)
def test_bodies_that_are_no_codes_are_refused(client: TestClient, kind: str) -> None:
    body, status = BODIES[kind]
    answer = client.post("live/mnist/vae/classify", content=body)
    assert answer.status_code == status
    assert len(answer.text) < 100


def test_a_body_is_not_read_past_what_is_allowed(client: TestClient) -> None:
    """Nor is its length believed: here none is said."""
    answer = client.post("live/mnist/vae/classify", content=(bytes(9999) for _ in range(999)))
    assert answer.status_code == 413


def test_the_largest_codes_are_classified(client: TestClient) -> None:
    largest = np.full((MOST_CODES, LATENT_DIM), np.finfo("<f4").max, "<f4").tobytes()
    answer = client.post("live/mnist/vae/classify", content=largest)
    assert answer.status_code == 200
    assert len(answer.content) == MOST_CODES * 10 * 4


@pytest.mark.parametrize("segment", SEGMENTS.values(), ids=SEGMENTS)
def test_nobody_classifies_for_a_run_that_is_none(client: TestClient, segment: str) -> None:
    for path in (f"live/{quote(segment, safe='')}/vae", f"live/mnist/{quote(segment, safe='')}"):
        assert client.post(f"{path}/classify", content=CODE).status_code in (404, 405)


def test_pages_say_what_they_may_load_and_run(client: TestClient) -> None:
    answer = client.get("page")
    assert answer.headers["content-security-policy"] == content_policy()
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    policy = dict(part.split(" ", 1) for part in content_policy("explorer").split("; "))
    assert "unsafe" not in policy["script-src"].replace("'wasm-unsafe-eval'", "")
    # Streamlit's own, where the server is, and the one of the history (app/web/dom/history.js).
    assert policy["script-src"].count("sha256-") == 3
    assert content_policy("explorer") != content_policy()
    assert b"/explorer/" in root_script("explorer")
    assert "http" not in content_policy()


def test_nothing_of_the_repository_is_a_secret() -> None:
    """None is needed: no key of a service, no password, no file of secrets that Streamlit reads."""
    assert not (REPOSITORY / ".streamlit" / "secrets.toml").exists()
    sources = [*(REPOSITORY / "app").rglob("*.py"), *(REPOSITORY / "muvae").rglob("*.py")]
    assert not [path for path in sources if "st.secrets" in path.read_text(encoding="utf-8")]
