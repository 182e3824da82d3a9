"""Paths from one code to another in every run, with what lies near them."""

import streamlit as st

from app import address, cache, live
from app.components.live.interpolate import Between, interpolate
from app.ends import IMAGE, Choice, End, choose_end, swap
from app.figures.colors import CLASS_COLORS
from app.selection import current

LINEAR, SPHERICAL = "linear", "spherical"

st.title("Interpolate")
selection = current()
st.caption(
    "From one code to another in every run, decoded on the way: drag the slider, or across a run's "
    "steps. How the classes change along the way, and where it leaves the data, stands below them."
)
left, right = st.columns(2)
with left:
    start = choose_end(selection, "start", "Start", Choice(IMAGE, 0))
with right:
    end = choose_end(selection, "end", "End", Choice(IMAGE, 1))
with st.container(horizontal=True, vertical_alignment="bottom"):
    way = st.segmented_control(
        "Way",
        [LINEAR, SPHERICAL],
        default=LINEAR,
        required=True,
        key="way",
        bind="query-params",
        help="Linear: the straight line, which cuts through the sphere on which μ-VAE's codes "
        "lie. Spherical: evenly along the arc around the origin, norms going linearly.",
    )
    steps = st.slider(
        "Steps",
        2,
        40,
        12,
        key="steps",
        bind="query-params",
        width=260,
        help="At how many places of the way, ends included, images, class probabilities and "
        "distances are worked out.",
    )
    st.button(
        "Swap", icon=":material/swap_horiz:", key="swap", on_click=swap, args=("start", "end")
    )
for problem in dict.fromkeys(it for it in (start, end) if isinstance(it, str)):
    st.info(problem)
if isinstance(start, End) and isinstance(end, End):
    interpolate(
        live.describe(selection),
        key="interpolate",
        images=live.describe_images(selection),
        paths={
            run.name: Between(
                start.code(run).tolist(),
                end.code(run).tolist(),
                cache.code_spacing(selection.dataset.name, run.name),
            )
            for run in selection.runs
        },
        names=(start.name, end.name),
        spherical=way == SPHERICAL,
        steps=steps,
        share=address.kept_number("t", 0.5, 0, 1),
        on_share=lambda share: st.session_state.update(t=share),
        note="Bands: the class probabilities that each run's classifier reads from the codes of "
        f"the steps. Line: their distance to the nearest of the {len(selection.test):,} test codes "
        "(posterior means); dashed, the distance within which 99 % of these have their own "
        "nearest. Steps beyond it are off the data.",
        classes=selection.dataset.classes,
        colors=CLASS_COLORS,
    )
