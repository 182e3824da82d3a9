"""The interactive part of the page Objectives: one dimension's penalties, and latent clipping."""

import math

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.data import store
from app.state import url
from app.ui.colors import CLASS_COLORS, run_color
from app.ui.glossary import helped
from app.ui.objective_cards import card_of
from app.ui.widgets import slide
from app.views.objectives.charts import (
    LOG_VARS,
    MEANS,
    Curve,
    along_log_var,
    along_mean,
    clipping_chart,
    merged,
    penalty_chart,
)
from app.views.objectives.parameters import BOUND, LOG_VAR, MEAN
from muvae import OBJECTIVES, Objective

PLAIN = {"displayModeBar": False}
CLIPPED_DIM = 2


def families() -> dict[str, list[Objective]]:
    """The registered objectives by family, in display order."""
    result: dict[str, list[Objective]] = {}
    for objective in OBJECTIVES.values():
        result.setdefault(card_of(objective).family, []).append(objective)
    return result


def charted() -> dict[str, Objective]:
    """The first objective of each family whose penalty on one dimension can be drawn."""
    firsts = {family: members[0] for family, members in families().items()}
    return {family: first for family, first in firsts.items() if card_of(first).charted}


@st.fragment
def draw() -> None:
    """Three charts, each under its slider; a fragment, so that moving one redraws no more."""
    with st.grid(3, min_column_width=300, gap="medium"):
        with st.container():
            variance()
        with st.container():
            mean()
        with st.container():
            clipping()
    url.rewrite("objectives")


def color_of(objective: Objective) -> str:
    """The colour that its runs have on every page."""
    return run_color(list(OBJECTIVES).index(objective.name))


def show(curves: list[Curve], grid: NDArray[np.float64], now: float, title: str, key: str) -> None:
    """A chart of penalties."""
    st.plotly_chart(
        store.figure((key, now), lambda: penalty_chart(curves, grid, now, title), passing=True),
        key=key,
        config=PLAIN,
        alt=f"Penalty of each objective as a function of {title}",
    )


def variance() -> None:
    """The penalty over log σ², and where each objective has its minimum."""
    log_var = slide(
        "log σ²",
        LOG_VAR,
        help=helped("The variance of one dimension, as its logarithm; 0 is σ = 1.", "sigma"),
    )
    curves = merged(
        [
            along_log_var(first, log_var, family, color_of(first))
            for family, first in charted().items()
        ]
    )
    show(curves, LOG_VARS, log_var, "log σ²", "pen-over-log-var")
    listed(curves, [variance_verdict(curve) for curve in curves])


def mean() -> None:
    """The penalty over μ, with the rest of the batch balancing it and, if that differs, not."""
    now = slide(
        "μ",
        MEAN,
        help=helped("The mean of one dimension.", "posterior"),
    )
    balanced, alone = [], []
    for family, first in charted().items():
        color = color_of(first)
        balanced.append(along_mean(first, now, family, color))
        unbalanced = along_mean(first, now, family, color, balanced=False)
        if not np.allclose(unbalanced.values, balanced[-1].values):
            alone.append(unbalanced)
    curves = merged([*balanced, *alone])
    show(curves, MEANS, now, "μ", "pen-over-mu")
    listed(curves, [mean_verdict(curve) for curve in curves])


def variance_verdict(curve: Curve) -> str:
    """What an objective does to σ, read off its curve."""
    place = curve.least()
    if place is not None:
        return f"least at **σ = {math.exp(LOG_VARS[place] / 2):.2f}**"
    return (
        "any σ costs the same" if curve.is_flat() else "**no minimum**: it falls on towards σ = 0"
    )


def mean_verdict(curve: Curve) -> str:
    """What an objective does to μ, read off its curve."""
    place = curve.least()
    if place is not None:
        return f"least at **μ = {abs(MEANS[place]):.0f}**"
    return "**any μ costs the same**" if curve.is_flat() else "no minimum"


def listed(curves: list[Curve], verdicts: list[str]) -> None:
    """Each curve's value at the sliders, and a verdict."""
    lines = zip(curves, verdicts, strict=True)
    st.markdown("\n".join(f"- {curve.name} {curve.now:.2f}: {verdict}" for curve, verdict in lines))


def clipping() -> None:
    """Latent clipping of points in a plane, at a bound of so many √D."""
    share = slide(
        "bound, in units of √D",
        BOUND,
        help=helped("The paper's models have 3 and 6.", "bound"),
    )
    bound = share * math.sqrt(CLIPPED_DIM)
    st.plotly_chart(
        store.figure(
            ("pen-clipping", bound),
            lambda: clipping_chart(bound, (CLASS_COLORS[0], CLASS_COLORS[6])),
            passing=True,
        ),
        key="pen-clipping",
        config=PLAIN,
        alt=f"Sixty means in two dimensions, those beyond {bound:.2f} scaled back to the circle",
    )
    st.markdown(
        f"- Latent clipping (Eq. 5) with D = 2: ‖μ‖ ≤ {share:g}·√2 = **{bound:.2f}**\n"
        "- Means beyond the bound keep their direction and lose their excess length; those within "
        "it stay where they are."
    )
