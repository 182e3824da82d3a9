"""What objectives charge for one dimension of a code, and what latent clipping does in 2-D."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import torch
from numpy.typing import NDArray
from torch import Tensor

from muvae import Posterior
from muvae.models import clip_norm
from muvae.objectives import Objective
from muvae.objectives.batch import Batch, Progress

MEANS = np.linspace(-4, 4, 41)
LOG_VARS = np.linspace(-6, 3, 46)
PENALTIES = (-7.0, 14.0)  # what the charts show of the penalties' range
CLOUD_LIMIT = 12.0
CHART_HEIGHT = 340
_FLAT = 1e-9


@dataclass(frozen=True)
class Curve:
    """A penalty [G] along one of the grids above, and its value `now`, at the sliders.

    `balanced`: whether the other image of the batch has the opposite mean, or the same.
    """

    label: str
    color: str
    values: NDArray[np.float64]
    now: float
    balanced: bool = True

    @property
    def name(self) -> str:
        """Its name in the legend."""
        return self.label if self.balanced else f"{self.label}, unbalanced"

    def least(self) -> int | None:
        """Where on the grid it is least; None: on its edge, so it falls on, or everywhere."""
        place = int(self.values.argmin())
        return None if self.is_flat() or place in (0, len(self.values) - 1) else place

    def is_flat(self) -> bool:
        """Whether it is the same everywhere."""
        return bool(np.ptp(self.values) < _FLAT)


class NoNetworks:
    """Stands for the networks of a batch where the penalty on its posterior is all that counts."""

    latent_dim = 1

    def encode(self, images: Tensor) -> Posterior:
        """The posterior that costs nothing."""
        return Posterior(torch.zeros(len(images), 1), torch.zeros(len(images), 1))

    def decode(self, codes: Tensor) -> Tensor:
        """Images of one black pixel."""
        return torch.zeros(len(codes), 1, 1, 1)


@functools.lru_cache(maxsize=4096)  # the curves' points, and places of sliders
def penalty(objective: Objective, mean: float, log_var: float, *, balanced: bool = True) -> float:
    """What the objective adds to the loss of an image with one dimension, in a batch of two.

    The other image has the same log_var; its mean is -mean (balanced), or the same mean.
    """
    other = -mean if balanced else mean
    means = torch.tensor([[mean], [other]], dtype=torch.float64)
    nothing = torch.zeros(2, 1, 1, 1)
    batch = Batch(
        images=nothing,
        posterior=Posterior(means, torch.full_like(means, log_var)),
        codes=means,
        vae=NoNetworks(),
        progress=Progress.end(len(means)),
    )
    return objective.regularization(batch).item()


def along_log_var(objective: Objective, log_var: float, label: str, color: str) -> Curve:
    """The penalty over LOG_VARS at μ = 0."""
    values = np.array([penalty(objective, 0.0, float(value)) for value in LOG_VARS])
    return Curve(label, color, values, penalty(objective, 0.0, log_var))


def along_mean(
    objective: Objective, mean: float, label: str, color: str, *, balanced: bool = True
) -> Curve:
    """The penalty over MEANS at σ = 1."""
    values = [penalty(objective, float(value), 0.0, balanced=balanced) for value in MEANS]
    now = penalty(objective, mean, 0.0, balanced=balanced)
    return Curve(label, color, np.array(values), now, balanced)


def merged(curves: Sequence[Curve]) -> list[Curve]:
    """The curves, those that lie on each other drawn as one under all their names."""
    kept: list[Curve] = []
    for curve in curves:
        for place, other in enumerate(kept):
            if curve.balanced == other.balanced and np.allclose(curve.values, other.values):
                label = f"{other.label}, {curve.label}"
                kept[place] = Curve(label, other.color, other.values, other.now, other.balanced)
                break
        else:
            kept.append(curve)
    return kept


def penalty_chart(
    curves: Sequence[Curve], grid: NDArray[np.float64], now: float, title: str
) -> go.Figure:
    """Penalties along a grid [G]: a dot where the slider stands, a star at every minimum."""
    figure = go.Figure()
    for curve in curves:
        figure.add_scatter(
            x=grid,
            y=curve.values,
            mode="lines",
            name=curve.name,
            line={"color": curve.color, "width": 2.5, "dash": "solid" if curve.balanced else "dot"},
            hovertemplate="%{y:.2f}",
            showlegend=curve.balanced,
        )
    figure.add_scatter(
        x=[now] * len(curves),
        y=[curve.now for curve in curves],
        mode="markers",
        marker={"color": [curve.color for curve in curves], "size": 9},
        hoverinfo="skip",
        showlegend=False,
    )
    places = [(curve, place) for curve in curves if (place := curve.least()) is not None]
    figure.add_scatter(
        x=[grid[place] for _, place in places],
        y=[curve.values[place] for curve, place in places],
        mode="markers",
        name="minimum",
        marker={
            "color": [curve.color for curve, _ in places],
            "size": 15,
            "symbol": "star",
            "line": {"width": 1, "color": "white"},
        },
        hoverinfo="skip",
        showlegend=False,
    )
    figure.add_vline(x=now, line={"width": 1, "dash": "dot", "color": "#888888"})
    figure.update_layout(
        height=CHART_HEIGHT,
        margin={"l": 0, "r": 8, "t": 8, "b": 0},
        xaxis={"title": title, "range": [grid[0], grid[-1]], "zeroline": False},
        yaxis={"title": "penalty", "range": PENALTIES, "zeroline": True, "zerolinecolor": "#888"},
        legend={"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0, "xanchor": "left"},
        hovermode="x unified",
        dragmode=False,
    )
    return figure


def clouds(bound: float, points: int = 60) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means [N,2] as an encoder might give them, drawn once and for all, and the clipped ones."""
    generator = torch.Generator().manual_seed(4)
    means = 4 * torch.randn(points, 2, generator=generator, dtype=torch.float64)
    return means.numpy(), clip_norm(means, bound).numpy()


