"""What Clusters shows of selected points: images, reconstructions, neighbours; where they go."""

from collections.abc import Sequence

import streamlit as st
import torch

from app.state import endpoints, values
from app.state.links import State, visit
from app.state.sidebar import Selection
from app.ui.glossary import told
from app.ui.markdown import plain
from app.ui.run_header import heading, reconstructions
from app.ui.tiles import tiles
from app.views.clusters.parameters import FOCUS
from muvae.analysis.latent import nearest

MOST_SHOWN = 24
NEIGHBOURS = 12


def show_selected(selection: Selection, indices: list[int]) -> int:
    """The selected images, what the runs make of them, and the neighbours of the picked one.

    Returns the index of that one.
    """
    shown = indices[:MOST_SHOWN]
    st.header(f"{len(indices)} selected" + f", the first {MOST_SHOWN}" * (shown != indices))
    if len(indices) > 1:
        st.caption(f"Of each class · {counts(selection, indices)}")
    picked = values.value(FOCUS)
    _send_buttons(selection, indices, picked if picked in shown else shown[0])
    focus = reconstructions(selection, shown, key="selected", picked=FOCUS, shows="neighbours")
    _neighbours(selection, focus)
    return focus


def counts(selection: Selection, indices: Sequence[int]) -> str:
    """How many of each class there are among test images, the most first."""
    numbers = torch.bincount(selection.test.labels[list(indices)].long()).tolist()
    order = sorted(range(len(numbers)), key=lambda label: -numbers[label])
    return " · ".join(
        f"{plain(selection.class_name(label))}: {numbers[label]}"
        for label in order
        if numbers[label]
    )


def _send_buttons(selection: Selection, indices: list[int], focus: int) -> None:
    with st.container(horizontal=True):
        if st.button(
            "Send to Traverse",
            icon=":material/tune:",
            help=f"Traverse from test image {focus}, the picked one",
        ):
            state = State("traverse", {"from": "a test image", "image": str(focus)})
            visit(state, selection.dataset, selection.runs)
        if st.button(
            "Send to Interpolate",
            icon=":material/linear_scale:",
            help="One image is the start of the path, two are its ends; of more, their mean is "
            "the start",
        ):
            state = State("interpolate", endpoints.sent(indices))
            visit(state, selection.dataset, selection.runs)


def _neighbours(selection: Selection, index: int) -> None:
    """The test images nearest to one, in each run's code space."""
    st.header(f"Nearest to test image {index} in code space")
    for run in selection.runs:
        left, right = st.columns([1, 5])
        with left:
            heading(run)
        means = run.codes.mean
        distances, found = nearest(means, means[index], NEIGHBOURS + 1)
        kept = [
            (int(other), float(distance))
            for other, distance in zip(found, distances, strict=True)
            if int(other) != index
        ][:NEIGHBOURS]
        labels = [int(selection.test.labels[other]) for other, _ in kept]
        own = int(selection.test.labels[index])
        with right:
            tiles(
                selection.test.images[[other for other, _ in kept]].squeeze(1).numpy(),
                key=f"neighbours-{run.name}",
                label=f"Nearest test images in {run.name}",
                alts=[
                    f"Test image {other}, {selection.class_name(label)}"
                    for (other, _), label in zip(kept, labels, strict=True)
                ],
                captions=[f"#{other}\n{distance:.2f}" for other, distance in kept],
                wrong=[place for place, label in enumerate(labels) if label != own],
                width=64,
            )
    st.caption(
        "Euclidean distance between posterior means; in red, neighbours of another class.",
        help=told("posterior", "code", "knn"),
    )
