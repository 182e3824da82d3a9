"""Training curves (Figures 2 and 8): four quantities over the epochs, all runs overlaid."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from app.figures.series import Series, legend_above
from muvae import EpochRecord

SplitName = Literal["train", "test"]
AccuracyName = Literal["accuracy_sampled", "accuracy_mean"]
PANEL_HEIGHT, GAP, TITLE_HEIGHT = 290, 75, 34  # pixels
MARKERS = ("circle", "square-open", "diamond-open", "x-thin-open")
# On a log axis: whole numbers within a decade, powers of ten from decade to decade.
LOG_TICKS = [{"dtickrange": [None, "D2"], "value": ".3~g"}]


@dataclass(frozen=True)
class Curve:
    """A run's training history, and how the run is drawn."""

    series: Series
    history: Sequence[EpochRecord]

    def values(self, quantity: str, split: SplitName) -> NDArray[np.float64]:
        """One of the metrics, epoch by epoch, [epochs]; accuracies in percent."""
        found = [getattr(getattr(record, split), quantity) for record in self.history]
        scale = 100.0 if quantity.startswith("accuracy") else 1.0
        return scale * np.array(found, dtype=np.float64)


def signed_log(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """sign(v) log10|v| for large |v|, and linear where |v| is below about 1: arsinh(v / 2)."""
    return np.arcsinh(values / 2) / math.log(10)


def training_curves(
    curves: Sequence[Curve],
    *,
    splits: Sequence[SplitName],
    accuracy: AccuracyName,
    log: bool,
    narrow: bool,
) -> go.Figure:
    """Reconstruction, KL, accuracy and regularization of each run; train dashed, test solid.

    With `log`, losses are on log axes, and on a signed log where some are not positive; accuracies
    stay linear. One legend entry a run, whose click hides the run in all panels. A line's
    customdata are its values, whatever the axis.
    """
    titles = {
        "reconstruction": "Reconstruction loss",
        "kl": "KL divergence (nats)",
        accuracy: "Classification accuracy (%)",
        "regularization": "Regularization loss",
    }
    columns = 1 if narrow else 2
    rows = len(titles) // columns
    plot_height = rows * PANEL_HEIGHT + (rows - 1) * GAP
    figure = make_subplots(
        rows=rows,
        cols=columns,
        subplot_titles=list(titles.values()),
        horizontal_spacing=0.08,
        vertical_spacing=GAP / plot_height,
    )
    for panel, quantity in enumerate(titles):
        place = {"row": panel // columns + 1, "col": panel % columns + 1}
        shown = np.concatenate([curve.values(quantity, s) for curve in curves for s in splits])
        scale = "log" if log and quantity != accuracy else "linear"
        if scale == "log" and shown.min() <= 0:
            scale = "signed"
            figure.layout.annotations[panel].text += ", signed log axis"
        for curve in curves:
            for split in splits:
                line = _line(curve, quantity, split, signed=scale == "signed")
                first = panel == 0 and split == splits[0]
                figure.add_trace(line.update(showlegend=first), **place)
        axis = _signed_axis(shown) if scale == "signed" else {"type": scale}
        figure.update_yaxes(uirevision=f"{quantity} {scale}", **axis, **place)
    legend, top = legend_above(
        [curve.series.label for curve in curves],
        gap=TITLE_HEIGHT,
        plot_height=plot_height,
        narrow=narrow,
    )
    figure.update_yaxes(exponentformat="power", tickformatstops=LOG_TICKS, selector={"type": "log"})
    figure.update_yaxes(exponentformat="power", selector={"type": "linear"})
    figure.update_xaxes(
        title={"text": "epoch", "standoff": 4},
        unifiedhovertitle_text="epoch %{x}",
        matches="x",
        tickformat="d",
        uirevision="epochs",
        **_epoch_ticks(max(len(curve.history) for curve in curves)),
    )
    figure.update_layout(
        height=plot_height + top + 45,
        margin={"l": 0, "r": 0, "t": top, "b": 45},
        legend=legend,
        hovermode="x unified",
        dragmode=False if narrow else "zoom",
        uirevision=" ".join(splits),  # which runs are hidden is kept while the lines are the same
    )
    return figure


def _line(curve: Curve, quantity: str, split: SplitName, *, signed: bool) -> go.Scatter:
    style, values = curve.series, curve.values(quantity, split)
    # One epoch alone makes no line; a run's repeats have marks beside their paler colour.
    marked = len(values) == 1 or style.repeat > 0
    unit = " %" if quantity.startswith("accuracy") else ""
    return go.Scatter(
        x=[record.epoch for record in curve.history],
        y=signed_log(values) if signed else values,
        customdata=values,
        uid=f"{style.name} {quantity} {split}",
        name=style.label,
        legendgroup=style.name,
        mode="lines+markers" if marked else "lines",
        line={"color": style.color, "width": 2, "dash": "dash" if split == "train" else "solid"},
        marker={
            "symbol": MARKERS[style.repeat % len(MARKERS)], "size": 7, "maxdisplayed": 8,
            "color": style.color,
        },
        hovertemplate=f"{style.label}, {split}: %{{customdata:.5~g}}{unit}<extra></extra>",
    )  # fmt: skip


def _epoch_ticks(epochs: int) -> dict[str, Any]:
    """Epochs are whole: where few, plotly would put ticks between them."""
    return {"dtick": 1, "range": [0.5, epochs + 0.5]} if epochs <= 5 else {"dtick": None}


def _signed_axis(values: NDArray[np.float64]) -> dict[str, Any]:
    """A linear axis of signed_log(values) whose ticks name the values themselves."""
    ticks = signed_ticks(float(values.min()), float(values.max()))
    return {
        "type": "linear",
        "tickvals": signed_log(np.array(ticks)),
        "ticktext": [_tick_text(tick) for tick in ticks],
    }


def signed_ticks(low: float, high: float, most: int = 8) -> list[float]:
    """Round values between two for a signed log axis: 0 and powers of ten, at most about `most`.

    Where fewer than three of these lie between, steps of 1, 2 or 5 times a power of ten.
    """
    powers = [10.0**k for k in range(1, 19)]
    below = [power for power in powers if low <= -power <= high]
    above = [power for power in powers if low <= power <= high]
    step = max(1, math.ceil((len(below) + len(above)) / most))
    kept = powers[step - 1 :: step]
    ticks = [-power for power in reversed(kept)] + [0.0] + kept
    inside = [tick for tick in ticks if low <= tick <= high]
    if low == high:
        return [low]
    if len(inside) >= 3:
        return inside
    rough = (high - low) / 4
    unit = 10.0 ** math.floor(math.log10(rough))
    width = unit * min((1, 2, 5, 10), key=lambda factor: abs(factor * unit - rough))
    return [width * count for count in range(math.ceil(low / width), math.floor(high / width) + 1)]


def _tick_text(value: float) -> str:
    size, sign = abs(value), "−" if value < 0 else ""
    if size >= 10_000 and math.log10(size).is_integer():
        return f"{sign}10<sup>{round(math.log10(size))}</sup>"
    return f"{sign}{size:.6g}"
