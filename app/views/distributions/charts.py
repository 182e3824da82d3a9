"""Histograms of codes, dimension by dimension, against normals (Figures 4 and 11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from app.ui.charts.series import MUTED, Series, legend_above
from muvae.analysis.metrics import FittedHistogram, normal_density

OVERLAID, ROWS = "overlaid", "rows"
# Laid over one another, runs share a subplot's height: a dimension whose means hardly vary stands
# ten times as high as N(0, 1), beside which nothing else could be read.
DENSITY_LIMIT = 1.2
OVERLAID_HEIGHT, ROW_HEIGHT, GAP, HEAD_HEIGHT = 170, 95, 46, 22  # pixels
LEGEND_GAP = 30  # pixels, with room for the highest subplots' titles
POINTS = 61  # of a normal's curve
Range = tuple[float, float]


@dataclass(frozen=True)
class Distribution:
    """A run's codes: a histogram a dimension, the σ with which it is sampled, how it is drawn."""

    series: Series
    histograms: Sequence[FittedHistogram]
    sample_std: float

    @property
    def central(self) -> Range:
        """What to show of the axis: each dimension's middle 99.8 %, and N(0, 1) to 3σ."""
        ends = np.array([histogram.central for histogram in self.histograms])
        return min(-3.0, float(ends[:, 0].min())), max(3.0, float(ends[:, 1].max()))


@dataclass(frozen=True)
class Subplot:
    """One set of axes: a dimension of some runs, over a range of codes."""

    dimension: int
    shown: Sequence[Distribution]
    x_range: Range


@dataclass(frozen=True)
class Line:
    """Subplots beside each other, and the run's label that goes above them, if any."""

    subplots: Sequence[Subplot]
    head: str = ""


def shared_range(distributions: Sequence[Distribution]) -> Range:
    """The range that shows all runs."""
    lows, highs = zip(*(each.central for each in distributions), strict=True)
    return min(lows), max(highs)


def overlaid_histograms(distributions: Sequence[Distribution], *, narrow: bool) -> go.Figure:
    """One subplot a dimension, in which all runs lie over one another."""
    x_range = shared_range(distributions)
    subplots = [
        Subplot(number, [each for each in distributions if number < len(each.histograms)], x_range)
        for number in range(max(len(each.histograms) for each in distributions))
    ]
    columns = min(len(subplots), 2 if narrow else 5)
    lines = [Line(subplots[at : at + columns]) for at in range(0, len(subplots), columns)]
    return _draw(lines, columns, overlaid=True, narrow=narrow)


def histogram_rows(
    distributions: Sequence[Distribution], *, shared: bool, narrow: bool
) -> go.Figure:
    """One row of subplots a run, as in the paper; over one range of codes or each run's own."""
    whole = shared_range(distributions)
    most = max(len(each.histograms) for each in distributions)
    columns = min(most, 5 if narrow else 10)
    lines = []
    for each in distributions:
        x_range = whole if shared else each.central
        subplots = [Subplot(number, [each], x_range) for number in range(len(each.histograms))]
        for at in range(0, len(subplots), columns):
            lines.append(Line(subplots[at : at + columns], "" if at else each.series.label))
    return _draw(lines, columns, overlaid=False, narrow=narrow)


