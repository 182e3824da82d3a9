"""Planes of two-dimensional codes side by side: a place pointed at in one is decoded in all."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TypedDict

import streamlit as st

from app.data.toy_planes import FARTHEST
from app.ui import live_state
from app.ui.live_payload import ImageSize, image_size
from app.ui.live_view import live_component
from muvae.images import ImageSpec

_plane = live_component("plane", "views/toy_plane/widget")


@dataclass(frozen=True)
class Panel:
    """One plane: its run, what stands in it, and what part of the plane it shows.

    `square` is the part's centre and half its side; without one, `error` says what is wrong.
    `source` (app/server/live_routes.py) and `version` are what the browser needs to fetch the run's
    decoder, of codes of `latent_dim` dimensions. `bound` is the radius of the circle on which means
    are clipped, `epochs` the number of epochs whose codes can be replayed, `numbers` are names and
    values that stand beside the plane.
    """

    name: str
    title: str
    source: str = ""
    version: str = ""
    latent_dim: int = 2
    square: tuple[float, float, float] | None = None
    error: str = ""
    bound: float | None = None
    epochs: int = 0
    numbers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Pointed:
    """Where the marker is, the panel that it was moved in ("": the first), and the epoch shown."""

    place: tuple[float, float]
    panel: str
    epoch: int


class PointedPayload(TypedDict):
    """Where the marker is, in which panel, and the epoch; see Pointed."""

    place: tuple[float, float]
    panel: str
    epoch: int


class PointedState(live_state.Numbered):
    """The same, as Python knows it."""

    value: PointedPayload


class PanelPayload(TypedDict):
    """One plane; see Panel."""

    name: str
    title: str
    source: str
    version: str
    latentDim: int
    square: tuple[float, float, float] | None
    error: str
    bound: float | None
    epochs: int
    numbers: list[tuple[str, str]]


class Payload(TypedDict):
    """What the view draws."""

    panels: list[PanelPayload]
    image: ImageSize
    source: str
    version: str
    extent: str
    side: int
    tiles: bool
    classes: list[str]
    colors: list[str]
    enlarged: str | None
    pointed: PointedState


def planes(
    panels: Sequence[Panel],
    *,
    key: str,
    source: str,
    version: str,
    image: ImageSpec,
    extent: str,
    side: int,
    tiles: bool,
    classes: Sequence[str],
    colors: Sequence[str],
    enlarged: str | None,
    on_enlarge: Callable[[str], None],
    pointed: Pointed,
    on_point: Callable[[Pointed], None],
) -> None:
    """Draw the panels, three in a row where there is room; `on_enlarge` hears of a title's click.

    The browser asks the server for codes and decoded images, under `source`
    (app/server/plane_routes.py), `version` being that of all the runs; `image` is the images' size,
    `extent` is the kind of
    squares, `side` their decoded codes a side. `tiles` shows the decoded images in place of the
    codes. `on_point` hears where marker and epoch rest.
    """
    names = [panel.name for panel in panels]

    def hear() -> None:
        # From the browser: whatever is not the name of a panel is nobody's click.
        name = st.session_state[key].get("enlarge")
        if isinstance(name, str) and name in names:
            on_enlarge(name)

    most = max([1, *(panel.epochs for panel in panels)])

    def see() -> None:
        live_state.hear(
            f"{key}-pointed",
            st.session_state[key].get("pointed"),
            lambda value: parse_pointed(value, names, most),
            on_point,
        )

    data: Payload = {
        "panels": [_describe(panel) for panel in panels],
        "image": image_size(image),
        "source": source,
        "version": version,
        "extent": extent,
        "side": side,
        "tiles": tiles,
        "classes": list(classes),
        "colors": list(colors),
        "enlarged": enlarged,
        "pointed": live_state.describe(f"{key}-pointed", asdict(pointed)),
    }
    _plane(key=key, data=data, on_enlarge_change=hear, on_pointed_change=see)


def parse_pointed(value: object, names: Sequence[str], most: int) -> Pointed | None:
    """What the browser says is pointed at, of panels `names` and `most` epochs; None if not."""
    if not isinstance(value, dict):
        return None
    epoch, panel = value.get("epoch"), value.get("panel")
    if not isinstance(epoch, int) or isinstance(epoch, bool) or not 1 <= epoch <= most:
        return None
    if panel not in ("", *names):
        return None
    match value.get("place"):
        case [x, y]:
            read = [live_state.read_number(at, -FARTHEST, FARTHEST) for at in (x, y)]
            match read:
                case [float(across), float(up)]:
                    return Pointed((across, up), str(panel), epoch)
    return None


def _describe(panel: Panel) -> PanelPayload:
    return {
        "name": panel.name,
        "title": panel.title,
        "source": panel.source,
        "version": panel.version,
        "latentDim": panel.latent_dim,
        "square": panel.square,
        "error": panel.error,
        "bound": panel.bound,
        "epochs": panel.epochs,
        "numbers": list(panel.numbers),
    }
