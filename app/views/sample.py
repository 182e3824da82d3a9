"""Images decoded from noise: the prior at a chosen σ, or each run's aggregate posterior."""

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from app import cache
from app.components.tiles import tiles
from app.controls import seed_input
from app.inference import decode, probabilities
from app.panels import heading
from app.selection import current, run_label
from muvae import Run
from muvae.latent import sample_aggregate, sample_prior, standard_noise

PRIOR, AGGREGATE = "prior N(0, σ²I)", "aggregate posterior"
MOST_SIGMA = 8.0


def sigma_slider(run: Run) -> float:
    """A run's σ, the paper's to begin with."""
    return float(
        st.slider(
            f"σ of {run_label(run.name, run.objective.name)}",
            0.0,
            MOST_SIGMA,
            run.objective.sample_std,
            0.1,
            key=f"sigma-{run.name}",
            bind="query-params",
            help=f"Figure 6 uses σ = {run.objective.sample_std:g} for this objective.",
        )
    )


def describe(guesses: NDArray[np.float32]) -> str:
    """What the run's own classifier makes of its samples."""
    classes = len(np.unique(guesses.argmax(1)))
    return f"classifier's mean confidence {guesses.max(1).mean():.2f}, {classes} of 10 classes"


st.title("Sample")
selection = current()
st.caption(
    "The same noise for every run: a run draws what it has learnt where the noise falls among its "
    "codes, and something else where it does not."
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    source = st.segmented_control(
        "Draw from",
        [PRIOR, AGGREGATE],
        default=PRIOR,
        required=True,
        key="source",
        bind="query-params",
        help="The aggregate posterior is that of all test codes: mean and σ a dimension, measured.",
    )
    count = int(
        st.selectbox("Images", [16, 36, 64, 100], 2, key="samples", bind="query-params", width=110)
    )
    seed = seed_input("seed")
    shared = source == PRIOR and st.toggle("One σ for all", key="one-sigma", bind="query-params")
    if shared:
        common = float(
            st.slider("σ", 0.0, MOST_SIGMA, 1.0, 0.1, key="sigma", bind="query-params", width=220)
        )

with st.grid(4, min_column_width=230):
    for run in selection.runs:
        with st.container():
            heading(run)
            noise = standard_noise(count, run.config.model.latent_dim, seed)
            if source == PRIOR:
                codes = sample_prior(noise, common if shared else sigma_slider(run))
            else:
                measured = cache.aggregate(selection.dataset.name, run.name)
                mean, std = torch.from_numpy(measured.mean), torch.from_numpy(measured.std)
                codes = sample_aggregate(noise, mean.float(), std.float())
                st.caption(
                    f"mean {mean.min():.2f} to {mean.max():.2f}, "
                    f"σ {std.min():.2f} to {std.max():.2f} a dimension"
                )
            guesses = probabilities(run, codes)
            tiles(
                decode(run, codes),
                key=f"samples-{run.name}",
                label=f"Samples of {run.name}",
                alts=[
                    f"Sample {number}, taken for {selection.class_name(int(guess))}"
                    for number, guess in enumerate(guesses.argmax(1))
                ],
                columns=round(count**0.5),
                width=64,
            )
            st.caption(describe(guesses))
