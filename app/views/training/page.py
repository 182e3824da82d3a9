"""Training curves of the chosen runs (Figures 2 and 8), and what each run took."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.export import downloads
from app.export.captions import About
from app.state import values
from app.state.choice import run_label
from app.state.sidebar import Selection, current
from app.ui.glossary import helped, told
from app.ui.run_header import figure_of, run_series
from app.ui.viewport import is_narrow
from app.ui.widgets import choose
from app.views.training.charts import AccuracyName, Curve, SplitName, training_curves
from app.views.training.downloads import training_downloads
from app.views.training.hidden_runs import HIDDEN_RUNS, follow_legend, set_hidden_runs
from app.views.training.parameters import ACCURACY, AXES, LINEAR, LOG, SPLIT
from muvae import Run

SPLITS: dict[str, tuple[SplitName, ...]] = {
    "test": ("test",),
    "train": ("train",),
    "both": ("test", "train"),
}
ACCURACIES: dict[str, AccuracyName] = {
    "sampled codes": "accuracy_sampled",
    "means": "accuracy_mean",
}
HUGE_KL = 1e5  # nats; a VAE's is of some tens, the paper's μ-VAEs' of some hundreds
COLUMNS = {  # of the table: format, and what it holds
    "images/s": ("%.0f", "Training images a second."),
    "minutes": ("%.1f", "Of training alone, without the measuring."),
    "KL": ("%.4g", "KL divergence to N(0, I), nats."),
    "reg.": ("%.4g", "Regularization loss: the objective's own term."),
    "acc. μ": ("%.2f %%", "Classification accuracy on means."),
    "active": ("%d", "Active units: dimensions whose means vary by more than 0.01."),
    "best": ("%d", "The epoch of the highest test accuracy, on what is chosen above."),
}
NOISY = {  # columns of text, "92.6 ± 0.2"
    "recon.": "Reconstruction loss of sampled codes: squared error, summed over pixels.",
    "acc. z": "Classification accuracy on sampled codes, %.",
}


def explain_scale(runs: Sequence[Run], splits: Sequence[SplitName], scale: str) -> None:
    """What the axes do to large and to negative values, where there are any."""
    measured = {
        run_label(run.name, run.objective.name): [
            getattr(it, s) for it in run.history for s in splits
        ]
        for run in runs
    }
    highest = {label: max(it.kl for it in found) for label, found in measured.items()}
    huge = [label for label, kl in highest.items() if kl > HUGE_KL]
    if scale == LINEAR and huge:
        st.caption(
            f"The KL divergence of {', '.join(huge)} goes up to {max(highest.values()):.1e} nats: "
            "linear axes flatten all others beside it; log axes show them all."
        )
    if scale == LOG and any(it.regularization <= 0 for found in measured.values() for it in found):
        st.caption(
            "Some of the regularization losses are negative, so their axis is a signed log: powers "
            "of ten on either side of 0, linear between −1 and 1."
        )


def draw_table(selection: Selection, accuracy: AccuracyName, *, narrow: bool) -> None:
    """What each run took, and what was measured of it on the test set when it was finished."""
    table: dict[str, list[Any]] = {}
    for run in selection.runs:
        measured = run.metrics
        seconds = sum(record.seconds for record in run.history)
        images = sum(record.images_per_second * record.seconds for record in run.history)
        accuracies = [getattr(record.test, accuracy) for record in run.history]
        row = {
            "run": run_label(run.name, run.objective.name),
            "epochs": len(run.history),
            "seed": run.config.seed,
            "images/s": images / seconds if seconds > 0 else None,
            "minutes": seconds / 60,
            "recon.": f"{measured['test_reconstruction']:.2f}",
            "KL": measured["test_kl"].value,
            "reg.": measured["test_regularization"].value,
            "acc. z": f"{measured['test_accuracy_sampled'].times(100):.1f}",
            "acc. μ": 100 * measured["test_accuracy_mean"].value,
            "active": measured["test_active_units"].value,
            "best": accuracies.index(max(accuracies)) + 1,
            "trained on": str(run.provenance.get("device", "not recorded")),
        }
        for name, value in row.items():
            table.setdefault(name, []).append(value)
    columns = {"run": st.column_config.TextColumn(pinned=not narrow)}
    for name, meaning in NOISY.items():
        columns[name] = st.column_config.TextColumn(alignment="right", help=meaning)
    for name, (form, meaning) in COLUMNS.items():
        # %.4g would write large numbers out in full.
        large = name in ("KL", "reg.") and max(map(abs, table[name])) > HUGE_KL
        form = "%.3e" if large else form
        columns[name] = st.column_config.NumberColumn(format=form, help=meaning)
    st.dataframe(table, hide_index=True, column_config=columns)


spot = downloads.title("Training")
selection = current()
st.caption(
    "Figures 2 and 8: what each objective makes of reconstruction, KL and accuracy, epoch by "
    "epoch. A click on a run in the legend hides it in every panel."
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    split = choose(
        "Measured on",
        SPLIT,
        help="Train is measured on an even part of the training images; its lines are dashed.",
    )
    scale = choose(
        "Axes",
        AXES,
        help=helped(
            "For the losses; accuracy is always linear.", "squared-error", "kl", "regularization"
        ),
    )
    codes = choose(
        "Accuracy on",
        ACCURACY,
        help=helped(
            "One sampled code z an image, or the posterior mean μ: the paper does not say which.",
            "accuracy",
        ),
    )
splits, accuracy = SPLITS[split], ACCURACIES[codes]
narrow, hidden = is_narrow(), values.use(HIDDEN_RUNS)
st.plotly_chart(
    figure_of(
        selection,
        selection.runs,
        ("curves", splits, accuracy, scale, narrow, *hidden),
        lambda: training_curves(
            [
                Curve(style, run.history)
                for style, run in zip(run_series(selection.runs), selection.runs, strict=True)
            ],
            splits=splits,
            accuracy=accuracy,
            log=scale == LOG,
            narrow=narrow,
            hidden=hidden,
        ),
    ),
    key="curves",
    config={"displaylogo": False, "displayModeBar": False if narrow else "hover"},
    alt=f"Reconstruction, KL, accuracy and regularization of {len(selection.runs)} runs by epoch",
)
follow_legend(
    [run.name for run in selection.runs],
    key="legend",
    chart="curves",
    hidden=hidden,
    on_hide=set_hidden_runs,
)
explain_scale(selection.runs, splits, scale)
draw_table(selection, accuracy, narrow=narrow)
st.caption(
    "The curves are of one draw of codes an epoch, in the precision of training; the table has "
    "what was measured of the finished runs on the test set, in float32 and over many draws. The "
    f"best epoch is that of the highest accuracy on {codes}, told but not used: runs are shown as "
    "their last epoch left them.",
    help=told("noise", "squared-error", "kl", "regularization", "accuracy", "active-units"),
)
names = {run.name: run_label(run.name, run.objective.name) for run in selection.runs}
about = About(
    "Training",
    selection.dataset,
    selection.runs,
    (
        f"measured on {' and '.join(splits)} images",
        f"{scale} axes",
        f"accuracy on {codes}",
        "curves of one draw of codes an epoch",
        *([f"without {', '.join(names[name] for name in hidden)}"] if hidden else []),
    ),
)
downloads.show(spot, training_downloads(about, splits))
