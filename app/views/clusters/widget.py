"""Maps of all runs' codes as linked canvases: pointed at and selected in one, marked in all."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypedDict, TypeGuard

import streamlit as st

from app.state.map_view import MOST_ZOOM, MapPart, MapView
from app.ui import live_state
from app.ui.live_payload import ImagesPayload, RunPayload
from app.ui.live_view import live_component

_maps = live_component("maps", "views/clusters/widget")

Measure = Literal["errors", "norms"]


class ValuesPayload(TypedDict):
    """What the points' colours measure, and what it is called."""

    kind: Measure
    title: str


class MapViewPayload(TypedDict):
    """The classes that are hidden, and by run the part of its map that is seen."""

    hidden: list[int]
    parts: dict[str, MapPart]


class MapViewState(live_state.Numbered):
    """What is hidden and enlarged, as Python knows it."""

    value: MapViewPayload


class SelectedState(live_state.Numbered):
    """The test images that are selected, as Python knows them."""

    value: list[int]


class Payload(TypedDict):
    """What the view draws."""

    runs: list[RunPayload]
    images: ImagesPayload
    method: str
    title: str
    values: ValuesPayload | None
    thumbnails: bool
    classes: list[str]
    colors: list[str]
    selected: SelectedState
    shown: MapViewState


def maps(
    runs: Sequence[RunPayload],
    *,
    key: str,
    images: ImagesPayload,
    size: int,
    method: str,
    title: str,
    values: tuple[Measure, str] | None,
    thumbnails: bool,
    classes: Sequence[str],
    colors: Sequence[str],
    selected: Sequence[int],
    view: MapView,
    on_select: Callable[[list[int]], None],
    on_view: Callable[[MapView], None],
) -> None:
    """Draw a map of each run (app/ui/live_payload.py); `on_select` hears of a selection.

    `on_view` hears where legend and maps rest that people hide classes and zoom with.

    `method` names the map among a run's parts, `title` it for people; `images` describes the
    dataset's `size` test images, of `classes` drawn in `colors`. `values` colours points by what
    they measure, "errors" or "norms", under a title. `thumbnails` draws images where there is room.
    """

    def hear() -> None:
        live_state.hear(
            f"{key}-selected",
            st.session_state[key].get("selected"),
            lambda value: parse_selection(value, size),
            on_select,
        )

    def see() -> None:
        live_state.hear(
            f"{key}-shown",
            st.session_state[key].get("shown"),
            lambda value: parse_map_view(value, len(classes), [run["name"] for run in runs]),
            on_view,
        )

    data: Payload = {
        "runs": list(runs),
        "images": images,
        "method": method,
        "title": title,
        "values": {"kind": values[0], "title": values[1]} if values else None,
        "thumbnails": thumbnails,
        "classes": list(classes),
        "colors": list(colors),
        "selected": live_state.describe(f"{key}-selected", list(selected)),
        "shown": live_state.describe(
            f"{key}-shown", {"hidden": list(view.hidden), "parts": dict(view.parts)}
        ),
    }
    _maps(key=key, data=data, on_selected_change=hear, on_shown_change=see)


def parse_selection(sent: object, size: int) -> list[int] | None:
    """What the browser says is selected of `size` images; None if that cannot be.

    The images' numbers, each at most once, in the order of their selection.
    """
    if not isinstance(sent, list) or len(sent) > size:
        return None
    if not all(_is_whole(index) and index < size for index in sent):
        return None
    return sent if len(set(sent)) == len(sent) else None


def parse_map_view(told: object, classes: int, runs: Sequence[str]) -> MapView | None:
    """What the browser says is shown of these runs' maps; None if that cannot be."""
    if not isinstance(told, Mapping):
        return None
    hidden, parts = told.get("hidden"), told.get("parts")
    if not isinstance(hidden, list) or not isinstance(parts, Mapping):
        return None
    if not all(_is_whole(label) and label < classes for label in hidden):
        return None
    if len(set(hidden)) != len(hidden) or not parts.keys() <= set(runs):
        return None
    read = {str(run): _read_map_part(part) for run, part in parts.items()}
    known = {run: part for run, part in read.items() if part is not None}
    return MapView(tuple(hidden), known) if len(known) == len(read) else None


def _read_map_part(told: object) -> MapPart | None:
    if not isinstance(told, list) or len(told) != 3 or not all(map(_is_number, told)):
        return None
    zoom, across, up = told
    sound = 1 <= zoom <= MOST_ZOOM and 0 <= across <= 1 and 0 <= up <= 1  # which no NaN is
    return (float(zoom), float(across), float(up)) if sound else None


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
