"""Traversals that are decoded in the browser: shared sliders, live images, strips, pads."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TypedDict

import streamlit as st

from app.ui import live_state
from app.ui.live_payload import RunPayload
from app.ui.live_view import live_component
from app.views.traverse.parameters import Place

_component = live_component("traverse", "views/traverse/widget")
STEPS = 40  # of a strip, as in Figure 7
NODES = 11  # a side of a plane


class MovesPayload(TypedDict):
    """What the sliders move in a run: from the `base` code to `low` and `high`, all [D].

    The k-th slider moves dimension `order[k]`; `active` says which dimensions are.
    """

    base: list[float]
    low: list[float]
    high: list[float]
    order: list[int]
    active: list[bool]


class Run(RunPayload, MovesPayload):
    """A run, and what the sliders move in it."""


class PlacePayload(TypedDict):
    """Where the sliders stand."""

    positions: list[float]
    active: int
    axes: tuple[int, int]


class PlaceState(live_state.Numbered):
    """Where the sliders stand, as Python knows it."""

    value: PlacePayload


class Payload(TypedDict):
    """What the view draws."""

    runs: list[Run]
    names: list[str]
    classes: list[str]
    steps: int
    nodes: int
    base: str
    baseImage: str | None
    place: PlaceState


def traversals(
    runs: Sequence[Run],
    *,
    key: str,
    place: Place,
    names: Sequence[str],
    classes: Sequence[str],
    base: str,
    base_image: str | None,
    on_move: Callable[[Place], None],
) -> None:
    """Draw the sliders and what every run decodes at their place; `on_move` hears where they rest.

    `names` are the sliders', `base` the base point's, `base_image` its image in base64.
    """

    def hear() -> None:
        live_state.hear(
            f"{key}-place",
            st.session_state[key].get("place"),
            lambda value: parse_place(value, len(names)),
            on_move,
        )

    data: Payload = {
        "runs": list(runs),
        "names": list(names),
        "classes": list(classes),
        "steps": STEPS,
        "nodes": NODES,
        "base": base,
        "baseImage": base_image,
        "place": live_state.describe(f"{key}-place", asdict(place)),
    }
    _component(key=key, data=data, on_place_change=hear)


def parse_place(value: object, count: int) -> Place | None:
    """A place as the browser says it, of `count` sliders; None if it is not one."""
    if not isinstance(value, dict):
        return None
    match value.get("positions"), value.get("active"), value.get("axes"):
        case [*positions], int(active), [int(across), int(up)]:
            pass
        case _:
            return None
    read = [live_state.read_number(position, -1, 1) for position in positions]
    told = tuple(position for position in read if position is not None)
    if not len(told) == len(read) == count:
        return None
    if not all(_is_index(index, count) for index in (active, across, up)):
        return None
    return Place(told, active, (across, up))


def _is_index(value: int, count: int) -> bool:
    return not isinstance(value, bool) and 0 <= value < count
