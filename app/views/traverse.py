"""Moves along the latent dimensions of every run at once (Figure 7)."""

import streamlit as st

from app import drawing, live, traversal
from app.components.live.traverse import traversals
from app.selection import current

st.title("Traverse")
selection = current()
st.caption(
    "Each slider moves one coordinate of the code in every run, over the run's own range. "
    "Arrow keys move it too; a double-click brings it back."
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    kind = st.segmented_control(
        "Range",
        [traversal.PAPER, traversal.QUANTILES],
        default=traversal.PAPER,
        required=True,
        key="range",
        bind="query-params",
        help="The paper sweeps ±2 for VAE and β-VAE, ±10 and ±20 for μ-VAE#1 and #2 (Figure 7); "
        "the quantiles are those between which 98 % of the test codes lie.",
    )
    order = st.segmented_control(
        "Dimensions",
        [traversal.INDEX, traversal.BY_KL],
        default=traversal.INDEX,
        required=True,
        key="order",
        bind="query-params",
        format_func=lambda name: "by index" if name == traversal.INDEX else "by KL",
        help="By KL, the first slider moves in each run the dimension that says most about the "
        "image (largest KL divergence), and so on down to those that say nothing.",
    )
    start = st.segmented_control(
        "From",
        [traversal.ORIGIN, traversal.IMAGE, traversal.DRAWING],
        default=traversal.ORIGIN,
        required=True,
        key="from",
        bind="query-params",
        help="The base point: where the code is while all sliders stand at 0.",
    )
    image = 0
    if start == traversal.IMAGE:
        last = len(selection.test) - 1
        image = int(
            st.number_input("Test image", 0, last, 0, key="image", bind="query-params", width=140)
        )

base, base_image = "Base point: the origin", None
if start == traversal.IMAGE:
    name = selection.class_name(int(selection.test.labels[image]))
    base = f"Base point: test image {image}, {name}"
    base_image = traversal.pixels(selection.test.images[image, 0].numpy())
elif start == traversal.DRAWING:
    drawn = drawing.drawing()
    if drawn is None:
        st.info("There is no drawing yet: make one on Reconstruct, under Choose images: draw.")
    else:
        base, base_image = "Base point: the drawing", traversal.pixels(drawn)
        drawing.show_in_address()

count = max(run.config.model.latent_dim for run in selection.runs)
place = traversal.kept_place(count)
traversal.keep_place(place)  # also where it is the address's, which other pages do not have
traversal.show_in_address(place)
traversals(
    [
        told
        | traversal.describe(
            selection, run, start=str(start), image=image, kind=str(kind), order=str(order)
        )
        for told, run in zip(live.describe(selection), selection.runs, strict=True)
    ],
    key="traversals",
    place=place,
    names=traversal.slider_names(count, str(order)),
    classes=selection.dataset.classes,
    base=base,
    base_image=base_image,
    on_move=traversal.keep_place,
)
