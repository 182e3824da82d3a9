"""The nine toy models of Figure 1: planes of codes, any place of which can be decoded."""

import shlex
from typing import NoReturn

import streamlit as st

from app import cache
from app.components.live.plane import Panel, planes
from app.figures.colors import CLASS_COLORS
from app.live import ROUTE
from app.planes import (
    LATTICE,
    OWN,
    SHARED,
    TITLES,
    Square,
    epochs,
    numbers,
    squares,
    toy_runs,
)
from app.selection import current
from muvae import DATASETS, MuvaeError, Run
from muvae.experiments import toy_folder

CODES, TILES = "codes", "decoded plane"
EXTENTS = {OWN: "each its own", SHARED: "shared"}
NONE = "none"


def chosen_dataset() -> str:
    """The sidebar's dataset; where there is none, or no toy runs of it, say so and end the page."""
    dataset = str(st.session_state.get("dataset"))
    if dataset not in cache.datasets():
        current()  # says what to do, and ends the page
    if not has_toy_runs(dataset):
        no_toy_runs(dataset)
    return dataset


def no_toy_runs(dataset: str) -> NoReturn:
    """Say how to make them, offer those of another dataset, and end the page."""
    command = ["python", "scripts/train.py", "--toy", "--epochs", "20"]
    if dataset != next(iter(DATASETS)):
        command += ["--dataset", dataset]
    other = next((name for name in cache.datasets() if has_toy_runs(name)), None)
    offer = f", or see those of {DATASETS[other].title}" if other else ""
    st.info(
        f"There are no toy runs of {DATASETS[dataset].title} in "
        f"{cache.checkpoints_dir() / toy_folder(dataset)}; make them with "
        f"`{shlex.join(command)}`{offer}."
    )
    if other:
        st.button(
            f"Show those of {DATASETS[other].title}",
            on_click=lambda: st.session_state.update(dataset=other),
        )
    st.stop()


def has_toy_runs(dataset: str) -> bool:
    """Whether one of the nine is there, sound or not."""
    try:
        entries = cache.run_entries(toy_folder(dataset))
    except MuvaeError as error:
        st.error(f"{error}.")
        st.stop()
    return any(entry.name in TITLES for entry in entries)


def panel(dataset: str, name: str, run: Run | str, square: Square | None) -> Panel:
    """A run as one plane; one that cannot be shown says why."""
    if isinstance(run, str) or square is None:
        return Panel(name, TITLES[name], error=f"{run}.")
    return Panel(
        name,
        TITLES[name],
        source=f"{ROUTE}/{toy_folder(dataset)}/{name}",
        version=cache.version(toy_folder(dataset), [name]),
        architecture=run.config.model.architecture,
        square=(square.x, square.y, square.half),
        bound=run.config.model.bound,
        epochs=epochs(run),
        numbers=tuple(numbers(run)),
    )


def enlarge(name: str) -> None:
    """Enlarge a panel, or make it small again."""
    chosen = st.session_state.get("enlarge")
    st.session_state["enlarge"] = NONE if chosen == name else name


st.title("Toy plane")
dataset = chosen_dataset()
try:
    test = cache.test_split(dataset)
except MuvaeError as error:
    st.error(f"{error}.")
    st.stop()
st.caption(
    f"Figure 1: nine models whose codes have two dimensions, and their {len(test):,} test codes; "
    "where means are clipped, the dashed circle is the bound. Point at a place in a plane, or drag "
    "in it, and every model decodes it."
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    view = st.segmented_control(
        "Show", [CODES, TILES], default=CODES, required=True, key="plane", bind="query-params"
    )
    extent = st.segmented_control(
        "Range",
        list(EXTENTS),
        default=OWN,
        required=True,
        format_func=lambda name: EXTENTS[name],
        key="extent",
        bind="query-params",
        help="Each its own: the circle of the bound and, of each dimension, the quantiles between "
        "which 99.9 % of the run's test codes lie. Shared: the smallest square that holds all.",
    )
    enlarged = st.selectbox(
        "Enlarge",
        [NONE, *TITLES],
        format_func=lambda name: TITLES.get(name, name),
        key="enlarge",
        bind="query-params",
        width=250,
        help="Or click a panel's title.",
    )
runs = toy_runs(dataset)
shown = squares(runs, str(extent))
planes(
    [panel(dataset, name, run, shown.get(name)) for name, run in runs.items()],
    key="planes",
    source=f"toy/{dataset}",
    version=cache.version(toy_folder(dataset), list(TITLES)),
    extent=str(extent),
    side=LATTICE,
    tiles=view == TILES,
    classes=DATASETS[dataset].classes,
    colors=CLASS_COLORS,
    enlarged=None if enlarged == NONE else enlarged,
    on_enlarge=enlarge,
)
st.caption(
    f"≈ marks what is interpolated between {LATTICE} × {LATTICE} decoded places of a plane; where "
    "the pointer rests, the server decodes the place. A first press fetches the decoders of the "
    "planes on the screen (1.9 or 3.7 MB each), and from then on the browser decodes every place "
    "that the pointer passes. Under each image is the class that the run's classifier reads from "
    "the code. Beside each plane, measured on the test set: squared error of the images decoded "
    "from the means, KL divergence, accuracy of the classifier on means, of a vote of the ten "
    "nearest codes, and the share of codes on the bound."
)
