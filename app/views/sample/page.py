"""Images decoded from noise: the prior at a chosen σ, or each run's aggregate posterior."""

import base64

import numpy as np
import streamlit as st

from app.data import statistics
from app.export import downloads
from app.export.captions import About
from app.state import values
from app.state.sidebar import Selection, current
from app.ui import help, live_payload
from app.ui.glossary import helped
from app.ui.widgets import choose, seed_input, select, switch
from app.views.sample.downloads import Spread, sample_downloads
from app.views.sample.parameters import (
    AGGREGATE,
    COUNT,
    ONE_SIGMA,
    PRIOR,
    SEED,
    SIGMA,
    SIGMAS,
    SOURCE,
)
from app.views.sample.widget import COMMON, SpreadPayload, samples
from muvae import Run
from muvae.analysis.latent import standard_noise


def spread(selection: Selection, run: Run, source: str) -> SpreadPayload:
    """Mean and σ a dimension of what a run decodes, and what there is to say of them."""
    dimensions = run.config.latent.dim
    if source == PRIOR:
        usual = run.objective.sample_std
        about = f"Figure 6 uses σ = {usual:g} for it."
        return {"mean": [0.0] * dimensions, "std": [usual] * dimensions, "about": about}
    measured = statistics.aggregate(selection.dataset.name, run.name)
    mean, std = measured.mean.astype(np.float32), measured.std.astype(np.float32)
    about = (
        f"mean {mean.min():.2f} to {mean.max():.2f}, "
        f"σ {std.min():.2f} to {std.max():.2f} a dimension"
    )
    return {"mean": mean.tolist(), "std": std.tolist(), "about": about}


def at_sigma(told: SpreadPayload, sigma: float | None) -> Spread:
    """What a run's noise gets where a slider stands at σ, or there is none."""
    if sigma is None:
        return Spread(told["mean"], told["std"], told["about"])
    return Spread(told["mean"], [sigma] * len(told["mean"]), f"σ = {sigma:g}")


def sigmas_of(selection: Selection, *, shared: bool) -> dict[str, float]:
    """Where the sliders of σ stand: that of all, or each run's, at first that of Figure 6."""
    if shared:
        return {COMMON: values.use(SIGMA)}
    own = values.use(SIGMAS)
    return {run.name: own.get(run.name, run.objective.sample_std) for run in selection.runs}


def set_sigmas(sigmas: dict[str, float]) -> None:
    """Keep where the sliders stand."""
    if COMMON in sigmas:
        values.put(SIGMA, sigmas[COMMON])
        return
    usual = {run.name: run.objective.sample_std for run in selection.runs}
    before = values.value(SIGMAS)
    moved = before | sigmas
    values.put(SIGMAS, {name: sigma for name, sigma in moved.items() if sigma != usual.get(name)})


spot = downloads.title("Sample")
selection = current()
st.caption(
    "The same noise for every run: a run draws what it has learnt where the noise falls among its "
    "codes, and something else where it does not."
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    source = choose(
        "Draw from",
        SOURCE,
        help=helped(
            "The aggregate posterior is that of all test codes: mean and σ a dimension, measured.",
            "prior",
            "aggregate-posterior",
        ),
    )
    count = select("Images", COUNT, help="How many each run draws.", width=110)
    seed = seed_input(SEED, helped("Of the noise, which is the same for every run.", "seed"))
    shared = source == PRIOR and switch(
        "One σ for all",
        ONE_SIGMA,
        help=helped("On, every run draws at the same σ; off, each at its own.", "sigma"),
        width=164,
    )
    help.button("samples")

sigmas = {} if source == AGGREGATE else sigmas_of(selection, shared=shared)
sizes = {run.config.latent.dim for run in selection.runs}
spreads = {run.name: spread(selection, run, source) for run in selection.runs}
samples(
    [
        {**told, **spreads[run.name]}
        for told, run in zip(live_payload.describe(selection), selection.runs, strict=True)
    ],
    key="samples-live",
    noise={
        size: base64.b64encode(standard_noise(count, size, seed).numpy().tobytes()).decode()
        for size in sizes
    },
    count=count,
    sigmas=sigmas,
    classes=selection.dataset.classes,
    on_sigmas=set_sigmas,
)
about = About("Sample", selection.dataset, selection.runs, (source, f"{count} images, seed {seed}"))
drawn = {
    name: at_sigma(told, sigmas.get(COMMON, sigmas.get(name))) for name, told in spreads.items()
}
downloads.show(spot, sample_downloads(about, drawn, count=count, seed=seed))
