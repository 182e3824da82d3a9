"""Sums of codes, a − b + c, decoded in the browser in every run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import streamlit as st

from app.ui.live_payload import ImagesPayload, RunPayload
from app.ui.live_view import live_component

_component = live_component("arithmetic", "views/arithmetic/widget")


class Run(RunPayload):
    """A run, its a, b and c, and the distance within which 99 % of its codes have another."""

    terms: tuple[list[float], list[float], list[float]]
    spacing: float


class Payload(TypedDict):
    """What the view draws."""

    runs: list[Run]
    images: ImagesPayload
    names: tuple[str, str, str]
    clip: bool
    amount: float
    note: str
    classes: list[str]


@dataclass(frozen=True)
class Terms:
    """A run's a, b, c, codes [D]; the distance within which 99 % of its codes have another."""

    codes: tuple[Sequence[float], Sequence[float], Sequence[float]]
    spacing: float


def arithmetic(
    runs: Sequence[RunPayload],
    *,
    key: str,
    images: ImagesPayload,
    terms: Mapping[str, Terms],
    names: tuple[str, str, str],
    clip: bool,
    amount: float,
    on_amount: Callable[[float], None],
    note: str,
    classes: Sequence[str],
) -> None:
    """Draw a − b + c as an equation of images, one a run, with a slider for how much of c − b.

    `terms` are by run name; `names` are those of a, b and c. The slider stands at `amount`, 0 to 2;
    `on_amount` hears where it comes to rest. `clip` scales results back to the run's bound. `note`
    stands below.
    """

    def hear() -> None:
        # From the browser: whatever is not a place of the slider is nobody's move.
        value = st.session_state[key].get("amount")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and 0 <= value <= 2:
            on_amount(float(value))

    described: list[Run] = []
    for run in runs:
        a, b, c = map(list, terms[run["name"]].codes)
        described.append({**run, "terms": (a, b, c), "spacing": terms[run["name"]].spacing})
    data: Payload = {
        "runs": described,
        "images": images,
        "names": names,
        "clip": clip,
        "amount": amount,
        "note": note,
        "classes": list(classes),
    }
    _component(key=key, data=data, on_amount_change=hear)
