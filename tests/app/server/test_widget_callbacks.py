"""What a session keeps of widgets that its page no longer has: nothing."""

import gc
from pathlib import Path

import pytest
from helpers import REPOSITORY
from patience import PATIENCE
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.testing.v1 import AppTest

from app.pages import PAGES


def _pages() -> None:
    """Two pages with a button each; the count of what buttons of either hold that is still held."""
    import weakref

    import streamlit as st

    from app.server.widget_callbacks import forget_left_widgets

    class Held:
        def press(self, page: str) -> None:
            st.session_state["pressed"] = page

    forget_left_widgets()
    alive = st.session_state.setdefault("alive", {"a": weakref.WeakSet(), "b": weakref.WeakSet()})
    page = st.radio("Page", ["a", "b"], key="page")
    if st.session_state.get("again"):
        st.session_state["again"] = False
        st.rerun()
    held = Held()
    alive[page].add(held)
    st.button(f"Press {page}", key=f"button-{page}", on_click=held.press, args=(page,))


def held(app: AppTest, page: str) -> int:
    gc.collect()
    return len(app.session_state["alive"][page])


def test_left_widgets_callbacks_are_let_go() -> None:
    app = AppTest.from_function(_pages).run()
    assert held(app, "a") == 1
    app.radio(key="page").set_value("b").run()
    app.run()
    assert (held(app, "a"), held(app, "b")) == (0, 1)


def test_widgets_on_the_page_keep_their_callbacks() -> None:
    app = AppTest.from_function(_pages).run()
    app.run()
    app.button(key="button-a").click().run()
    assert app.session_state["pressed"] == "a"


def test_a_run_that_breaks_off_takes_no_callback() -> None:
    """Streamlit lets go of no value then either: what was not drawn yet is still on the page."""
    app = AppTest.from_function(_pages).run()
    app.session_state["again"] = True
    app.run()
    app.button(key="button-a").click().run()
    assert app.session_state["pressed"] == "a"


def known_widgets(app: AppTest) -> set[str]:
    """The widgets that a session's state knows, without the digests of what they were made with."""
    state = app.session_state._state
    while isinstance(state, SafeSessionState):  # one within the other
        state = state._state
    return {name.split("-", 2)[-1] for name in state._new_widget_state.widget_metadata}


def test_pages_leave_nothing_behind(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> None:
    monkeypatch.setenv("MUVAE_CHECKPOINTS", str(checkpoints))
    app = AppTest.from_file(str(REPOSITORY / "app" / "main.py"), default_timeout=PATIENCE).run()
    first = known_widgets(app)
    met = set(first)
    for page in PAGES:
        app.switch_page(page.file).run()
        assert not app.exception
        met |= known_widgets(app)
    app.switch_page("views/reconstruct/page.py").run()
    app.run()
    assert {"pen-mu", "maps", "traversals", "samples-live"} <= met
    assert known_widgets(app) == first
