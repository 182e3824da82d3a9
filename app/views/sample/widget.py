"""Samples that are decoded in the browser, live under each run's σ."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypedDict

import streamlit as st

from app.ui import live_state
from app.ui.live_payload import RunPayload
from app.ui.live_view import live_component
from app.views.sample.parameters import MOST_SIGMA

_component = live_component("samples", "views/sample/widget")
COMMON = ""  # in place of a run's name: the σ of all


class SpreadPayload(TypedDict):
    """What a run's noise gets, both [D]: z = mean + std · noise; and what there is to say of it."""

    mean: list[float]
    std: list[float]
    about: str


class Run(RunPayload, SpreadPayload):
    """A run, and what its noise gets."""


class SigmasPayload(live_state.Numbered):
    """The σ of each slider, by run or COMMON."""

    value: dict[str, float]


class Payload(TypedDict):
    """What the view draws; `noise` is float32 [count, D] in base 64, by D."""

    runs: list[Run]
    noise: dict[str, str]
    count: int
    sigmas: SigmasPayload
    mostSigma: float
    classes: list[str]


def samples(
    runs: Sequence[Run],
    *,
    key: str,
    noise: Mapping[int, str],
    count: int,
    sigmas: Mapping[str, float],
    classes: Sequence[str],
    on_sigmas: Callable[[dict[str, float]], None],
) -> None:
    """Draw `count` samples of every run; `on_sigmas` hears where the sliders of σ rest.

    `noise` is the base64 of float32 [count,D], by D. The runs of `sigmas` (by run name, or COMMON:
    one for all) have a slider, whose σ takes the place of their `std`.
    """

    def hear() -> None:
        live_state.hear(
            f"{key}-sigmas",
            st.session_state[key].get("sigmas"),
            lambda value: parse_sigmas(value, sigmas),
            on_sigmas,
        )

    data: Payload = {
        "runs": list(runs),
        "noise": {str(dimensions): text for dimensions, text in noise.items()},
        "count": count,
        "sigmas": live_state.describe(f"{key}-sigmas", dict(sigmas)),
        "mostSigma": MOST_SIGMA,
        "classes": list(classes),
    }
    _component(key=key, data=data, on_sigmas_change=hear)


def parse_sigmas(value: object, known: Mapping[str, float]) -> dict[str, float] | None:
    """The σ of each slider as the browser says it; None if these are not the known ones'."""
    if not isinstance(value, dict) or value.keys() != known.keys():
        return None
    read = {name: live_state.read_number(sigma, 0, MOST_SIGMA) for name, sigma in value.items()}
    told = {str(name): sigma for name, sigma in read.items() if sigma is not None}
    return told if len(told) == len(read) else None
