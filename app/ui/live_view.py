"""Views that decode in the browser: Streamlit components around a JavaScript module each.

A view is a module with a class `View` (constructor(root), update(component), stop()) and the SHAPE
of its data (app/payloads.py); mount.js loads it. The modules, and the runs' weights, come from the
server's own routes (app/server/live_routes.py); the browser keeps them from page to page.
"""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from app.data.modules import ROUTE, modules_version, source
from app.ui.help_texts import titles


def live_component(name: str, path: str) -> Callable[..., Any]:
    """The Streamlit component whose view is app/`path`.js, styled by live.css and `path`.css."""
    component = st.components.v2.component(
        f"muvae_{name}",
        html=f'<div class="live {name}" aria-busy="true"></div>',
        css="\n".join(source(style) for style in ("web/dom/live.css", f"{path}.css")),
        js=source("web/dom/mount.js"),
    )

    def draw(*, key: str, data: Mapping[str, object], **listeners: Any) -> Any:
        modules = f"{ROUTE}/{modules_version()}/"
        with st.container(key=f"live-{key}"):  # styled by app/web/layout.css
            return component(
                key=key,
                data={"modules": modules, "view": f"{path}.js", "help": titles(name), **data},
                **listeners,
            )

    return draw
