"""Codes dimension by dimension: histograms (Figures 4 and 11), KL, and which are dead."""

from collections.abc import Sequence

import streamlit as st
from plotly.graph_objects import Figure

from app.data import statistics
from app.export import downloads
from app.export.captions import About
from app.state import url
from app.state.choice import run_label
from app.state.sidebar import Selection, current
from app.ui.charts.bars import Divergence, kl_bars
from app.ui.glossary import helped, told
from app.ui.markdown import sentence
from app.ui.run_header import figure_of, run_series
from app.ui.viewport import is_narrow
from app.ui.widgets import choose
from app.views.distributions.charts import (
    DENSITY_LIMIT,
    OVERLAID,
    ROWS,
    Distribution,
    histogram_rows,
    overlaid_histograms,
)
from app.views.distributions.downloads import distribution_downloads
from app.views.distributions.parameters import (
    ARRANGEMENT,
    CODES,
    KL_AXIS,
    LOG,
    SAMPLED,
    SHARED,
    X_RANGE,
)
from muvae import MuvaeError, Run
from muvae.analysis.metrics import active_mask


def measure(selection: Selection, *, sampled: bool) -> list[tuple[Run, Distribution, Divergence]]:
    """Every run's histograms and divergences; a run that has none is named, and left out."""
    measured = []
    for style, run in zip(run_series(selection.runs), selection.runs, strict=True):
        place = (selection.dataset.name, run.name)
        try:
            histograms = statistics.code_histograms(*place, sampled=sampled)
            kl = statistics.kl(*place)
        except MuvaeError as error:
            st.error(
                f"{run_label(run.name, run.objective.name)} cannot be shown: {sentence(error)}"
            )
            continue
        active = active_mask(run.codes.mean.numpy())
        distribution = Distribution(style, histograms, run.objective.sample_std)
        measured.append((run, distribution, Divergence(style, kl, active)))
    if not measured:
        url.end_page()
    return measured


def draw_histograms(
    measured: Sequence[tuple[Run, Distribution, Divergence]],
    codes: str,
    arrangement: str,
    x_range: str,
    *,
    narrow: bool,
) -> None:
    """The histograms, and what to know to read them."""
    shown = [each for _, each, _ in measured]

    def make() -> Figure:
        if arrangement == OVERLAID:
            return overlaid_histograms(shown, narrow=narrow)
        return histogram_rows(shown, shared=x_range == SHARED, narrow=narrow)

    settings = ("histograms", codes, arrangement, x_range, narrow)
    st.plotly_chart(
        figure_of(selection, [run for run, _, _ in measured], settings, make),
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


def draw_kl(
    measured: Sequence[tuple[Run, Distribution, Divergence]], *, log: bool, narrow: bool
) -> None:
    """KL per dimension as bars."""
    shown = [each for _, _, each in measured]
    st.plotly_chart(
        figure_of(
            selection,
            [run for run, _, _ in measured],
            ("kl", log, narrow),
            lambda: kl_bars(shown, log=log, narrow=narrow),
        ),
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
    st.caption(" ".join(notes), help=told("kl", "active-units"))


def summarise(run: Run, divergence: Divergence) -> str:
    """A run's numbers in one line."""
    aggregate = statistics.aggregate(selection.dataset.name, run.name)
    return (
        f"**{run_label(run.name, run.objective.name)}** · {divergence.active.sum()} of "
        f"{len(divergence.active)} units active · mean |aggregate mean| "
        f"{abs(aggregate.mean).mean():.2f} · mean aggregate σ {aggregate.std.mean():.2f} · "
        f"KL {divergence.kl.sum():.4g} nats"
    )


spot = downloads.title("Distributions")
selection = current()
st.caption(
    "Figures 4 and 11: how the test set's codes lie in each latent dimension, against the prior "
    "N(0, 1) and the N(0, σ²) that μ-VAE samples are drawn from."
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    codes = choose(
        "Codes",
        CODES,
        help=helped(
            "One code z = μ + σε an image, its noise always the same; or the posterior mean μ.",
            "code",
            "posterior",
        ),
    )
    arrangement = choose(
        "Runs",
        ARRANGEMENT,
        help="All runs in one panel a dimension, or a row of panels for each run.",
    )
    x_range = SHARED
    if arrangement == ROWS:
        x_range = choose(
            "Range",
            X_RANGE,
            help="Of the middle 99.8 % of the codes of all dimensions.",
        )
measured = measure(selection, sampled=codes == SAMPLED)
narrow = is_narrow()
draw_histograms(measured, codes, arrangement, x_range, narrow=narrow)
st.header("KL divergence per dimension, in nats")
kl_axis = choose(
    "KL axis",
    KL_AXIS,
    help=helped("A log axis shows small divergences beside large ones.", "kl"),
)
divergences = [each for _, _, each in measured]
draw_kl(measured, log=kl_axis == LOG, narrow=narrow)
st.caption("\n\n".join(summarise(run, each) for run, _, each in measured))
st.caption(
    "Aggregate mean and σ: of all test codes together, averaged over the dimensions.",
    help=told("active-units", "aggregate-posterior", "kl"),
)
about = About(
    "Distributions",
    selection.dataset,
    [run for run, _, _ in measured],
    (f"{codes} codes of {len(selection.test):,} test images",),
)
distributions = [each for _, each, _ in measured]
downloads.show(spot, distribution_downloads(about, distributions, divergences))
