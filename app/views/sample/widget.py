"""Samples that are decoded in the browser, live under each run's σ."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from app.ui.live_view import live_component

_component = live_component("samples", "views/sample/widget")
MOST_SIGMA = 8.0
COMMON = ""  # in place of a run's name: the σ of all


def samples(
    runs: Sequence[dict[str, Any]],
    *,
    key: str,
    noise: Mapping[int, str],
    count: int,
    sigmas: Mapping[str, float],
    classes: Sequence[str],
    on_sigmas: Callable[[dict[str, float]], None],
) -> None:
    """Draw `count` samples of every run; `on_sigmas` hears where the sliders of σ rest.

    `noise` is the base64 of float32 [count,D], by D. Each run says, besides what
    app/ui/live_payload.py describes, the `mean` and `std` [D] that its noise gets; those of
    `sigmas` (by run name, or COMMON: one for all) have a slider, whose σ takes the place of `std`.
    """

    def hear() -> None:
        moved = parse_sigmas(st.session_state[key].get("sigmas"), sigmas)
        if moved is not None:
            on_sigmas(moved)

    _component(
        key=key,
        data={
            "runs": list(runs),
            "noise": {str(dimensions): text for dimensions, text in noise.items()},
            "count": count,
            "sigmas": dict(sigmas),
            "mostSigma": MOST_SIGMA,
            "classes": list(classes),
        },
        on_sigmas_change=hear,
    )


def parse_sigmas(value: object, known: Mapping[str, float]) -> dict[str, float] | None:
    """The σ of each slider as the browser says it; None if these are not the known ones'."""
    if not isinstance(value, dict) or value.keys() != known.keys():
        return None
    if not all(is_sigma(sigma) for sigma in value.values()):
        return None
    return {str(name): float(sigma) for name, sigma in value.items()}


def is_sigma(value: object) -> bool:
    """Whether something is a σ that a slider can have."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return 0 <= value <= MOST_SIGMA  # which NaN is not
