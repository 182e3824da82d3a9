"""Help: every widget of every page has some, and what it links to is there."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_pages import keep
from helpers import REPOSITORY
from patience import PATIENCE
from streamlit.testing.v1 import AppTest

from app.data.modules import APP
from app.state.selected_images import SELECTED_IMAGES
from app.ui.glossary import GLOSSARY, PAGE, link
from app.ui.help_texts import HELP

PAGES = (
    *("reconstruct", "sample", "traverse", "clusters", "interpolate", "arithmetic", "training"),
    *("distributions", "results", "toy_plane", "objectives"),
)
# Where there are widgets that are not always there: page, key, value.
STATES = (
    ("reconstruct", "choose", "by class"),
    ("reconstruct", "choose", "by index"),
    ("reconstruct", "choose", "draw"),
    ("reconstruct", "choose", "upload"),
    ("sample", "source", "aggregate posterior"),
    ("traverse", "from", "a test image"),
    ("clusters", "points", (1, 2)),
    ("interpolate", "start-kind", "class mean"),
    ("distributions", "arrangement", "rows"),
)
WIDGETS = (
    *("button", "button_group", "checkbox", "file_uploader", "multiselect", "number_input"),
    *("radio", "selectbox", "slider", "text_input", "toggle", "page_link"),
)


@pytest.fixture(scope="module")
def app(checkpoints: Path) -> Iterator[AppTest]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MUVAE_CHECKPOINTS", str(checkpoints))
        yield AppTest.from_file(str(REPOSITORY / "app" / "main.py"), default_timeout=PATIENCE).run()


def helps(app: AppTest) -> dict[str, str]:
    """The help text of every widget that is shown, by what kind it is and its label."""
    assert not app.exception
    found = {}
    for kind in WIDGETS:
        for element in app.get(kind):
            found[f"{kind} {element.proto.label}"] = element.proto.help
    return found


def links(app: AppTest) -> set[str]:
    """Where the links to Objectives lead that stand in texts and help texts."""
    texts = [*helps(app).values()]
    for element in (*app.markdown, *app.caption):
        texts += [element.value, element.proto.help]
    return set(re.findall(rf"\]\({PAGE}#([^)]*)\)", "\n".join(texts)))


@pytest.mark.parametrize("page", PAGES)
def test_every_widget_has_a_help_text_and_links_that_hold(app: AppTest, page: str) -> None:
    app.switch_page(f"views/{page}/page.py").run()
    views = [(page, None, None), *(state for state in STATES if state[0] == page)]
    for _, key, value in views:
        if key:
            if key == "points":
                keep(app, SELECTED_IMAGES, value, "mnist")
            else:
                app.session_state[key] = value
            app.run()
        found = helps(app)
        assert len(found) >= 4
        assert [name for name, text in found.items() if not text] == []
        assert links(app) <= set(GLOSSARY)
    assert links(app), "no term is explained"


def test_objectives_lists_every_term_under_its_anchor(app: AppTest) -> None:
    app.switch_page("views/objectives/page.py").run()
    anchors = {heading.anchor: heading.value for heading in app.subheader}
    assert anchors == {anchor: term.name for anchor, term in GLOSSARY.items()}
    shown = [markdown.value for markdown in app.markdown]
    for anchor, term in GLOSSARY.items():
        assert term.meaning in shown
        assert 1 <= term.meaning.count(". ") + 1 <= 3
        assert link(anchor) == f"[{term.name}](objectives#{anchor})"


def test_every_term_is_linked_from_somewhere() -> None:
    sources = [path for path in (REPOSITORY / "app").rglob("*.py") if path.name != "glossary.py"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    assert [anchor for anchor in GLOSSARY if f'"{anchor}"' not in text] == []


def test_live_views_have_the_texts_that_their_controls_ask_for() -> None:
    asked = set()
    for path in APP.rglob("*.js"):
        source = path.read_text(encoding="utf-8")
        asked |= set(re.findall(r'"data-help": "([^"]+)"', source))
        asked |= set(re.findall(r'dataset\.help = "([^"]+)"', source))
        asked |= set(re.findall(r'help: "([^"]+)"', source))
    known = {key for entries in HELP.values() for key in entries}
    assert asked - {"help"} <= known
    for entries in HELP.values():
        for entry in entries.values():
            assert set(entry.terms) <= set(GLOSSARY)


def test_the_texts_go_to_the_browser_with_the_view(app: AppTest) -> None:
    app.switch_page("views/traverse/page.py").run()
    (data,) = (
        json.loads(element.proto.json)
        for element in app.get("bidi_component")
        if element.proto.component_name == "muvae_traverse"
    )
    assert data["help"] == {key: entry.text for key, entry in HELP["traverse"].items()}
    shown = "\n".join(markdown.value for markdown in app.main.markdown)
    for entry in HELP["traverse"].values():
        assert f"**{entry.name}**: {entry.text}" in shown
