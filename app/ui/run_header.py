"""Parts that several views draw: a run's heading, and test images above their reconstructions."""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st
from plotly.graph_objects import Figure

from app.data import store
from app.data.inference import decode, probabilities
from app.state import values
from app.state.choice import run_label
from app.state.picked import Picked, picked_of
from app.state.sidebar import Selection
from app.ui.charts.series import Series, series
from app.ui.colors import run_number
from app.ui.glossary import helped, told
from app.ui.markdown import plain
from app.ui.objective_cards import card_of
from app.ui.tiles import tiles
from muvae import Run


def bound_text(run: Run) -> str:
    """The bound on a run's means, in words."""
    bound = run.config.latent.bound
    return "means not clipped" if bound is None else f"‖μ‖ ≤ {bound:.2f}"


def run_series(runs: Sequence[Run]) -> list[Series]:
    """How each of the chosen runs is drawn in figures that lay them over one another."""
    return [
        series(
            run.name,
            run_label(run.name, run.objective.name),
            run_number(run.config.dataset, run.name),
        )
        for run in runs
    ]


def figure_of(
    selection: Selection,
    runs: Sequence[Run],
    settings: tuple[object, ...],
    make: Callable[[], Figure],
) -> Figure:
    """A figure of some runs under settings, its name the first; made once for all sessions."""
    names = [run.name for run in runs]
    version = store.version(selection.dataset.name, names)
    return store.figure((selection.dataset.name, names, version, *settings), make)


def heading(run: Run, note: str = "") -> None:
    """A run's name, objective and bound; its loss as a formula behind the question mark."""
    card = card_of(run.objective)
    loss = f"Minimises ${card.formula}$" if card.formula else card.description
    with st.container(gap="xxsmall"):
        st.markdown(
            f"**{run_label(run.name, run.objective.name)}**",
            help=helped(loss, "squared-error", "bound"),
        )
        st.caption(f"{plain(card.summary)} · {bound_text(run)}")
        if note:
            st.caption(note)


def reconstructions(
    selection: Selection, indices: list[int], *, key: str, picked: Picked, shows: str = "codes"
) -> int:
    """A row of test images, and under it one row a run of what it makes of them.

    Returns the index of the one that is picked; the page `shows` something of that one.
    """
    index = picked_of(picked, indices)
    place = indices.index(index)

    def pick(position: int) -> None:
        values.put(picked, indices[position])

    labels = selection.test.labels[indices].tolist()
    names = [selection.class_name(label) for label in labels]
    left, right = st.columns([1, 5])
    with left, st.container(gap="xxsmall"):
        st.markdown("**Test images**", help="Each with its number and its class.")
        st.caption(f"Pick one to see its {shows}.")
    with right:
        tiles(
            selection.test.images[indices].squeeze(1).numpy(),
            key=f"{key}-originals",
            label="Test images",
            alts=[f"Test image {i}, {name}" for i, name in zip(indices, names, strict=True)],
            captions=[f"#{i}\n{name}" for i, name in zip(indices, names, strict=True)],
            width=64,
            on_pick=pick,
            picked=place,
        )
    for run in selection.runs:
        codes = run.codes.mean[indices]
        guesses = probabilities(run, codes).argmax(1).tolist()
        errors = run.codes.squared_error[indices].tolist()
        left, right = st.columns([1, 5])
        with left:
            heading(
                run, f"mean error of the set {run.metrics['test_reconstruction_mean'].value:.1f}"
            )
        with right:
            tiles(
                decode(run, codes),
                key=f"{key}-{run.name}",
                label=f"Reconstructions by {run_label(run.name, run.objective.name)}",
                alts=[
                    f"Reconstruction of test image {i}, taken for {selection.class_name(guess)}"
                    for i, guess in zip(indices, guesses, strict=True)
                ],
                captions=[
                    f"{error:.1f}\n{selection.class_name(guess)}"
                    for error, guess in zip(errors, guesses, strict=True)
                ],
                wrong=np.flatnonzero(np.not_equal(guesses, labels)).tolist(),
                width=64,
                on_pick=pick,
                picked=place,
            )
    st.caption(
        "Under each reconstruction: squared error, summed over its pixels, and the class that the "
        "run's classifier reads from the code, in red where it is wrong.",
        help=told("squared-error", "confidence"),
    )
    return index
