"""Maps of the test codes, and the images, reconstructions and neighbours of selected points."""

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app import cache
from app.components.clicks import hear_clicks
from app.components.tiles import tiles
from app.components.viewport import is_narrow
from app.figures.maps import Map, cluster_maps
from app.panels import bound_text, heading, reconstructions
from app.selection import EMBED_COMMAND, Selection, current, run_label
from muvae import Run
from muvae.latent import nearest

METHODS = {"t-SNE": "tsne", "UMAP": "umap", "PCA": "pca"}
CLASS, ERROR, NORM = "class", "reconstruction error", "code norm"
MOST_SHOWN = 24
NEIGHBOURS = 12


def point_values(run: Run, color: str) -> NDArray[np.float32] | None:
    """What a run's points are coloured by, [N]; None for their class."""
    if color == ERROR:
        return run.codes.squared_error.numpy()
    if color == NORM:
        norms = run.codes.mean.norm(dim=1).numpy()
        shares: NDArray[np.float32] = norms / norms.max()
        return shares
    return None


def keep_points(selection: Selection, indices: list[int]) -> None:
    """Keep the chosen points in the session, with the dataset that they are of."""
    st.session_state["points"] = (selection.dataset.name, indices)


def kept_points(selection: Selection) -> list[int]:
    """The chosen points, if they are of this dataset."""
    dataset, indices = st.session_state.get("points", ("", []))
    return indices if dataset == selection.dataset.name else []


def draw_maps(selection: Selection, method: str, color: str) -> None:
    """All runs' maps in one figure, whose points can be clicked or boxed."""
    size = len(selection.test)
    maps, missing = [], []
    for run in selection.runs:
        points = cache.embedding(selection.dataset.name, run.name, method)
        title = run_label(run.name, run.objective.name)
        if points is None:
            missing.append(title)
        else:
            note = f"{run.objective.summary} · {bound_text(run)}"
            maps.append(Map(title, note, points.numpy(), point_values(run, color)))
    if missing:
        st.warning(f"No such map of {', '.join(missing)} yet; make it with: {EMBED_COMMAND}")
    if not maps:
        return
    narrow = is_narrow()
    figure = cluster_maps(
        maps,
        selection.test.labels.numpy(),
        selection.dataset.classes,
        columns=1 if narrow or len(maps) == 1 else 2,
        values_title="squared error" if color == ERROR else "‖μ‖, of the largest",
    )
    st.plotly_chart(
        figure,
        key="maps",
        on_select=lambda: keep_points(selection, selected_indices(st.session_state["maps"], size)),
        selection_mode=("points", "box", "lasso"),
        config={"displaylogo": False, "displayModeBar": False if narrow else "hover"},
        alt=f"{method} maps of the test codes of {len(maps)} runs, coloured by {color}",
    )
    hear_clicks("maps", size, lambda index: keep_points(selection, [index]))


def selected_indices(state: Any, size: int) -> list[int]:
    """The test images of the selected points, each once."""
    points = state["selection"]["points"] if state else []
    indices: dict[int, None] = {}
    for point in points:
        index = point.get("customdata")
        index = index[0] if isinstance(index, list) and index else index
        if isinstance(index, int) and 0 <= index < size:
            indices[index] = None
    return list(indices)


def neighbours(selection: Selection, index: int) -> None:
    """The test images nearest to one, in each run's code space."""
    st.subheader(f"Nearest to test image {index} in code space")
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
    st.caption("Euclidean distance between posterior means; in red, neighbours of another class.")


st.title("Clusters")
selection = current()
st.caption("The 10,000 test codes of every run. Click a point, or drag a box around some.")
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
draw_maps(selection, METHODS[str(method)], str(color))
shown = kept_points(selection)
if shown:
    st.subheader(
        f"{len(shown)} selected" + (f", the first {MOST_SHOWN}" * (len(shown) > MOST_SHOWN))
    )
    shown = shown[:MOST_SHOWN]
    focus = reconstructions(selection, shown, key="selected", state="focus")
    neighbours(selection, focus)
else:
    st.info("Nothing is selected yet.")
