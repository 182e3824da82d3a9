"""Whatever a browser says for a component: nothing raises, and what is kept stays as it was."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest
from helpers import REPOSITORY
from patience import PATIENCE
from served import IMAGES, LATENT_DIM
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from app.data import store
from app.views.traverse.parameters import Place

# What each component tells: the name of its state. Of one that tells two things, the second stands
# under its name and what it is about.
TOLD = {
    "muvae_arithmetic": "amount",
    "muvae_draw": "drawing",
    "muvae_interpolate": "share",
    "muvae_maps": "selected",
    "muvae_maps, parts": "shown",
    "muvae_legend": "hidden",
    "muvae_plane": "enlarge",
    "muvae_plane, pointed": "pointed",
    "muvae_samples": "sigmas",
    "muvae_tiles": "pick",
    "muvae_traverse": "place",
    "muvae_viewport": "narrow",
    "muvae_watch": "changed",
}
# Of those that tell a value that Python owns (app/ui/live_state.py): where they are told it.
OWNED = {
    "muvae_arithmetic": "amount",
    "muvae_draw": "picture",
    "muvae_interpolate": "share",
    "muvae_legend": "hidden",
    "muvae_maps": "selected",
    "muvae_maps, parts": "shown",
    "muvae_plane, pointed": "pointed",
    "muvae_samples": "sigmas",
    "muvae_traverse": "place",
}
ZEROS = [0] * LATENT_DIM
NAN = float("nan")
# JSON as a browser can write it (Python reads NaN and infinities too), and what none of them means.
NOTHING = {
    "null": "null",
    "true": "true",
    "below": "-1",
    "far": "1e308",
    "long": "1" * 400,
    "NaN": "NaN",
    "infinity": "-Infinity",
    "number as text": '"1"',
    "blank": '" "',
    "NUL": '"\\u0000"',
    "half a character": '"\\ud800"',
    "HTML": '"<img src=x onerror=alert(1)>"',
    "not in base64": json.dumps("é" * 1046),
    "too short a picture": json.dumps("A" * 1040),
    "long text": json.dumps("A" * 10_000),
    "list": "[]",
    "lists": "[[[0]]]",
    "long list": json.dumps([0] * 3000),
    "deep": "[" * 500 + "]" * 500,
    "object": "{}",
    "prototype": '{"__proto__": {"indices": [1], "turn": 1}, "__class__": "dict"}',
}
# Next to what one of them takes.
PLACE = {"positions": ZEROS, "active": 0, "axes": [0, 1]}
POINTED = {"place": [0.5, -1], "panel": "", "epoch": 1}
NEARLY: dict[str, Any] = {
    "place too far": POINTED | {"place": [1.1e4, 0]},
    "place NaN": POINTED | {"place": [NAN, 0]},
    "place true": POINTED | {"place": [True, 0]},
    "place of one": POINTED | {"place": [0]},
    "panel of others": POINTED | {"panel": "two"},
    "panel in a list": POINTED | {"panel": ["one"]},
    "epoch below": POINTED | {"epoch": 0},
    "epoch past the last": POINTED | {"epoch": 1000},
    "epoch true": POINTED | {"epoch": True},
    "epoch a fraction": POINTED | {"epoch": 1.0},
    "a run of others": ["nothing"],
    "runs in lists": [["vae"]],
    "too few positions": PLACE | {"positions": ZEROS[1:]},
    "too many positions": PLACE | {"positions": [*ZEROS, 0]},
    "position past the end": PLACE | {"positions": [1.01, *ZEROS[1:]]},
    "position NaN": PLACE | {"positions": [NAN, *ZEROS[1:]]},
    "position long": PLACE | {"positions": [10**400, *ZEROS[1:]]},
    "position true": PLACE | {"positions": [True, *ZEROS[1:]]},
    "positions as text": PLACE | {"positions": "0" * LATENT_DIM},
    "active past the end": PLACE | {"active": LATENT_DIM},
    "active true": PLACE | {"active": True},
    "active a fraction": PLACE | {"active": 0.0},
    "one axis": PLACE | {"axes": [0]},
    "axis below": PLACE | {"axes": [0, -1]},
    "axis true": PLACE | {"axes": [0, True]},
    "axes in an object": PLACE | {"axes": {"0": 0, "1": 1}},
    "point past the end": [IMAGES],
    "point below": [-1],
    "point twice": [1, 1],
    "point a fraction": [1.0],
    "point true": [True],
    "points in lists": [[1]],
    "too many points": list(range(IMAGES + 1)),
    "class past the end": {"hidden": [10], "parts": {}},
    "class twice": {"hidden": [1, 1], "parts": {}},
    "class true": {"hidden": [True], "parts": {}},
    "no parts": {"hidden": []},
    "parts in a list": {"hidden": [], "parts": [["vae", [2, 0, 0]]]},
    "part of others": {"hidden": [], "parts": {"nothing": [2, 0, 0]}},
    "part too large": {"hidden": [], "parts": {"vae": [60.1, 0, 0]}},
    "part beside the map": {"hidden": [], "parts": {"vae": [2, 0, 1.01]}},
    "part of two": {"hidden": [], "parts": {"vae": [2, 0]}},
    "part NaN": {"hidden": [], "parts": {"vae": [2, NAN, 0]}},
    "part long": {"hidden": [], "parts": {"vae": [10**400, 0, 0]}},
    "part true": {"hidden": [], "parts": {"vae": [True, 0, 0]}},
    "part in an object": {"hidden": [], "parts": {"vae": {"0": 2, "1": 0, "2": 0}}},
    "σ of one": {"vae": 1},
    "σ of others": {"vae": 1, "nothing": 1},
    "σ of more": {"vae": 1, "beta-vae": 1, "": 1},
    "σ too large": {"vae": 8.01, "beta-vae": 1},
    "σ NaN": {"vae": NAN, "beta-vae": 1},
    "σ long": {"vae": 10**400, "beta-vae": 1},
    "σ true": {"vae": True, "beta-vae": 1},
    "σ as text": {"vae": "1", "beta-vae": 1},
}
HOSTILE = NOTHING | {name: json.dumps(value) for name, value in NEARLY.items()}
SIGMAS = ("vae", "beta-vae", "mu-vae-1", "mu-vae-2")
PICTURE = base64.b64encode(bytes(784)).decode()
# What they do mean, up to the ends of what is right.
SOUND: dict[str, list[Any]] = {
    "muvae_arithmetic": [0, 2, 1.5],
    "muvae_draw": ["", PICTURE],
    "muvae_interpolate": [0, 1],
    "muvae_maps": [[], [IMAGES - 1, 0]],
    "muvae_maps, parts": [
        {"hidden": [], "parts": {}},
        {"hidden": [9, 0], "parts": {"vae": [60, 0, 1], "mu-vae-1": [1, 0.5, 0.5]}},
    ],
    "muvae_legend": [[], ["vae"]],
    "muvae_plane": ["one"],
    "muvae_plane, pointed": [POINTED, POINTED | {"panel": "one", "epoch": 1, "place": [1e4, -1e4]}],
    "muvae_samples": [{"vae": 0, "beta-vae": 8}],
    "muvae_tiles": [0],
    "muvae_traverse": [PLACE | {"positions": [-1, *ZEROS[2:], 1], "active": 9, "axes": [9, 0]}],
}
# JSON, but no component's state. (What is no JSON, Streamlit refuses before a script sees it.)
NO_STATE = ["null", "[]", "7", "NaN", '"x"', '{"": 0}', '{"get": 1, "items": 2}']


def component(name: str) -> str:
    """The component that a line of the tables is about."""
    return name.partition(",")[0]


def state_of(name: str, value: str, told: dict[str, Any]) -> str:
    """A component's whole state where it tells a value (JSON): of one that Python owns, a change.

    `told` is what the component is told.
    """
    if name in OWNED:
        owned = told[OWNED[name]]
        value = (
            f'{{"value": {value}, "revision": {owned["revision"] + 1}, '
            f'"session": {json.dumps(owned["session"])}}}'
        )
    return f'{{"{TOLD[name]}": {value}}}'


def say(app: AppTest, name: str, values: list[str], states: list[str] | None = None) -> None:
    """Rerun the page; each component of a name tells the next of the values; or it has a state."""
    told = app._tree.get_widget_states()
    left, raw = list(values), list(states or [])
    for element in app.get("bidi_component"):
        if element.proto.component_name != component(name) or not (left or raw):
            continue
        data = json.loads(element.proto.json)
        text = state_of(name, left.pop(0), data) if left else raw.pop(0)
        told.widgets.append(WidgetState(id=element.proto.id, json_value=text))
    app._run(told)
    assert not left
    assert not raw
    assert not app.exception


def components(name: str, count: int) -> AppTest:
    """A page of nothing but some components of a kind."""
    app = AppTest.from_file(
        str(REPOSITORY / "tests" / "components_page.py"), default_timeout=PATIENCE
    )
    app.session_state["name"], app.session_state["count"] = component(name), count
    app.session_state["heard"] = []
    return app.run()


def test_every_listener_is_in_the_table() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (REPOSITORY / "app").rglob("*.py")]
    listeners = re.findall(r"\bon_([a-z]+)_change=", "\n".join(sources))
    assert sorted(listeners) == sorted(TOLD.values())
    # The last two are heard by nobody: a rerun is all that they are for.
    assert {*SOUND, "muvae_viewport", "muvae_watch"} == set(TOLD)


@pytest.mark.parametrize("name", SOUND)
def test_a_listener_hears_what_means_something_and_nothing_else(name: str) -> None:
    sound = [json.dumps(value) for value in SOUND[name]]
    said = [value for value in HOSTILE.values() if value not in sound]
    app = components(name, len(said) + len(NO_STATE) + len(sound))
    say(app, name, said, NO_STATE)
    assert app.session_state["heard"] == []
    say(app, name, said + sound, NO_STATE)
    assert len(app.session_state["heard"]) == len(sound)


# Per page: its component, under which key it keeps what of that one's words, a word that it heeds,
# and as what.
PAGES: dict[str, tuple[str, tuple[str, ...], Any, Any]] = {
    "reconstruct": ("muvae_tiles", ("image", "mnist"), 0, 44),
    "sample": (
        "muvae_samples",
        ("sigma-",),
        dict.fromkeys(SIGMAS, 8),
        dict.fromkeys(SIGMAS, 8.0),
    ),
    "traverse": (
        "muvae_traverse",
        ("z",),
        SOUND["muvae_traverse"][0],
        Place((-1.0, *[0.0] * (LATENT_DIM - 2), 1.0), 9, (9, 0)),
    ),
    "clusters": ("muvae_maps, parts", ("hidden", "mnist"), SOUND["muvae_maps, parts"][1], (9, 0)),
    "clusters, zoom": (
        "muvae_maps, parts",
        ("zoom-", "mnist", "t-SNE"),
        SOUND["muvae_maps, parts"][1],
        {"vae": (60.0, 0.0, 1.0), "mu-vae-1": (1.0, 0.5, 0.5)},
    ),
    "clusters, points": ("muvae_maps", ("points", "mnist"), SOUND["muvae_maps"][1], (59, 0)),
    "interpolate": ("muvae_interpolate", ("t",), 1, 1.0),
    "arithmetic": ("muvae_arithmetic", ("amount",), 2, 2.0),
    "training": ("muvae_legend", ("hidden-runs",), ["beta-vae"], ("beta-vae",)),
    "toy_plane": ("muvae_plane", ("enlarge",), "relu-elbo", "relu-elbo"),
    "toy_plane, pointed": ("muvae_plane, pointed", ("marker", "mnist"), POINTED, (0.5, -1.0)),
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_keeps_what_means_something_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, page: str
) -> None:
    """On the pages themselves: the way from the browser to the session and back onto the page."""
    monkeypatch.setenv(store.CHECKPOINTS_ENVIRONMENT, str(checkpoints))
    name, key, word, meant = PAGES[page]
    app = AppTest.from_file(str(REPOSITORY / "app" / "main.py"), default_timeout=PATIENCE).run()
    if page != "reconstruct":
        app.switch_page(f"views/{component(page)}/page.py").run()
    for kind in ("NaN", "long list", "position past the end", "point past the end", "part long"):
        say(app, name, [HOSTILE[kind]])
        assert key not in app.session_state["values"]
    say(app, name, [json.dumps(word)])
    assert app.session_state["values"][key] == meant
