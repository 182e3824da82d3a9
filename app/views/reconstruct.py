"""Test images, and their reconstructions, codes and guesses in every run."""

import streamlit as st
import torch

from app.components.tiles import tiles
from app.controls import seed_input
from app.figures.bars import code_bars
from app.figures.colors import run_color
from app.indices import parse_indices
from app.inference import decode, probabilities
from app.panels import heading, reconstructions
from app.selection import Selection, current, run_label
from muvae import OBJECTIVES, InvalidInputError, Run


def choose_indices(selection: Selection) -> list[int]:
    """The test images that the controls ask for."""
    labels = selection.test.labels
    with st.container(horizontal=True, vertical_alignment="bottom"):
        way = st.segmented_control(
            "Choose images",
            ["at random", "by class", "by index"],
            default="at random",
            required=True,
            key="choose",
            bind="query-params",
        )
        if way == "by index":
            text = st.text_input(
                "Indices",
                "0-9",
                key="indices",
                bind="query-params",
                help="Numbers and ranges up to 24 images, such as 3, 17, 40-45",
                width=260,
            )
            try:
                return parse_indices(text, len(labels), most=24)
            except InvalidInputError as error:
                st.error(str(error))
                st.stop()
        count = int(
            st.number_input("Images", 1, 24, 10, key="count", bind="query-params", width=130)
        )
        if way == "at random":
            seed = seed_input("reconstruct-seed")
            order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
            return [int(index) for index in order[:count]]
        label = st.selectbox(
            "Class",
            range(10),
            format_func=selection.class_name,
            key="class",
            bind="query-params",
            on_change=lambda: st.session_state.update(start=0),
            width=160,
        )
        own = torch.nonzero(labels == label).flatten().tolist()
        start = int(
            st.number_input(
                "From its n-th",
                0,
                len(own) - 1,
                0,
                step=count,
                key="start",
                bind="query-params",
                width=150,
            )
        )
        return own[start : start + count]


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


st.title("Reconstruct")
selection = current()
st.caption("Encode a test image, take the posterior's mean, decode it: what does each run keep?")
indices = choose_indices(selection)
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