def _draw(lines: Sequence[Line], columns: int, *, overlaid: bool, narrow: bool) -> go.Figure:
    """All subplots and one legend, of the runs where they are overlaid, else of the normals alone.

    Made as one dictionary: plotly takes seconds to put some eighty subplots in one after the other.
    """
    height = OVERLAID_HEIGHT if overlaid else ROW_HEIGHT
    starts = np.cumsum([0] + [height + GAP + HEAD_HEIGHT * bool(line.head) for line in lines[1:]])
    plot_height = int(starts[-1]) + height
    space = (0.12 if narrow else 0.03) if overlaid else 0.015
    width = (1 - space * (columns - 1)) / columns
    layout: dict[str, Any] = {"annotations": []}
    data: list[dict[str, Any]] = []
    entries: dict[str, str] = {}  # of the legend: group and name
    number = 0
    for line, start in zip(lines, starts.tolist(), strict=True):
        bottom, top = (1 - (start + down) / plot_height for down in (height, 0))
        layout["annotations"] += [_title(line.head, 0, top, HEAD_HEIGHT)] if line.head else []
        for column, subplot in enumerate(line.subplots):
            number += 1
            left = column * (width + space)
            layout["annotations"].append(_title(f"z{subplot.dimension}", left + width / 2, top, 0))
            layout[f"xaxis{number}"] = {
                "anchor": f"y{number}", "domain": [left, min(1, left + width)],
                "range": subplot.x_range, "nticks": 6 if overlaid else 4, "tickfont": {"size": 10},
            }  # fmt: skip
            layout[f"yaxis{number}"] = {
                "anchor": f"x{number}", "domain": [max(0, bottom), top],
                "range": [0, _height(subplot, limited=overlaid)], "showticklabels": overlaid,
                "nticks": 5, "tickfont": {"size": 10},
            }  # fmt: skip
            runs = [_steps(each, subplot.dimension, fill=not overlaid) for each in subplot.shown]
            normals = [_normal(std, subplot.x_range) for std in _stds(subplot.shown)]
            for place, trace in enumerate(normals + runs):  # runs lie on top
                group = trace["legendgroup"]
                listed = group not in entries and (overlaid or place < len(normals))
                if listed:
                    entries[group] = trace["name"]
                axes = {"xaxis": f"x{number}", "yaxis": f"y{number}"}
                data.append({**trace, **axes, "showlegend": listed})
    gap = LEGEND_GAP if overlaid else LEGEND_GAP + HEAD_HEIGHT
    names = list(entries.values())
    legend, top_margin = legend_above(names, gap=gap, plot_height=plot_height, narrow=narrow)
    layout |= {
        "height": plot_height + top_margin + 30,
        "margin": {"l": 0, "r": 0, "t": top_margin, "b": 30},
        "legend": legend,
        "showlegend": True,
        "hovermode": "closest",
        "dragmode": False if narrow else "zoom",
    }
    return go.Figure({"data": data, "layout": layout})


def _title(text: str, x: float, y: float, shift: int) -> dict[str, Any]:
    """A run's label (bold, from the left) or a dimension's above its subplot."""
    return {
        "text": f"<b>{text}</b>" if shift else text, "x": x, "y": y, "yshift": shift,
        "xref": "paper", "yref": "paper", "xanchor": "left" if shift else "center",
        "yanchor": "bottom", "showarrow": False, "font": {"size": 13 if shift else 12},
    }  # fmt: skip


def _height(subplot: Subplot, *, limited: bool) -> float:
    """Where a subplot's density axis ends: N(0, 1) is always seen whole."""
    densities = [float(each.histograms[subplot.dimension].density.max()) for each in subplot.shown]
    highest = max(0.4, *densities)
    return 1.05 * (min(highest, DENSITY_LIMIT) if limited else highest)


def _stds(shown: Sequence[Distribution]) -> list[float]:
    return sorted({1.0, *(each.sample_std for each in shown)})


def _steps(each: Distribution, dimension: int, *, fill: bool) -> dict[str, Any]:
    """A histogram as a line in steps, from zero to zero."""
    style, histogram = each.series, each.histograms[dimension]
    edges, density, counts = histogram.edges, histogram.density, histogram.counts
    bins = np.clip(np.arange(-1, len(counts) + 1), 0, len(counts) - 1)  # what each point tells of
    told = np.stack([edges[bins], edges[bins + 1], density[bins], counts[bins]], axis=1)
    return {
        "type": "scatter",
        "x": np.concatenate([edges[:1], edges]),
        "y": np.concatenate([[0.0], density, [0.0]]),
        "customdata": told.astype(np.float32),
        "meta": f"{style.name} z{dimension}",
        "name": style.label,
        "legendgroup": style.name,
        "mode": "lines",
        "line": {
            "shape": "hv", "width": 1.5, "color": style.color,
            "dash": style.dash,
        },
        "fill": "tozeroy" if fill else "none",
        "hovertemplate": f"{style.label}, z{dimension} from %{{customdata[0]:.3~g}} to "
        "%{customdata[1]:.3~g}<br>density %{customdata[2]:.3~g}, %{customdata[3]} codes"
        "<extra></extra>",
    }  # fmt: skip


def _normal(std: float, x_range: Range) -> dict[str, Any]:
    """The density of N(0, σ²): of the prior, or of what a run's samples are drawn from."""
    symbol = "N(0, 1)" if std == 1 else f"N(0, {std:g}²)"
    values = np.linspace(*x_range, POINTS)
    return {
        "type": "scatter",
        "x": values,
        "y": normal_density(values, std),
        "name": f"{symbol}, the prior" if std == 1 else f"{symbol}, what Figure 6 samples from",
        "legendgroup": symbol,
        "legendrank": 2000,  # after the runs
        "mode": "lines",
        "line": {"color": MUTED, "width": 1.5, "dash": "solid" if std == 1 else "dash"},
        "hovertemplate": f"{symbol} at %{{x:.2f}}: density %{{y:.3~g}}<extra></extra>",
    }
