"""Maps of the test codes, and the images, reconstructions and neighbours of selected points."""

import streamlit as st
from torch import Tensor

from app.data.embeddings import embedding
from app.export import downloads
from app.export.captions import About
from app.state.choice import run_label
from app.state.map_view import MapView, map_view, set_map_view
from app.state.selected_images import selected_images, set_selected_images
from app.state.sidebar import EMBED_COMMAND, Selection, current
from app.ui import help, live_payload
from app.ui.colors import class_colors
from app.ui.glossary import helped
from app.ui.widgets import choose
from app.views.clusters.downloads import map_downloads, selection_downloads
from app.views.clusters.parameters import (
    CLASS,
    COLOR,
    DRAW,
    ERROR,
    MAP,
    NORM,
    THUMBNAILS,
    ZOOM,
)
from app.views.clusters.selected import MOST_SHOWN, NEIGHBOURS, show_selected
from app.views.clusters.widget import Measure, maps

METHODS = {"t-SNE": "tsne", "UMAP": "umap", "PCA": "pca"}
VALUES: dict[str, tuple[Measure, str] | None] = {
    CLASS: None,
    ERROR: ("errors", "Squared error, summed over the pixels"),
    NORM: ("norms", "‖μ‖ as a share of the run's bound, or of its largest where it has none"),
}


def draw_maps(
    selection: Selection, method: str, color: str, drawn: str, view: MapView
) -> dict[str, Tensor]:
    """The maps of the runs that have one, which are returned; of the others, how to make it."""
    mapped, missing, found = [], [], {}
    for run, told in zip(selection.runs, live_payload.describe(selection), strict=True):
        points = embedding(selection.dataset.name, run.name, METHODS[method])
        if points is None:
            missing.append(run_label(run.name, run.objective.name))
        else:
            mapped.append(told)
            found[run.name] = points
    if missing:
        st.warning(f"No such map of {', '.join(missing)} yet; make it with: {EMBED_COMMAND}")
    if not mapped:
        return found
    maps(
        mapped,
        key="maps",
        images=live_payload.describe_images(selection),
        size=len(selection.test),
        method=METHODS[method],
        title=method,
        values=VALUES[color],
        thumbnails=drawn == THUMBNAILS,
        classes=selection.dataset.classes,
        colors=class_colors(len(selection.dataset.classes)),
        selected=selected_images(),
        view=view,
        on_select=set_selected_images,
        on_view=lambda view: set_map_view(ZOOM, view),
    )
    return found


spot = downloads.title("Clusters")
selection = current()
with st.container(horizontal=True, vertical_alignment="bottom"):
    method = choose(
        "Map",
        MAP,
        help=helped("How the test codes are laid out in the plane.", "maps"),
    )
    color = choose(
        "Colour by",
        COLOR,
        help=helped(
            "The image's class, how badly the run reconstructs it, or how long its code is.",
            "squared-error",
            "norm",
        ),
    )
    drawn = choose(
        "Draw",
        DRAW,
        help="A dot for each test image, or the images themselves where there is room: zoom in.",
    )
    help.button("maps")
view = map_view(ZOOM)
found = draw_maps(selection, method, color, drawn, view)
selected = selected_images()
about = About("Clusters", selection.dataset, selection.runs, (f"{method} map by {color}",))
files = map_downloads(about, selection.test, METHODS[method], found)
if selected:
    focus = show_selected(selection, selected)
    first = selected[:MOST_SHOWN]
    files += selection_downloads(
        about, selection.test, selected, shown=first, focus=focus, neighbours=NEIGHBOURS
    )
else:
    st.info("Nothing is selected yet: click a point, or draw a lasso around some.")
downloads.show(spot, files)
