"""Accuracies of runs beside those of the paper's Table 1."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

GREY = "#8a8f98"  # readable on light and dark


@dataclass(frozen=True)
class Accuracies:
    """One model's test accuracies in percent: the paper's, and ours on sampled codes and means.

    `sampled_sd` is the standard deviation of single draws of codes, 0 where it is unknown.
    """

    label: str
    color: str
    paper: float
    sampled: float
    means: float
    sampled_sd: float = 0.0


def accuracy_dots(rows: Sequence[Accuracies], epochs: int) -> go.Figure:
    """A line a model: the paper's figure as a bar across, ours as a dot, on means as a ring."""
    labels = [row.label for row in rows]
    figure = go.Figure()
    for row in rows:
        ends = (row.paper, row.sampled, row.means)
        figure.add_scatter(
            x=[min(ends), max(ends)],
            y=[row.label] * 2,
            mode="lines",
            line={"color": GREY, "width": 1},
            hoverinfo="skip",
            showlegend=False,
        )
    marks = (
        ("the paper", "line-ns", [row.paper for row in rows], 18),
        (f"sampled codes, {epochs} epochs", "circle", [row.sampled for row in rows], 11),
        (f"means, {epochs} epochs", "circle-open", [row.means for row in rows], 11),
    )
    for name, symbol, values, size in marks:
        paper = symbol == "line-ns"
        colors = [GREY] * len(rows) if paper else [row.color for row in rows]
        figure.add_scatter(
            x=values,
            y=labels,
            mode="markers",
            name=name,
            marker={
                "symbol": symbol,
                "size": size,
                "color": colors,
                "line": {"width": 3 if paper else 2, "color": colors},
            },
            error_x=_noise(rows) if symbol == "circle" else None,
            customdata=[
                _hover(row, value, symbol) for row, value in zip(rows, values, strict=True)
            ],
            hovertemplate=f"%{{y}}, {name}: %{{customdata}} %<extra></extra>",
        )
    figure.update_layout(
        height=90 + 44 * len(rows),
        margin={"l": 0, "r": 12, "t": 50, "b": 0},
        xaxis={"ticksuffix": " %", "zeroline": False},
        yaxis={"autorange": "reversed"},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
        dragmode=False,
    )
    return figure


def _noise(rows: Sequence[Accuracies]) -> dict[str, object]:
    return {"array": [row.sampled_sd for row in rows], "color": GREY, "thickness": 1.5, "width": 0}


def _hover(row: Accuracies, value: float, symbol: str) -> str:
    noisy = symbol == "circle" and row.sampled_sd > 0
    return f"{value:.1f} ± {row.sampled_sd:.1f}" if noisy else f"{value:.2f}"
