"""Maps of the test codes, and the images, reconstructions and neighbours of selected points."""

import streamlit as st

from app import cache, live
from app.components.live.maps import maps
from app.figures.colors import CLASS_COLORS
from app.points import keep_points, kept_points, show_in_address
from app.selected import show_selected
from app.selection import EMBED_COMMAND, Selection, current, run_label

METHODS = {"t-SNE": "tsne", "UMAP": "umap", "PCA": "pca"}
CLASS, ERROR, NORM = "class", "reconstruction error", "code norm"
VALUES = {
    CLASS: None,
    ERROR: ("errors", "Squared error, summed over the pixels"),
    NORM: ("norms", "‖μ‖ as a share of the run's bound, or of its largest where it has none"),
}
POINTS, THUMBNAILS = "points", "thumbnails"


def draw_maps(selection: Selection, title: str, color: str, drawn: str) -> None:
    """The maps of the runs that have one; of the others, how to make it."""
    mapped, missing = [], []
    for run, told in zip(selection.runs, live.describe(selection), strict=True):
        if cache.embedding(selection.dataset.name, run.name, METHODS[title]) is None:
            missing.append(run_label(run.name, run.objective.name))
        else:
            mapped.append(told)
    if missing:
        st.warning(f"No such map of {', '.join(missing)} yet; make it with: {EMBED_COMMAND}")
    if not mapped:
        return
    maps(
        mapped,
        key="maps",
        images=live.describe_images(selection),
        size=len(selection.test),
        method=METHODS[title],
        title=title,
        values=VALUES[color],
        thumbnails=drawn == THUMBNAILS,
        classes=selection.dataset.classes,
        colors=CLASS_COLORS,
        selected=kept_points(selection),
        on_select=lambda indices: keep_points(selection, indices),
    )


st.title("Clusters")
selection = current()
with st.container(horizontal=True, vertical_alignment="bottom"):
    method = st.segmented_control(
        "Map", list(METHODS), default="t-SNE", required=True, key="map", bind="query-params"
    )
    color = st.segmented_control(
        "Colour by",
        [CLASS, ERROR, NORM],
        default=CLASS,
        required=True,
        key="color",
        bind="query-params",
    )
    drawn = st.segmented_control(
        "Draw",
        [POINTS, THUMBNAILS],
        default=POINTS,
        required=True,
        key="draw",
        bind="query-params",
    )
draw_maps(selection, str(method), str(color), str(drawn))
selected = kept_points(selection)
show_in_address(selection)
if selected:
    show_selected(selection, selected)
else:
    st.info("Nothing is selected yet: click a point, or draw a lasso around some.")
