"""Training curves (Figures 2 and 8): four quantities over the epochs, all runs overlaid."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from app.ui.charts.scales import Scale, axis, signed_log
from app.ui.charts.series import Series, legend_above
from muvae import EpochRecord

SplitName = Literal["train", "test"]
AccuracyName = Literal["accuracy_sampled", "accuracy_mean"]
PANEL_HEIGHT, GAP, TITLE_HEIGHT = 290, 75, 34  # pixels


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


def training_curves(
    curves: Sequence[Curve],
    *,
    splits: Sequence[SplitName],
    accuracy: AccuracyName,
    log: bool,
    narrow: bool,
    hidden: Sequence[str] = (),
) -> go.Figure:
    """Reconstruction, KL, accuracy and regularization of each run; train dashed, test solid.

    With `log`, losses are on log axes, and on a signed log where some are not positive; accuracies
    stay linear. One legend entry a run, whose click hides the run in all panels, as those are whose
    names are in `hidden`. A line's customdata are its values, whatever the axis; its meta says of
    which run, quantity and split.
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
        scale: Scale = "log" if log and quantity != accuracy else "linear"
        if scale == "log" and shown.min() <= 0:
            scale = "signed"
            figure.layout.annotations[panel].text += ", signed log axis"
        for curve in curves:
            for split in splits:
                line = _line(curve, quantity, split, signed=scale == "signed")
                first = panel == 0 and split == splits[0]
                line.update(
                    showlegend=first,
                    visible="legendonly" if curve.series.name in hidden else True,
                )
                figure.add_trace(line, **place)
        ends = float(shown.min()), float(shown.max())
        figure.update_yaxes(**axis(scale, *ends), **place)
    legend, top = legend_above(
        [curve.series.label for curve in curves],
        gap=TITLE_HEIGHT,
        plot_height=plot_height,
        narrow=narrow,
    )
    figure.update_xaxes(
        title={"text": "epoch", "standoff": 4},
        unifiedhovertitle_text="epoch %{x}",
        matches="x",
        tickformat="d",
        **_epoch_ticks(max(len(curve.history) for curve in curves)),
    )
    figure.update_layout(
        height=plot_height + top + 45,
        margin={"l": 0, "r": 0, "t": top, "b": 45},
        legend=legend,
        hovermode="x unified",
        dragmode=False if narrow else "zoom",
    )
    return figure


def _line(curve: Curve, quantity: str, split: SplitName, *, signed: bool) -> go.Scatter:
    style, values = curve.series, curve.values(quantity, split)
    marked = len(values) == 1 or style.mark > 0  # one epoch alone makes no line
    unit = " %" if quantity.startswith("accuracy") else ""
    return go.Scatter(
        x=[record.epoch for record in curve.history],
        y=signed_log(values) if signed else values,
        customdata=values,
        meta=f"{style.name} {quantity} {split}",
        name=style.label,
        legendgroup=style.name,
        mode="lines+markers" if marked else "lines",
        line={"color": style.color, "width": 2, "dash": "dash" if split == "train" else "solid"},
        marker={
            "symbol": style.symbol, "size": 7, "maxdisplayed": 8,
            "color": style.color,
        },
        hovertemplate=f"{style.label}, {split}: %{{customdata:.5~g}}{unit}<extra></extra>",
    )  # fmt: skip


def _epoch_ticks(epochs: int) -> dict[str, Any]:
    """Epochs are whole: where few, plotly would put ticks between them."""
    return {"dtick": 1, "range": [0.5, epochs + 0.5]} if epochs <= 5 else {"dtick": None}
