"""Images, and their reconstructions, codes and guesses in every run: test images or one's own."""

import streamlit as st
import torch

from app import own_picture, picking
from app.components.tiles import tiles
from app.figures.bars import code_bars
from app.figures.colors import run_color
from app.inference import decode, probabilities
from app.panels import heading, reconstructions
from app.selection import Selection, current, run_label
from muvae import OBJECTIVES, Run

PICK = {
    "at random": picking.at_random,
    "by class": picking.by_class,
    "by index": picking.by_index,
}
OWN = {"draw": own_picture.draw, "upload": own_picture.upload}


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
        f"{selection.class_name(label)} ({100 * guesses[label]:.1f} %)" for label in best
    )
    bound = run.config.model.bound
    norm = f"‖μ‖ {torch.linalg.vector_norm(mean):.2f}" + (f" of {bound:.2f}" if bound else "")
    st.markdown(f"Error **{codes.squared_error[index]:.2f}** · {norm}  \nGuess **{shares}**")
    st.plotly_chart(
        code_bars(
            mean.numpy(),
            std.numpy(),
            limit=float(codes.mean.abs().max()),
            color=run_color(list(OBJECTIVES).index(run.objective.name)),
        ),
        key=f"code-{run.name}",
        config={"displayModeBar": False},
        alt=f"Code of test image {index} in {run.name}, mean and standard deviation a dimension",
    )


def test_images(selection: Selection, indices: list[int]) -> None:
    """A row of test images over each run's reconstructions, and the picked one in detail."""
    index = reconstructions(selection, indices, key="reconstruct", state="image")
    name = selection.class_name(int(selection.test.labels[index]))
    st.subheader(f"Test image {index}: {name}")
    with st.grid(4, min_column_width=220):
        for run in selection.runs:
            with st.container():
                details(selection, run, index)
    with st.expander("The codes as numbers"):
        table: dict[str, list[object]] = {
            "run": [run_label(run.name, run.objective.name) for run in selection.runs]
        }
        for dimension in range(max(run.config.model.latent_dim for run in selection.runs)):
            table[f"z{dimension}"] = [
                round(float(run.codes.mean[index, dimension]), 3)
                if dimension < run.config.model.latent_dim
                else None
                for run in selection.runs
            ]
        st.dataframe(table, hide_index=True)


st.title("Reconstruct")
selection = current()
st.caption("Encode an image, take the posterior's mean, decode it: what does each run keep?")
with st.container(horizontal=True, vertical_alignment="bottom"):
    way = st.segmented_control(
        "Choose images",
        [*PICK, *OWN],
        default="at random",
        required=True,
        key="choose",
        bind="query-params",
    )
    indices = PICK[way](selection) if way in PICK else []
if way in OWN:
    OWN[way](selection)
else:
    test_images(selection, indices)
