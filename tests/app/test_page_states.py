"""What a page shows is a function of its address, on every page, for every parameter.

Made from the registry: each is set to A, B, A and B again in the page, by a link, and by the
browser's Back; the page, its address and its downloads are then the same, whatever way led there.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from app_pages import address
from helpers import REPOSITORY
from page_states import SCENES, TEXTS, Scene, other_text, owner
from patience import PATIENCE
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app.data import store
from app.pages import PAGES
from app.state import url
from app.state.context import Context
from app.state.registry import held_parameters, page_parameters
from app.ui import tour

# Elements of a page, by AppTest's names, and what is told in them.
SHOWN = (
    *("title", "header", "subheader", "markdown", "caption", "info", "error", "warning", "code"),
    *("selectbox", "number_input", "slider", "toggle", "text_input", "radio", "multiselect"),
    *("segmented_control", "button"),
)
NUMBERED = {"revision", "session"}  # of live views' values: how often they changed, and where


@pytest.fixture(autouse=True)
def served(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> None:
    monkeypatch.setenv(store.CHECKPOINTS_ENVIRONMENT, str(checkpoints))
    monkeypatch.setattr(tour, "has_seen", lambda: True)


def context() -> Context:
    """What a visitor has chosen who has chosen nothing."""
    return Context("mnist", ("vae", "beta-vae", "mu-vae-1", "mu-vae-2"))


def visit(page: str, query: Mapping[str, str]) -> AppTest:
    """A page opened by a link, in a session of its own."""
    app = AppTest.from_file(str(REPOSITORY / "app" / "main.py"), default_timeout=PATIENCE)
    if page != PAGES[0].name:
        app._page_hash = calc_hash(page)  # switch_page() knows pages only after a run
    app.query_params.update(query)
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception
    assert [toast.value for toast in app.toast] == []
    return app


def told(value: Any) -> Any:
    """What a component is told, without what differs from session to session."""
    if isinstance(value, dict):
        return {
            name: it.rpartition("/")[2] if name == "address" else told(it)
            for name, it in value.items()
            if name not in NUMBERED
        }
    return [told(each) for each in value] if isinstance(value, list) else value


def shown(app: AppTest) -> dict[str, Any]:
    """All that a page shows: texts, widgets, charts, live views, downloads, and its address."""
    found: dict[str, Any] = {"address": address(app)}
    for kind in SHOWN:
        found[kind] = [str(getattr(each, "value", "")) for each in app.get(kind)]
    found["charts"] = [json.loads(each.proto.spec) for each in app.get("plotly_chart")]
    found["components"] = [
        told(json.loads(each.proto.json or "{}")) for each in app.get("bidi_component")
    ]
    return found


def set_value(app: AppTest, page: str, name: str, text: str | None) -> None:
    """Set a parameter in the page, as its widget does, or its live view; None: to its default."""
    parameter = owner(page, name)
    now = context()
    kept = dict(app.session_state["values"])
    scope = tuple(scope_value(app, each.name) for each in parameter.scope)
    if text is None:
        value = parameter.default(now)
    else:
        value, refused = parameter.take({name: [text]}, now)
        assert not refused
    if name in ("z", "strip", "pad") and text is not None:  # one value under three names
        before = kept.get(("z",), parameter.default(now))
        value = merged(before, value, parameter.default(now))
    if any(each.key == parameter.name for each in widgets(app)):
        app.session_state[parameter.name] = list(value) if isinstance(value, tuple) else value
    else:
        app.session_state["values"] = {**kept, (parameter.name, *scope): value}
    checked(app.run())


def merged(before: Any, new: Any, usual: Any) -> Any:
    """A place with what is new in it."""
    return type(new)(
        *(
            getattr(new if getattr(new, part) != getattr(usual, part) else before, part)
            for part in ("positions", "active", "axes")
        )
    )


def scope_value(app: AppTest, name: str) -> Any:
    return {"dataset": "mnist"}.get(name) or app.session_state[name]


def widgets(app: AppTest) -> list[Any]:
    kinds = ("selectbox", "number_input", "slider", "toggle", "text_input", "radio")
    kinds = (*kinds, "segmented_control", "multiselect")
    return [each for kind in kinds for each in app.get(kind)]


@pytest.mark.parametrize("scene", SCENES, ids=lambda it: f"{it.page} {' '.join(it.names)}"[:60])
def test_a_page_shows_what_its_address_says_whatever_way_led_there(
    monkeypatch: pytest.MonkeyPatch, scene: Scene
) -> None:
    gate = dict(scene.gate)
    if "drawing" not in scene.names and "the drawing" in gate.values():
        gate["drawing"] = TEXTS["drawing"]
    texts = {name: other_text(scene.page, name, context()) for name in scene.names}
    app = visit(scene.page, gate)
    before = shown(app)
    by_link = shown(visit(scene.page, gate | texts))
    for name, text in texts.items():
        set_value(app, scene.page, name, text)
        assert address(app)[name] == [text]
    there = shown(app)
    assert there == by_link
    assert there != before
    for name in texts:
        set_value(app, scene.page, name, None)
    assert shown(app) == before, "A again"
    for name, text in texts.items():
        set_value(app, scene.page, name, text)
    assert shown(app) == there, "B again"
    assert shown(checked(app.run())) == there, "a rerun"
    # What people hold stays with them, also where an entry of the history does not name it.
    held = {each.name for each in held_parameters(scene.page)} & set(texts)
    with monkeypatch.context() as back:  # as the browser's Back and Forward have it
        back.setattr(url, "_from_history", lambda: True)
        for expected in (there, there) if held else (before, there, before):
            app.query_params.clear()
            app.query_params.update(expected["address"])
            assert shown(checked(app.run())) == expected, "Back"


@pytest.mark.parametrize("scene", SCENES, ids=lambda it: f"{it.page} {' '.join(it.names)}"[:60])
def test_a_widget_s_usual_value_is_its_value(scene: Scene) -> None:
    """A browser that draws the second of two quick runs alone shows the usual one."""
    texts = {name: other_text(scene.page, name, context()) for name in scene.names}
    app = visit(scene.page, dict(scene.gate) | texts)
    for widget in widgets(app):
        proto = widget.proto
        several = isinstance(proto.default, Sequence) and not isinstance(proto.default, str)
        usual = list(proto.default) if several else [proto.default]
        if hasattr(proto, "options") and widget.type != "slider":
            options = [getattr(option, "content", option) for option in proto.options]
            usual = [options[at] for at in usual]
        value = widget.value
        shown = [*value] if isinstance(value, list | tuple) else [value]
        if hasattr(widget, "format_func"):
            shown = [widget.format_func(each) for each in shown]
        assert usual == shown, widget.key


def test_every_parameter_of_every_page_is_set() -> None:
    for page in PAGES:
        scenes = [scene for scene in SCENES if scene.page == page.name]
        names = {name for scene in scenes for name in (*scene.gate, *scene.names)}
        for parameter in page_parameters(page.name):
            if parameter.name in ("dataset", "runs"):
                continue
            owned = [name for name in names if owner(page.name, name) == parameter]
            assert owned, f"{page.name}: {parameter.name}"
            if not parameter.name.endswith("-"):
                assert set(parameter.names) <= names
