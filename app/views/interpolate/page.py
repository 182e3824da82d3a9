"""Paths from one code to another in every run, with what lies near them."""

import streamlit as st

from app.data import statistics
from app.export import downloads
from app.export.captions import About
from app.state import values
from app.state.endpoints import Endpoint, choose_endpoint, swap
from app.state.sidebar import current
from app.ui import help, live_payload
from app.ui.colors import class_colors
from app.ui.glossary import helped
from app.ui.widgets import choose, slide_whole
from app.views.interpolate.downloads import Interpolation, Path, interpolate_downloads
from app.views.interpolate.parameters import END, SHARE, SPHERICAL, START, STEPS, WAY
from app.views.interpolate.widget import Between, interpolate

spot = downloads.title("Interpolate")
selection = current()
st.caption(
    "From one code to another in every run, decoded on the way: drag the slider, or across a run's "
    "steps. How the classes change along the way, and where it leaves the data, stands below them."
)
left, right = st.columns(2)
with left:
    start = choose_endpoint(selection, START, "Start")
with right:
    end = choose_endpoint(selection, END, "End")
with st.container(horizontal=True, vertical_alignment="bottom"):
    way = choose(
        "Way",
        WAY,
        help=helped(
            "Linear: the straight line, which cuts through the sphere on which μ-VAE's codes "
            "lie. Spherical: evenly along the arc around the origin, norms going linearly.",
            "interpolation",
        ),
    )
    steps = slide_whole(
        "Steps",
        STEPS,
        width=260,
        help="At how many places of the way, ends included, images, class probabilities and "
        "distances are worked out.",
    )
    st.button(
        "Swap",
        icon=":material/swap_horiz:",
        key="swap",
        on_click=swap,
        args=(START, END),
        help="Start and end change places.",
    )
    help.button("interpolate")
for problem in dict.fromkeys(it for it in (start, end) if isinstance(it, str)):
    st.info(problem)
if isinstance(start, Endpoint) and isinstance(end, Endpoint):
    spherical = way == SPHERICAL
    share = values.use(SHARE)
    found = {
        run.name: Path(
            start.code(run),
            end.code(run),
            statistics.code_spacing(selection.dataset.name, run.name),
        )
        for run in selection.runs
    }
    interpolate(
        live_payload.describe(selection),
        key="interpolate",
        images=live_payload.describe_images(selection),
        paths={
            name: Between(path.start.tolist(), path.end.tolist(), path.spacing)
            for name, path in found.items()
        },
        names=(start.name, end.name),
        spherical=spherical,
        steps=steps,
        share=share,
        on_share=lambda share: values.put(SHARE, share),
        note="Bands: the class probabilities that each run's classifier reads from the codes of "
        f"the steps. Line: their distance to the nearest of the {len(selection.test):,} test codes "
        "(posterior means); dashed, the distance within which 99 % of these have their own "
        "nearest. Steps beyond it are off the data.",
        classes=selection.dataset.classes,
        colors=class_colors(len(selection.dataset.classes)),
    )
    about = About(
        "Interpolate",
        selection.dataset,
        selection.runs,
        (f"from {start.name} to {end.name}", way),
    )
    shown = Interpolation(about, found, spherical, steps, share)
    downloads.show(spot, interpolate_downloads(shown))