def clipping_chart(bound: float, colors: tuple[str, str]) -> go.Figure:
    """Latent clipping in 2-D (Eq. 5): means within the bound, and those scaled back to it."""
    before, after = clouds(bound)
    moved = np.linalg.norm(before - after, axis=1) > 0
    kept_color, moved_color = colors
    paths = np.full((3 * int(moved.sum()), 2), np.nan)
    paths[0::3], paths[1::3] = before[moved], after[moved]
    figure = go.Figure(
        [
            go.Scatter(
                x=paths[:, 0],
                y=paths[:, 1],
                mode="lines",
                line={"color": moved_color, "width": 1},
                opacity=0.5,
                showlegend=False,
            ),
            go.Scatter(
                x=after[moved, 0],
                y=after[moved, 1],
                mode="markers",
                marker={"color": moved_color, "size": 7},
                name=f"scaled back ({int(moved.sum())})",
            ),
            go.Scatter(
                x=after[~moved, 0],
                y=after[~moved, 1],
                mode="markers",
                marker={"color": kept_color, "size": 7},
                name=f"left alone ({int((~moved).sum())})",
            ),
        ]
    )
    circle = {"x0": -bound, "y0": -bound, "x1": bound, "y1": bound}
    figure.add_shape(type="circle", **circle, line={"color": "#888888", "width": 2})
    axis = {"range": [-CLOUD_LIMIT, CLOUD_LIMIT], "zeroline": True, "zerolinecolor": "#888"}
    axis["constrain"] = "domain"
    figure.update_traces(hoverinfo="skip")
    figure.update_layout(
        height=CHART_HEIGHT,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        xaxis={**axis, "title": "μ₁"},
        yaxis={**axis, "title": "μ₂", "scaleanchor": "x", "scaleratio": 1},
        legend={"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0, "xanchor": "left"},
        dragmode=False,
    )
    return figure
