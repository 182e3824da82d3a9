"""Images, and their reconstructions, codes and guesses in every run: test images or one's own."""

import streamlit as st
import torch

from app.data.inference import decode, probabilities
from app.data.statistics import code_limit
from app.export import downloads
from app.export.captions import About
from app.export.codes import own_picture_downloads, reconstruct_downloads
from app.state.choice import run_label
from app.state.sidebar import Selection, current
from app.ui import help
from app.ui.charts.bars import code_bars
from app.ui.colors import run_color, run_number
from app.ui.glossary import helped, told
from app.ui.markdown import plain
from app.ui.run_header import heading, reconstructions
from app.ui.tiles import tiles
from app.ui.widgets import choose
from app.views.reconstruct import own_picture, picking
from app.views.reconstruct.parameters import (
    BY_CLASS,
    BY_INDEX,
    CHOOSE,
    DRAW,
    IMAGE,
    RANDOM,
    UPLOAD,
)
from muvae import Run

PICK = {
    RANDOM: picking.at_random,
    BY_CLASS: picking.by_class,
    BY_INDEX: picking.by_index,
}
OWN = {DRAW: own_picture.draw, UPLOAD: own_picture.upload}


def details(selection: Selection, run: Run, index: int) -> None:
    """One image in one run: pictures, code, guess."""
    heading(run)
    codes = run.codes
    mean = codes.mean[index]
    std = torch.exp(0.5 * codes.log_var[index])
    tiles(
        decode(run, mean[None]),
        key=f"detail-{run.name}",
        label=f"Reconstruction by {run.name}",
        alts=[f"Reconstruction of test image {index} by {run.name}"],
        columns=1,
        width=140,
    )
    guesses = probabilities(run, mean[None])[0]
    best = guesses.argsort()[::-1][:2].tolist()
    shares = ", then ".join(
        f"{plain(selection.class_name(label))} ({100 * guesses[label]:.1f} %)" for label in best
    )
    bound = run.config.latent.bound
    norm = f"‖μ‖ {torch.linalg.vector_norm(mean):.2f}" + (f" of {bound:.2f}" if bound else "")
    st.markdown(
        f"Error **{codes.squared_error[index]:.2f}** · {norm}  \nGuess **{shares}**",
        help=told("squared-error", "norm", "bound", "confidence"),
    )
    st.plotly_chart(
        code_bars(
            mean.numpy(),
            std.numpy(),
            limit=code_limit(codes.mean),
            color=run_color(run_number(selection.dataset.name, run.name)),
        ),
        key=f"code-{run.name}",
        config={"displayModeBar": False},
        alt=f"Code of test image {index} in {run.name}, mean and standard deviation a dimension",
    )
    st.caption(
        "The code: μ, and ±σ as whiskers.",
        help=helped(
            "A bar a dimension, over the range of the run's test codes. A dead dimension's lies "
            "at 0, with whiskers of 1.",
            "code",
            "sigma",
            "active-units",
        ),
    )


def test_images(selection: Selection, indices: list[int]) -> int:
    """A row of test images over each run's reconstructions, and the picked one in detail.

    Returns the index of that one.
    """
    index = reconstructions(selection, indices, key="reconstruct", picked=IMAGE)
    name = selection.class_name(int(selection.test.labels[index]))
    st.header(f"Test image {index}: {plain(name)}")
    with st.grid(4, min_column_width=220):
        for run in selection.runs:
            with st.container():
                details(selection, run, index)
    with st.expander("The codes as numbers"):
        table: dict[str, list[object]] = {
            "run": [run_label(run.name, run.objective.name) for run in selection.runs]
        }
        for dimension in range(max(run.config.latent.dim for run in selection.runs)):
            table[f"z{dimension}"] = [
                round(float(run.codes.mean[index, dimension]), 3)
                if dimension < run.config.latent.dim
                else None
                for run in selection.runs
            ]
        st.dataframe(table, hide_index=True)
    return index


spot = downloads.title("Reconstruct")
selection = current()
st.caption(
    "Encode an image, take the posterior's mean, decode it: what does each run keep?",
    help=told("posterior", "code"),
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    way = choose(
        "Choose images",
        CHOOSE,
        help="Test images at random, of a class or by number; or a picture of your own: drawn "
        "here, or from a file.",
    )
    indices = PICK[way](selection) if way in PICK else []
    if way in OWN:
        help.button("draw")
if way in OWN:
    picture = OWN[way](selection)
    about = About("Reconstruct", selection.dataset, selection.runs, ("a picture of one's own",))
    files = [] if picture is None else own_picture_downloads(about, picture)
else:
    about = About("Reconstruct", selection.dataset, selection.runs, (f"test images {way}",))
    picked = test_images(selection, indices)
    files = reconstruct_downloads(about, selection.test, indices, picked)
downloads.show(spot, files)
