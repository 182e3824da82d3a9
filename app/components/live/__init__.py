"""Views that decode in the browser: Streamlit components around the JavaScript modules here.

A view is a module with a class `View` (constructor(root), update(component), stop()); mount.js
loads it. The modules, and the runs' weights, come from the server's own routes
(app/live_routes.py), where the browser keeps them from page to page.
"""

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from app.components.live.help import titles

FOLDER = Path(__file__).parent
ROUTE = "live/js"


@cache
def modules() -> dict[str, bytes]:
    """The JavaScript modules, by file name."""
    return {path.name: path.read_bytes() for path in sorted(FOLDER.glob("*.js"))}


@cache
def modules_version() -> str:
    """What tells these modules from changed ones: 16 hex digits, part of their address."""
    digest = hashlib.blake2s(digest_size=8)
    for name, source in modules().items():
        digest.update(f"{name}\0{len(source)}\0".encode() + source)
    return digest.hexdigest()


def live_component(name: str) -> Callable[..., Any]:
    """The Streamlit component whose view is `name`.js, styled by live.css and `name`.css."""
    styles = [(FOLDER / f"{style}.css").read_text(encoding="utf-8") for style in ("live", name)]
    component = st.components.v2.component(
        f"muvae_{name}",
        html=f'<div class="live {name}" aria-busy="true"></div>',
        css="\n".join(styles),
        js=(FOLDER / "mount.js").read_text(encoding="utf-8"),
    )

    def draw(*, key: str, data: Mapping[str, Any], **listeners: Any) -> Any:
        module = f"{ROUTE}/{modules_version()}/{name}.js"
        with st.container(key=f"live-{key}"):  # styled by app/steady.css
            return component(
                key=key, data={"module": module, "help": titles(name), **data}, **listeners
            )

    return draw
