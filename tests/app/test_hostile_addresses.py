"""Whatever an address says: pages show what is usual instead; and no visit writes anything."""

import base64
import hashlib
import random
import sys
import zlib
from pathlib import Path

import pytest
from helpers import REPOSITORY
from patience import PATIENCE
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app.data import store
from app.pages import PAGES
from app.server.live_routes import live_routes
from app.server.plane_routes import plane_routes
from app.state.registry import page_parameters

PAGE_NAMES = sorted(page.name for page in PAGES)
PARAMETERS = sorted(
    {name for page in PAGE_NAMES for each in page_parameters(page) for name in each.names}
    | {"sigma-vae", "sigma-mu-vae-1", "zoom-vae", "nothing"}
)
BOMB = base64.urlsafe_b64encode(zlib.compress(bytes(20_000_000), 9)).decode()
VALUES = (
    "",
    " ",
    "-1",
    "0",
    "0.5",
    "1e999",
    "nan",
    "-inf",
    "9" * 400,
    "0x10",
    "1_0",
    "٣",
    "true",
    "None",
    "[1, 2]",
    '{"a": 1}',
    "1,2,3,4,5,6,7,8,9,10,11,12",
    "nan,nan",
    "1.2.3",
    "99999.5",
    "z99",
    "z-1",
    "<img src=x onerror=alert(1)>",
    "$x$ :red[x] ![](http://evil.invalid/x.png)",
    "../../etc/passwd",
    "\0\n\u202e",
    "😀" * 50,
    "a" * 50_000,
    BOMB,
    f"b{BOMB}",
)
# What opens the parts of pages that others are of.
GATES = {
    "choose": ("at random", "by class", "by index", "draw", "upload"),
    "from": ("the origin", "a test image", "the drawing"),
    "source": ("prior N(0, σ²I)", "aggregate posterior"),
    "one-sigma": ("true", "false"),
    "arrangement": ("overlaid", "rows"),
    "start-kind": ("test image", "class mean", "group", "drawing"),
    "a-kind": ("test image", "class mean", "group", "drawing"),
    "dataset": ("MNIST", "Fashion-MNIST"),
}


@pytest.fixture(autouse=True)
def served(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> None:
    monkeypatch.setenv(store.CHECKPOINTS_ENVIRONMENT, str(checkpoints))


def visit(page: str, query: dict[str, str]) -> AppTest:
    """A page opened by an address: the entry's first run is the page's, as with a link."""
    app = AppTest.from_file(str(REPOSITORY / "app" / "main.py"), default_timeout=PATIENCE)
    if page != "reconstruct":
        app._page_hash = calc_hash(page)  # switch_page() knows pages only after a run
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


@pytest.mark.parametrize("page", PAGE_NAMES)
def test_no_address_breaks_a_page(page: str) -> None:
    seed = random.SystemRandom().randrange(2**32)
    sys.stdout.write(f"seed {seed}\n")
    chance = random.Random(seed)
    for _ in range(4):
        query = {name: chance.choice(VALUES) for name in PARAMETERS if chance.random() < 0.8}
        query |= {
            name: chance.choice(sound) for name, sound in GATES.items() if chance.random() < 0.7
        }
        app = visit(page, query)
        assert not app.exception, query
        assert [title.value.lower().replace(" ", "_") for title in app.title] == [page], query
        app.run()  # what it has kept is sound too
        assert not app.exception, query


def state(folder: Path) -> dict[str, tuple[int, str]]:
    """Every file and folder under a folder: when it was changed, and what is in it."""
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in sorted(folder.rglob("*"))
    }


def test_no_visit_writes_to_the_checkpoints(checkpoints: Path) -> None:
    before = state(checkpoints)
    for page in PAGE_NAMES:
        assert not visit(page, {}).exception
    client = TestClient(Starlette(routes=[*live_routes(), *plane_routes()]))
    for path in (
        "live/mnist/images.bin",
        "live/mnist/vae/decoder.safetensors",
        "live/mnist/vae/encoder.safetensors",
        "live/mnist/vae/map-pca.bin",
        "toy/mnist/relu-elbo/shared.bin",
        "toy/mnist/decode.bin?x=0&y=0",
    ):
        assert client.get(path).status_code == 200
    assert client.post("live/mnist/vae/classify", content=bytes(40)).status_code == 200
    assert state(checkpoints) == before
