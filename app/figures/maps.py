"""Maps of the test codes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from app.figures.colors import CLASS_COLORS

MAP_HEIGHT, TITLE_HEIGHT, TOP_MARGIN = 400, 50, 110  # pixels; the legend may take two lines


@dataclass(frozen=True)
class Map:
    """One run's map of the test codes: points [N,2] and, to colour them by, values [N]."""

    title: str
    note: str
    points: NDArray[np.float32]
    values: NDArray[np.float32] | None = None


def cluster_maps(
    maps: Sequence[Map],
    labels: NDArray[np.int64],
    classes: Sequence[str],
    *,
    columns: int,
    values_title: str = "",
) -> go.Figure:
    """Maps of the test codes, coloured by class, or by each map's values where it has them.

    All maps have one legend or one colour bar. Every point's customdata is its test index.
    """
    rows = -(-len(maps) // columns)
    figure = make_subplots(
        rows=rows,
        cols=columns,
        subplot_titles=[f"<b>{shown.title}</b><br><sub>{shown.note}</sub>" for shown in maps],
        horizontal_spacing=0.02,
        vertical_spacing=0.12 / rows,
    )
    for position, shown in enumerate(maps):
        place = {"row": position // columns + 1, "col": position % columns + 1}
        if shown.values is None:
            for label, name in enumerate(classes):
                own = np.flatnonzero(labels == label)
                trace = _points(shown.points[own], own, CLASS_COLORS[label], name)
                figure.add_trace(trace.update(showlegend=position == 0), **place)
        else:
            everything = np.arange(len(labels))
            trace = _points(shown.points, everything, shown.values, values_title)
            figure.add_trace(trace.update(marker_coloraxis="coloraxis", showlegend=False), **place)
        figure.update_xaxes(range=_range(shown.points[:, 0]), **place)
        figure.update_yaxes(range=_range(shown.points[:, 1]), **place)
    figure.update_xaxes(showticklabels=False, showgrid=False, zeroline=False)
    figure.update_yaxes(showticklabels=False, showgrid=False, zeroline=False)
    figure.update_layout(
        height=MAP_HEIGHT * rows + TOP_MARGIN,
        margin={"l": 0, "r": 0, "t": TOP_MARGIN, "b": 0},
        legend={
            "orientation": "h", "itemsizing": "constant", "x": 0, "xanchor": "left",
            "y": 1 + TITLE_HEIGHT / (MAP_HEIGHT * rows), "yanchor": "bottom",
        },
        dragmode="select",
        clickmode="event+select",
        uirevision="maps",
    )  # fmt: skip
    values = [shown.values for shown in maps if shown.values is not None]
    if values:
        together = np.concatenate(values)
        figure.update_layout(
            coloraxis={
                "colorscale": "Viridis",
                "cmin": float(together.min()),
                "cmax": float(np.quantile(together, 0.99)),
                "colorbar": {"title": {"text": values_title}, "thickness": 12},
            }
        )
    return figure


def _points(
    points: NDArray[np.float32],
    index: NDArray[np.int64],
    color: str | NDArray[np.float32],
    name: str,
) -> go.Scattergl:
    shows_value = not isinstance(color, str)
    return go.Scattergl(
        x=points[:, 0],
        y=points[:, 1],
        mode="markers",
        name=name,
        legendgroup=name,
        customdata=index.astype(np.int32),
        marker={"size": 3, "color": color, "opacity": 0.75},
        hovertemplate="test image %{customdata}"
        + (f"<br>{name} %{{marker.color:.3g}}" if shows_value else f"<br>{name}")
        + "<extra></extra>",
    )


def _range(values: NDArray[np.float32]) -> list[float]:
    low, high = float(values.min()), float(values.max())
    margin = 0.04 * (high - low) or 1.0
    return [low - margin, high + margin]
