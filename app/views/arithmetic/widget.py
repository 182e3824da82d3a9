"""Sums of codes, a − b + c, decoded in the browser in every run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import streamlit as st

from app.ui import live_state
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
    amount: live_state.NumberState
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
        live_state.hear(
            f"{key}-amount",
            st.session_state[key].get("amount"),
            lambda value: live_state.read_number(value, 0, 2),
            on_amount,
        )

    described: list[Run] = []
    for run in runs:
        a, b, c = map(list, terms[run["name"]].codes)
        described.append({**run, "terms": (a, b, c), "spacing": terms[run["name"]].spacing})
    data: Payload = {
        "runs": described,
        "images": images,
        "names": names,
        "clip": clip,
        "amount": live_state.describe(f"{key}-amount", amount),
        "note": note,
        "classes": list(classes),
    }
    _component(key=key, data=data, on_amount_change=hear)
