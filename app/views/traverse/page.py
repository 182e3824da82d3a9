"""Moves along the latent dimensions of every run at once (Figure 7)."""

import streamlit as st

from app.export import downloads
from app.export.captions import About
from app.state import drawing, values
from app.state.sidebar import current
from app.ui import help, live_payload
from app.ui.glossary import helped
from app.ui.widgets import choose, whole_number
from app.views.traverse import place as places
from app.views.traverse.downloads import Moves, Traversal, traverse_downloads
from app.views.traverse.parameters import (
    AT_DRAWING,
    AT_IMAGE,
    FROM,
    IMAGE,
    ORDER,
    RANGE,
    SLIDERS,
)
from app.views.traverse.widget import traversals


def reorder() -> None:
    """The order is changed: keep the dimensions where they are."""
    places.reorder_sliders(selection, before=order)


spot = downloads.title("Traverse")
selection = current()
st.caption(
    "Each slider moves one coordinate of the code in every run, over the run's own range. "
    "Arrow keys move it too; a double-click brings it back."
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    kind = choose(
        "Range",
        RANGE,
        help=helped(
            "The paper sweeps ±2 for VAE and β-VAE, ±10 and ±20 for μ-VAE#1 and #2 (Figure 7); "
            "the quantiles are those between which 98 % of the test codes lie.",
            "traversal",
        ),
    )
    order = choose(
        "Dimensions",
        ORDER,
        help=helped(
            "By KL, the first slider moves in each run the dimension that says most about the "
            "image (largest KL divergence), and so on down to those that say nothing.",
            "kl",
            "active-units",
        ),
        on_change=reorder,
    )
    start = choose(
        "From",
        FROM,
        help=helped(
            "The base point: where the code is while all sliders stand at 0.", "code", "prior"
        ),
    )
    image = 0
    if start == AT_IMAGE:
        last = len(selection.test) - 1
        image = whole_number(
            "Test image",
            IMAGE,
            help=f"Whose code is the base point: 0 to {last}.",
            width=140,
        )
    help.button("traverse")

base, base_image = "Base point: the origin", None
if start == AT_IMAGE:
    name = selection.class_name(int(selection.test.labels[image]))
    base = f"Base point: test image {image}, {name}"
    base_image = places.pixels(selection.test.images[image, 0].numpy())
elif start == AT_DRAWING:
    drawn = drawing.drawing()
    if drawn is None:
        st.info("There is no drawing yet: make one on Reconstruct, under Choose images: draw.")
    else:
        base, base_image = "Base point: the drawing", places.pixels(drawn)

count = max(run.config.latent.dim for run in selection.runs)
place = values.use(SLIDERS)
moved = {
    run.name: places.describe(selection, run, start=start, image=image, kind=kind, order=order)
    for run in selection.runs
}
names = places.slider_names(count, order)
traversals(
    [
        {**told, **moved[run.name]}
        for told, run in zip(live_payload.describe(selection), selection.runs, strict=True)
    ],
    key="traversals",
    place=place,
    names=names,
    classes=selection.dataset.classes,
    base=base,
    base_image=base_image,
    on_move=places.set_place,
)
about = About(
    "Traverse",
    selection.dataset,
    selection.runs,
    (base, f"range: {kind}", places.describe_place(place, names)),
)
moves = {
    name: Moves(told["base"], told["low"], told["high"], told["order"])
    for name, told in moved.items()
}
downloads.show(spot, traverse_downloads(Traversal(about, moves, place), names[place.active]))
