"""Every page with every parameter at another value than its default, for the generated tests.

The names and kinds are the registry's (app/state/registry.py); here stands what no kind can say:
what opens the parts of a page that others are of, and the texts of what live views hold.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.pages import PAGES
from app.state.context import Context
from app.state.drawing import pack
from app.state.parameters import ClassLabel, Option, Parameter, Real, Switch, Whole
from app.state.registry import own_parameters, page_parameters


@dataclass(frozen=True)
class Scene:
    """A part of a page: the values that open it, and the names of what is set in it."""

    page: str
    gate: Mapping[str, str]
    names: tuple[str, ...]


PICTURE = np.zeros((28, 28), np.uint8)
PICTURE[6:22, 12:16] = 250
DRAWING = pack(PICTURE)

# Of live views, and where one value goes by another.
TEXTS = {
    "drawing": DRAWING,
    "epoch": "1",
    "focus": "9",
    "hidden": "3",
    "hidden-runs": "β-VAE",
    "image": "4",
    "indices": "3-9",
    "marker": "0.5,-0.25",
    "pad": "4,2",
    "panel": "relu-elbo",
    "points": "3.9.20",
    "sigma-vae": "2.5",
    "strip": "z1",
    "z": "0,0.5",
    "zoom-vae": "2,0.4,0.6",
}
DRAWN = {"drawing": DRAWING}
LISTED = (
    Scene("reconstruct", {}, ("count", "reconstruct-seed")),
    Scene("reconstruct", {"choose": "by class"}, ("count", "class", "start")),
    Scene("reconstruct", {"choose": "by index"}, ("indices", "image")),
    Scene("reconstruct", {"choose": "draw"}, ("drawing",)),
    Scene("reconstruct", {"choose": "upload"}, ("drawing",)),
    Scene("sample", {}, ("samples", "seed", "sigma-vae")),
    Scene("sample", {"one-sigma": "true"}, ("sigma",)),
    Scene("sample", {"source": "aggregate posterior"}, ("samples",)),
    Scene("traverse", {}, ("range", "z", "strip", "pad")),
    Scene("traverse", {}, ("order",)),
    Scene("traverse", {"from": "a test image"}, ("image",)),
    Scene("traverse", {"from": "the drawing"}, ("drawing",)),
    # A zoom is of one map, and another map shows all of its points.
    Scene("clusters", {}, ("map", "color", "draw", "hidden")),
    Scene("clusters", {"points": TEXTS["points"]}, ("focus", "zoom-vae")),
    Scene("interpolate", {}, ("start-image", "end-image", "way", "steps", "t")),
    Scene(
        "interpolate",
        {"start-kind": "class mean", "end-kind": "class mean"},
        ("start-mean", "end-mean"),
    ),
    Scene("interpolate", {"start-kind": "group", "end-kind": "drawing"}, ("points", "drawing")),
    Scene(
        "arithmetic",
        {"a-kind": "class mean", "b-kind": "test image", "c-kind": "test image"},
        ("a-mean", "b-image", "c-image", "clip", "amount"),
    ),
    Scene("arithmetic", {}, ("a-image", "b-mean", "c-mean")),
    Scene("arithmetic", {"a-kind": "group", "b-kind": "drawing"}, ("points", "drawing")),
    Scene("training", {}, ("split", "axes", "accuracy", "hidden-runs")),
    Scene("distributions", {"arrangement": "rows"}, ("codes", "x-range", "kl-axis")),
    Scene("results", {}, ("dataset", "runs")),
    # The marker of an enlarged panel is on that panel.
    Scene("toy_plane", {}, ("extent", "enlarge", "marker", "epoch")),
    Scene("toy_plane", {"plane": "decoded plane"}, ("marker", "panel")),
    Scene("objectives", {}, tuple(each.name for each in own_parameters("objectives"))),
)


def _others() -> Iterator[Scene]:
    """A scene of each page's parameters that no scene above names: a new page needs none there."""
    for page in PAGES:
        scenes = [scene for scene in LISTED if scene.page == page.name]
        named = {name for scene in scenes for name in (*scene.gate, *scene.names)}
        left = [
            parameter.name
            for parameter in own_parameters(page.name)
            if not any(map(parameter.owns, named))
        ]
        if left:
            yield Scene(page.name, {}, tuple(left))


SCENES = (*LISTED, *_others())


def owner(page: str, name: str) -> Parameter[Any]:
    """The parameter of a page that stands under a name."""
    return next(
        each
        for each in page_parameters(page)
        if name in each.names or (name.startswith(each.name) and each.name.endswith("-"))
    )


def other_text(page: str, name: str, context: Context) -> str:
    """A value of a parameter that is not its default, as an address writes it."""
    if name in TEXTS:
        return TEXTS[name]
    parameter = owner(page, name)
    match parameter:
        case Option():
            usual = parameter.default(context)
            last = [option for option in parameter.options if option != usual][-1]
            return parameter.label(last)
        case ClassLabel():
            return context.classes[(parameter.default(context) + 4) % len(context.classes)]
        case Switch():
            return "true"
        case Whole():
            usual = parameter.default(context)
            return str(usual + 2 if usual + 2 <= parameter.most(context) else usual - 2)
        case Real():
            usual = parameter.default(context)
            return f"{usual + 2 * parameter.step:g}"
    return {"dataset": "Fashion-MNIST", "runs": "μ-VAE#1"}[name]
