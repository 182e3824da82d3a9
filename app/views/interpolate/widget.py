"""Paths between two codes, decoded in the browser: a live image and the steps of every run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.ui.live_view import live_component

_component = live_component("interpolate", "views/interpolate/widget")


@dataclass(frozen=True)
class Between:
    """A run's ends, codes [D], and the distance within which 99 % of its codes have another."""

    start: Sequence[float]
    end: Sequence[float]
    spacing: float


def interpolate(
    runs: Sequence[dict[str, Any]],
    *,
    key: str,
    images: Mapping[str, str],
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

    `runs` and `images` are as app/ui/live_payload.py describes them, `paths` by run name; `names`
    are those of start and end, `colors` those of the classes. The slider stands at `share` of the
    way; `on_share` hears where it comes to rest. `note` stands below.
    """

    def hear() -> None:
        # From the browser: whatever is not a place of the slider is nobody's move.
        value = st.session_state[key].get("share")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and 0 <= value <= 1:
            on_share(float(value))

    _component(
        key=key,
        data={
            "runs": [
                run
                | {
                    "ends": [list(paths[run["name"]].start), list(paths[run["name"]].end)],
                    "spacing": paths[run["name"]].spacing,
                }
                for run in runs
            ],
            "images": dict(images),
            "names": list(names),
            "spherical": spherical,
            "steps": steps,
            "share": share,
            "note": note,
            "classes": list(classes),
            "colors": list(colors),
        },
        on_share_change=hear,
    )
