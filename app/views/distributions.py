"""Codes dimension by dimension: histograms (Figures 4 and 11), KL, and which are dead."""

import streamlit as st

from app import cache
from app.components.viewport import is_narrow
from app.figures.bars import Divergence, kl_bars
from app.figures.histograms import (
    DENSITY_LIMIT,
    OVERLAID,
    ROWS,
    Distribution,
    histogram_rows,
    overlaid_histograms,
)
from app.panels import run_series
from app.selection import Selection, current, run_label
from muvae import MuvaeError, Run
from muvae.metrics import active_mask

SAMPLED, MEANS = "sampled", "means"
SHARED, OWN = "shared", "each run's own"
LINEAR, LOG = "linear", "log"


def measure(selection: Selection, *, sampled: bool) -> list[tuple[Run, Distribution, Divergence]]:
    """Every run's histograms and divergences; a run that has none is named, and left out."""
    measured = []
    for style, run in zip(run_series(selection.runs), selection.runs, strict=True):
        place = (selection.dataset.name, run.name)
        try:
            histograms = cache.code_histograms(*place, sampled=sampled)
            kl = cache.kl(*place)
        except MuvaeError as error:
            st.error(f"{run_label(run.name, run.objective.name)} cannot be shown: {error}")
            continue
        active = active_mask(run.codes.mean.numpy())
        distribution = Distribution(style, histograms, run.objective.sample_std)
        measured.append((run, distribution, Divergence(style, kl, active)))
    if not measured:
        st.stop()
    return measured


def draw_histograms(
    shown: list[Distribution], arrangement: str, x_range: str, *, narrow: bool
) -> None:
    """The histograms, and what to know to read them."""
    if arrangement == OVERLAID:
        figure = overlaid_histograms(shown, narrow=narrow)
    else:
        figure = histogram_rows(shown, shared=x_range == SHARED, narrow=narrow)
    st.plotly_chart(
        figure,
        key="histograms",
        config={"displaylogo": False, "displayModeBar": False if narrow else "hover"},
        alt=f"Histograms of the codes of {len(shown)} runs, one panel a dimension",
    )
    notes = ["Densities: the area under each histogram is 1, of all test images."]
    if arrangement == ROWS:
        notes.append("Each panel has a height of its own; the grey N(0, 1) is its measure.")
    elif any(it.density.max() > DENSITY_LIMIT for each in shown for it in each.histograms):
        notes.append(
            f"Peaks above {DENSITY_LIMIT:g}, of dimensions that hardly vary, are cut off; "
            "rows show them whole."
        )
    st.caption(" ".join(notes))


def draw_kl(shown: list[Divergence], *, log: bool, narrow: bool) -> None:
    """KL per dimension as bars."""
    st.plotly_chart(
        kl_bars(shown, log=log, narrow=narrow),
        key="kl",
        config={"displayModeBar": False},
        alt=f"KL divergence of each dimension of {len(shown)} runs",
    )
    notes = [
        "KL to N(0, 1), mean over the test images. Hatched and marked dead: dimensions whose "
        "means vary by less than 0.01 (Var μ), which tell nothing of the image."
    ]
    largest = [float(each.kl.max()) for each in shown]
    if not log and max(largest) > 1000 * min(largest):
        notes.append("The largest flatten the others; a log axis shows them all.")
    if log and any((each.kl <= 0).any() for each in shown):
        notes.append("A KL of 0 has no place on a log axis and is left out.")
    st.caption(" ".join(notes))


def summarise(run: Run, divergence: Divergence) -> str:
    """A run's numbers in one line."""
    aggregate = cache.aggregate(selection.dataset.name, run.name)
    return (
        f"**{run_label(run.name, run.objective.name)}** · {divergence.active.sum()} of "
        f"{len(divergence.active)} units active · mean |aggregate mean| "
        f"{abs(aggregate.mean).mean():.2f} · mean aggregate σ {aggregate.std.mean():.2f} · "
        f"KL {divergence.kl.sum():.4g} nats"
    )


st.title("Distributions")
selection = current()
st.caption(
    "Figures 4 and 11: how the test set's codes lie in each latent dimension, against the prior "
    "N(0, 1) and the N(0, σ²) that μ-VAE samples are drawn from."
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    codes = st.segmented_control(
        "Codes",
        [SAMPLED, MEANS],
        default=SAMPLED,
        required=True,
        key="codes",
        bind="query-params",
        help="One code z = μ + σε an image, its noise always the same; or the posterior mean μ.",
    )
    arrangement = st.segmented_control(
        "Runs",
        [OVERLAID, ROWS],
        default=OVERLAID,
        required=True,
        key="arrangement",
        bind="query-params",
    )
    x_range = SHARED
    if arrangement == ROWS:
        x_range = str(
            st.segmented_control(
                "Range",
                [SHARED, OWN],
                default=SHARED,
                required=True,
                key="x-range",
                bind="query-params",
                help="Of the middle 99.8 % of the codes of all dimensions.",
            )
        )
measured = measure(selection, sampled=codes == SAMPLED)
narrow = is_narrow()
draw_histograms([each for _, each, _ in measured], str(arrangement), x_range, narrow=narrow)
st.subheader("KL divergence per dimension, in nats")
kl_axis = st.segmented_control(
    "KL axis", [LINEAR, LOG], default=LINEAR, required=True, key="kl-axis", bind="query-params"
)
divergences = [each for _, _, each in measured]
draw_kl(divergences, log=kl_axis == LOG, narrow=narrow)
st.caption("\n\n".join(summarise(run, each) for run, _, each in measured))
st.caption("Aggregate mean and σ: of all test codes together, averaged over the dimensions.")
