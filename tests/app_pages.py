"""The app's pages run by AppTest, and what they show."""

import base64
import json
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from helpers import REPOSITORY
from patience import PATIENCE
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app.pages import PAGES
from app.state.parameters import Parameter
from app.state.url import OF_PAGE
from muvae import Run, load_run

T = TypeVar("T")


def open_page(
    monkeypatch: pytest.MonkeyPatch, root: Path, page: str = "reconstruct", **query: str | list[str]
) -> AppTest:
    """A page opened by an address: the entry's first run is the page's, as with a link."""
    monkeypatch.setenv("MUVAE_CHECKPOINTS", str(root))
    app = AppTest.from_file(str(REPOSITORY / "app" / "main.py"), default_timeout=PATIENCE)
    for name, value in query.items():
        app.query_params[name.replace("_", "-")] = value
    if page != PAGES[0].name:
        app._page_hash = calc_hash(page)  # switch_page() knows pages only after a run
    return app.run()


def tiles(app: AppTest) -> dict[str, dict[str, Any]]:
    """The data of every grid of images on the page, by key, its pixels as uint8 [N,S,S]."""
    grids = {}
    for element in app.get("bidi_component"):
        if element.proto.component_name == "muvae_tiles":
            data = json.loads(element.proto.json)
            pixels = np.frombuffer(base64.b64decode(data["pixels"]), np.uint8)
            data["pixels"] = pixels.reshape(data["count"], data["size"], data["size"])
            grids[element.proto.id.split("-", 2)[2]] = data
    return grids


def texts(app: AppTest) -> str:
    elements = [*app.markdown, *app.caption, *app.error, *app.warning, *app.info, *app.code]
    live = (json.loads(element.proto.json or "{}") for element in app.get("bidi_component"))
    headings = [
        f"**{run['label']}** {run['summary']}" for data in live for run in data.get("runs", [])
    ]
    return "\n".join([*(str(element.value) for element in elements), *headings])


def run_of(root: Path, name: str, dataset: str = "mnist") -> Run:
    return load_run(root / dataset / name)


def keep(app: AppTest, parameter: Parameter[T], value: T, *scope: str) -> None:
    """Keep a parameter's value in the test's session, for the values of its scope."""
    kept = app.session_state["values"] if "values" in app.session_state else {}  # noqa: SIM401
    app.session_state["values"] = {**kept, (parameter.name, *scope): value}


def address(app: AppTest) -> dict[str, list[str]]:
    """The address that a page has written, without whose it is, which the browser takes off."""
    found = {name: app.query_params[name] for name in app.query_params if name != OF_PAGE}
    return {name: it if isinstance(it, list) else [it] for name, it in found.items()}
