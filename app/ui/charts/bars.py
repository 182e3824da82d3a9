"""Codes and per-dimension numbers as bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.ui.charts.scales import axis
from app.ui.charts.series import Series, legend_above


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
    values = _kl_axis(np.concatenate([run.kl for run in runs]), log=log)
    names = {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": [f"z{dimension}" for dimension in range(dimensions)],
        "autorange": "reversed" if narrow else True,
    }
    figure = go.Figure([bar for run in runs for bar in _bars(run, narrow=narrow)])
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
    )
    return figure


def _kl_axis(kl: NDArray[np.float64], *, log: bool) -> dict[str, Any]:
    positive = kl[kl > 0]
    if not log or not len(positive):
        highest = float(kl.max())
        return {**axis("linear", 0.0, highest), "range": [0, 1.15 * highest or 1.0]}
    low, high = np.log10([positive.min(), positive.max()]).tolist()
    margin = 0.12 * (high - low) + 0.1
    ends = low - margin, high + margin
    return {**axis("log", 10 ** ends[0], 10 ** ends[1]), "range": ends}


def _bars(run: Divergence, *, narrow: bool) -> list[go.Bar]:
    """A run's bars: a legend shows what a trace's first bar looks like, so the dead are another."""
    bars: list[go.Bar] = []
    for dead in (False, True):
        dimensions = np.flatnonzero(run.active != dead)
        if not len(dimensions):
            continue
        kl, names = run.kl[dimensions], [f"z{dimension}" for dimension in dimensions]
        bars.append(
            go.Bar(
                x=kl if narrow else names,
                y=names if narrow else kl,
                orientation="h" if narrow else "v",
                meta=f"{run.series.name} {'dead' if dead else 'active'}",
                name=run.series.label,
                legendgroup=run.series.name,
                offsetgroup=run.series.name,
                showlegend=not bars,
                marker={
                    "color": run.series.color,
                    "opacity": 0.5 if dead else 1.0,
                    "pattern": {"shape": "/" if dead else run.series.pattern, "size": 5},
                },
                text="dead" if dead else "",
                textposition="outside",
                constraintext="none",
                textangle=0 if narrow else -90,
                textfont_size=10,
                cliponaxis=False,
                hovertemplate=f"{run.series.label}, {'%{y}' if narrow else '%{x}'}: "
                f"KL %{{{'x' if narrow else 'y'}:.4~g}} nats{', dead' * dead}<extra></extra>",
            )
        )
    return bars
