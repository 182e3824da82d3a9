"""The nine toy models of Figure 1: planes of codes, any place of which can be decoded."""

import shlex
from typing import NoReturn

import streamlit as st

from app.data import store
from app.data.browser_assets import ROUTE
from app.data.toy_planes import (
    LATTICE,
    TITLES,
    Square,
    epochs,
    numbers,
    squares,
    toy_runs,
)
from app.export import downloads
from app.export.captions import About
from app.state import url, values
from app.state.choice import DATASET
from app.state.sidebar import current, train_name
from app.ui import help
from app.ui.colors import class_colors
from app.ui.glossary import helped, told
from app.ui.markdown import plain, sentence
from app.ui.widgets import choose, select
from app.views.toy_plane.downloads import toy_plane_downloads
from app.views.toy_plane.parameters import (
    CODES,
    ENLARGE,
    EPOCH,
    EXTENT,
    EXTENTS,
    MARKER,
    NONE,
    PANEL,
    PLANE,
    TILES,
)
from app.views.toy_plane.widget import Panel, Pointed, planes
from muvae import DATASETS, MuvaeError, Run
from muvae.training.presets import toy_folder


def chosen_dataset() -> str:
    """The sidebar's dataset; where there is none, or no toy runs of it, say so and end the page."""
    dataset = values.value(DATASET)
    if dataset not in store.datasets():
        current()  # says what to do, and ends the page
    if not has_toy_runs(dataset):
        no_toy_runs(dataset)
    return dataset


def no_toy_runs(dataset: str) -> NoReturn:
    """Say how to make them, link to those of another dataset, and end the page."""
    specs = store.datasets()
    command = ["python", "scripts/train.py", "--toy", "--epochs", "20"]
    if dataset != next(iter(DATASETS)):
        command += ["--dataset", train_name(specs[dataset])]
    other = next((name for name in specs if has_toy_runs(name)), None)
    elsewhere = f", or see those of {plain(specs[other].title)}" if other else ""
    st.info(
        f"There are no toy runs of {plain(specs[dataset].title)} in "
        f"{plain(str(store.checkpoints_dir() / toy_folder(dataset)))}; make them with "
        f"`{shlex.join(command)}`{elsewhere}."
    )
    if other:
        st.button(
            f"Show those of {plain(specs[other].title)}",
            on_click=lambda: values.put(DATASET, other),
            help="Chooses that dataset in the sidebar, for all pages.",
        )
    url.end_page()


def has_toy_runs(dataset: str) -> bool:
    """Whether one of the nine is there, sound or not."""
    try:
        entries = store.run_entries(toy_folder(dataset))
    except MuvaeError as error:
        st.error(f"{sentence(error)}.")
        url.end_page()
    return any(entry.name in TITLES for entry in entries)


def panel(dataset: str, name: str, run: Run | str, square: Square | None, epoch: int) -> Panel:
    """A run as one plane after an epoch; one that cannot be shown says why."""
    if isinstance(run, str) or square is None:
        return Panel(name, TITLES[name], error=f"{run}.")
    return Panel(
        name,
        TITLES[name],
        source=f"{ROUTE}/{toy_folder(dataset)}/{name}",
        version=store.version(toy_folder(dataset), [name]),
        latent_dim=run.config.latent.dim,
        square=(square.x, square.y, square.half),
        bound=run.config.latent.bound,
        epochs=epochs(run),
        numbers=tuple(numbers(run, epoch)),
    )


def enlarge(name: str) -> None:
    """Enlarge a panel, or make it small again."""
    values.put(ENLARGE, NONE if values.value(ENLARGE) == name else name)


def set_pointed(pointed: Pointed) -> None:
    """Keep the marker's place, the panel that it was moved in, and the epoch."""
    values.put(MARKER, pointed.place)
    values.put(PANEL, pointed.panel)
    values.put(EPOCH, pointed.epoch)


spot = downloads.title("Toy plane")
dataset = chosen_dataset()
specs = store.datasets()
try:
    test = store.test_split(dataset)
except MuvaeError as error:
    st.error(f"{sentence(error)}.")
    url.end_page()
st.caption(
    f"Figure 1: nine models whose codes have two dimensions, and their {len(test):,} test codes; "
    "where means are clipped, the dashed circle is the bound. Point at a place in a plane, or drag "
    "in it, and every model decodes it."
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    view = choose(
        "Show",
        PLANE,
        help=helped("The test codes, coloured by class, or what the plane decodes to.", "code"),
    )
    extent = choose(
        "Range",
        EXTENT,
        help="Each its own: the circle of the bound and, of each dimension, the quantiles between "
        "which 99.9 % of the run's test codes lie. Shared: the smallest square that holds all.",
    )
    enlarged = select(
        "Enlarge",
        ENLARGE,
        width=250,
        help="One plane over the whole width. Or click a panel's title.",
    )
    help.button("plane")
runs = toy_runs(dataset)
shown = squares(runs, extent)
epoch = values.use(EPOCH) if view == CODES else EPOCH.default(values.context())
planes(
    [panel(dataset, name, run, shown.get(name), epoch) for name, run in runs.items()],
    key="planes",
    source=f"toy/{dataset}",
    version=store.version(toy_folder(dataset), list(TITLES)),
    extent=extent,
    side=LATTICE,
    tiles=view == TILES,
    image=specs[dataset].image,
    classes=specs[dataset].classes,
    colors=class_colors(len(specs[dataset].classes)),
    enlarged=None if enlarged == NONE else enlarged,
    on_enlarge=enlarge,
    pointed=Pointed(values.use(MARKER), values.use(PANEL), epoch),
    on_point=set_pointed,
)
st.caption(
    f"≈ marks what is interpolated between {LATTICE} × {LATTICE} decoded places of a plane; where "
    "the pointer rests, the server decodes the place. A first press fetches the decoders of the "
    "planes on the screen (1.9 or 3.7 MB each), and from then on the browser decodes every place "
    "that the pointer passes. Under each image is the class that the run's classifier reads from "
    "the code. Beside each plane, measured on the test set: squared error of the images decoded "
    "from the means, KL divergence, accuracy of the classifier on means, of a vote of the ten "
    "nearest codes, and the share of codes on the bound. They are of the epoch that is chosen, as "
    "the points are, but for the vote, of the last alone; images and guesses are the last epoch's.",
    help=told("squared-error", "kl", "accuracy", "knn", "bound", "confidence"),
)
about = About(
    "Toy plane",
    specs[dataset],
    [run for name, run in runs.items() if isinstance(run, Run) and name in shown],
    (f"range: {EXTENTS[extent]}", *([f"epoch {epoch}"] if view == CODES else [])),
    named="the toy runs of Figure 1",
)
downloads.show(spot, toy_plane_downloads(about, test, shown))
