"""Codes and per-dimension numbers as bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.series import Series, legend_above


def code_bars(
    mean: NDArray[np.float32], std: NDArray[np.float32], limit: float, color: str
) -> go.Figure:
    """One code as bars, mean [D] with its σ [D] as whiskers, over the range ±limit."""
    figure = go.Figure(
        go.Bar(
            x=[f"z{dimension}" for dimension in range(len(mean))],
            y=mean,
            error_y={"type": "data", "array": std, "thickness": 1.5, "width": 3},
            marker_color=color,
            hovertemplate="%{x}: μ = %{y:.2f}, σ = %{error_y.array:.2g}<extra></extra>",
        )
    )
    figure.update_layout(
        height=170,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        yaxis_range=[-limit, limit],
        bargap=0.25,
        dragmode=False,
    )
    return figure


@dataclass(frozen=True)
class Divergence:
    """A run's KL divergence a dimension, [D] in nats, and which of them are active, [D]."""

    series: Series
    kl: NDArray[np.float64]
    active: NDArray[np.bool_]


def kl_bars(runs: Sequence[Divergence], *, log: bool, narrow: bool) -> go.Figure:
    """KL per dimension, one group of bars a dimension; those that are not active are marked dead.

    On a narrow page the bars lie, and the groups go down the page.
    """
    dimensions = max(len(run.kl) for run in runs)
    plot_height = max(240, dimensions * (14 * len(runs) + 10)) if narrow else 280
    labels = [run.series.label for run in runs]
    legend, top = legend_above(labels, gap=8, plot_height=plot_height, narrow=narrow)
    values = {
        "title": {"text": "KL divergence (nats)", "standoff": 6},
        "exponentformat": "power",
        **_kl_scale(np.concatenate([run.kl for run in runs]), log=log),
    }
    names = {"type": "category", "autorange": "reversed" if narrow else True}
    figure = go.Figure([_bars(run, narrow=narrow) for run in runs])
    figure.update_layout(
        height=plot_height + top + 40,
        margin={"l": 0, "r": 0, "t": top, "b": 40},
        xaxis=values if narrow else names,
        yaxis=names if narrow else values,
        barmode="group",
        bargap=0.25,
        legend=legend,
        showlegend=True,
        dragmode=False,
        uirevision="kl",
    )
    return figure


def _kl_scale(kl: NDArray[np.float64], *, log: bool) -> dict[str, Any]:
    positive = kl[kl > 0]
    if not log or not len(positive):
        return {"type": "linear", "range": [0, 1.15 * float(kl.max()) or 1.0]}
    low, high = np.log10([positive.min(), positive.max()]).tolist()
    margin = 0.12 * (high - low) + 0.1
    return {"type": "log", "range": [low - margin, high + margin], "dtick": 1 + (high - low) // 6}


def _bars(run: Divergence, *, narrow: bool) -> go.Bar:
    dead = ~run.active
    names = [f"z{dimension}" for dimension in range(len(run.kl))]
    return go.Bar(
        x=run.kl if narrow else names,
        y=names if narrow else run.kl,
        orientation="h" if narrow else "v",
        uid=run.series.name,
        name=run.series.label,
        customdata=run.kl,
        marker={
            "color": run.series.color,
            "opacity": np.where(dead, 0.5, 1.0),
            "pattern": {"shape": np.where(dead, "/", "").tolist(), "size": 5},
        },
        text=np.where(dead, "dead", "").tolist(),
        textposition="outside",
        textangle=0 if narrow else -90,
        textfont_size=10,
        cliponaxis=False,
        hovertemplate=f"{run.series.label}, "
        + ("%{y}" if narrow else "%{x}")
        + ": KL %{customdata:.4~g} nats %{text}<extra></extra>",
    )
