"""Paths between two codes, decoded in the browser: a live image and the steps of every run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import streamlit as st

from app.ui import live_state
from app.ui.live_payload import ImagesPayload, RunPayload
from app.ui.live_view import live_component

_component = live_component("interpolate", "views/interpolate/widget")


class Run(RunPayload):
    """A run, its path's ends, and the distance within which 99 % of its codes have another."""

    ends: tuple[list[float], list[float]]
    spacing: float


class Payload(TypedDict):
    """What the view draws."""

    runs: list[Run]
    images: ImagesPayload
    names: tuple[str, str]
    spherical: bool
    steps: int
    share: live_state.NumberState
    note: str
    classes: list[str]
    colors: list[str]


@dataclass(frozen=True)
class Between:
    """A run's ends, codes [D], and the distance within which 99 % of its codes have another."""

    start: Sequence[float]
    end: Sequence[float]
    spacing: float


def interpolate(
    runs: Sequence[RunPayload],
    *,
    key: str,
    images: ImagesPayload,
    paths: Mapping[str, Between],
    names: tuple[str, str],
    spherical: bool,
    steps: int,
    share: float,
    on_share: Callable[[float], None],
    note: str,
    classes: Sequence[str],
    colors: Sequence[str],
) -> None:
    """Draw every run's path between its ends, in `steps` steps, with one slider for all.

    `paths` are by run name; `names` are those of start and end, `colors` those of the classes. The
    slider stands at `share` of the way; `on_share` hears where it comes to rest. `note` stands
    below.
    """

    def hear() -> None:
        live_state.hear(
            f"{key}-share",
            st.session_state[key].get("share"),
            lambda value: live_state.read_number(value, 0, 1),
            on_share,
        )

    described: list[Run] = []
    for run in runs:
        path = paths[run["name"]]
        ends = (list(path.start), list(path.end))
        described.append({**run, "ends": ends, "spacing": path.spacing})
    data: Payload = {
        "runs": described,
        "images": images,
        "names": names,
        "spherical": spherical,
        "steps": steps,
        "share": live_state.describe(f"{key}-share", share),
        "note": note,
        "classes": list(classes),
        "colors": list(colors),
    }
    _component(key=key, data=data, on_share_change=hear)
