"""What the sidebar chooses for every page: a dataset and the runs that are shown side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

import streamlit as st

from app.data import store
from app.data.fingerprints import tree_fingerprint
from app.state import url, values
from app.state.choice import DATASET, MOST_RUNS, RUNS, labels
from app.ui.glossary import helped
from app.ui.markdown import plain, sentence
from app.ui.share import copy_link
from app.ui.watch import watch
from muvae import DATASETS, MuvaeError, Run, RunEntry, Split
from muvae.datasets.spec import DatasetSpec
from muvae.runs.discovery import DatasetEntry
from muvae.runs.leftovers import is_folder

TRAIN_COMMAND = "python scripts/train.py --dataset all --objective all --epochs 30"
EMBED_COMMAND = "python scripts/embed.py --dataset all"
MOST_TOLD = 20


@dataclass(frozen=True)
class Selection:
    """A dataset, its test images, and the chosen runs, all read and checked."""

    dataset: DatasetSpec
    test: Split
    runs: tuple[Run, ...]

    def class_name(self, label: int) -> str:
        """The name of a class, by its number."""
        return self.dataset.classes[label]


def train_name(spec: DatasetSpec) -> str:
    """What scripts/train.py calls a dataset by; of one's own, the app does not know the path."""
    return "PATH" if spec.name not in DATASETS else spec.name


def draw_sidebar() -> None:
    """The two choices that all pages share, kept in the URL."""
    version = tree_fingerprint(store.checkpoints_dir())  # before it is read: what comes now is news
    found = store.dataset_entries()
    broken: list[DatasetEntry | RunEntry] = [entry for entry in found if entry.error]
    available = {entry.name: entry.spec for entry in found if entry.spec}
    if not available:
        _tell_broken(broken)
        _watch(version)
        return
    with st.sidebar:
        titles = {name: plain(spec.title) for name, spec in available.items()}
        # Their values are their usual ones too, as app/ui/widgets.py says.
        key = values.place(DATASET, *titles.items())
        st.radio(
            "Dataset",
            list(available),
            list(available).index(values.value(DATASET)),
            horizontal=True,
            format_func=lambda name: titles.get(name, name),
            key=key,
            help="Whose test images and runs every page shows.",
        )
        entries, known = _entries(values.value(DATASET)), labels(values.context())
        if known:
            key = values.place(RUNS, *known.items())
            st.multiselect(
                "Runs, side by side",
                list(known),
                [name for name in values.value(RUNS) if name in known],
                format_func=lambda name: known.get(name, name),
                key=key,
                max_selections=MOST_RUNS,
                help=helped(
                    "The paper's four models; below them, any other run found in the folder. "
                    f"{MOST_RUNS} at most.",
                    "posterior",
                    "regularization",
                ),
            )
        copy_link()
    _tell_broken([*broken, *(entry for entry in entries if entry.error)])
    _watch(version)


def _watch(version: str) -> None:
    with st.sidebar:
        watch(version)


def _tell_broken(entries: Sequence[DatasetEntry | RunEntry]) -> None:
    """What is wrong with folders that cannot be shown, out of the way of those that can."""
    if not entries:
        return
    folders = "A folder" if len(entries) == 1 else f"{len(entries)} folders"
    with st.sidebar.expander(f"{folders} cannot be shown", icon=":material/warning:", key="broken"):
        for entry in entries[:MOST_TOLD]:
            st.markdown(f"**{sentence(entry.name)}:** {sentence(entry.error)}.")
        if len(entries) > MOST_TOLD:
            st.markdown(f"And {len(entries) - MOST_TOLD} more.")


def current() -> Selection:
    """The sidebar's choice; where there is nothing to show, say what to do and end the page."""
    dataset = values.value(DATASET)
    specs, root = store.datasets(), store.checkpoints_dir()
    if not is_folder(root):
        _nothing(
            f"There is no folder {plain(str(root))}; have another one served with --checkpoints."
        )
    if dataset not in specs:
        _nothing(f"There are no checkpoints in {plain(str(root))}.")
    if not any(entry.config for entry in _entries(dataset)):
        _nothing(f"There are no runs in {plain(str(store.checkpoints_dir() / dataset))}.")
    try:
        test = store.test_split(dataset)
    except MuvaeError as error:
        _nothing(f"{sentence(error)}.")
    runs = []
    for name in values.value(RUNS):
        try:
            runs.append(store.run(dataset, name))
        except MuvaeError as error:
            st.error(f"{sentence(name)} cannot be shown: {sentence(error)}")
    if not runs:
        st.info("Choose at least one run in the sidebar.")
        url.end_page()
    return Selection(specs[dataset], test, tuple(runs))


def _entries(dataset: str) -> list[RunEntry]:
    try:
        return store.run_entries(dataset)
    except MuvaeError as error:
        st.error(sentence(error))
        return []


def _nothing(reason: str) -> NoReturn:
    st.error(reason)
    st.markdown("Train the runs, which takes a while, then make their maps:")
    st.code(f"{TRAIN_COMMAND}\n{EMBED_COMMAND}", language="bash")
    st.markdown("Or try it out in a minute:")
    st.code("python scripts/train.py --objective mu-vae-1 --limit 2000 --epochs 1", language="bash")
    url.end_page()
