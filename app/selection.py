"""What the sidebar chooses for every page: a dataset and the runs that are shown side by side."""

from dataclasses import dataclass
from typing import NoReturn

import streamlit as st

from app import cache
from app.components.share import copy_link
from muvae import DATASETS, OBJECTIVES, MuvaeError, Run, RunEntry, Split
from muvae.data import DatasetSpec
from muvae.objectives import PAPER_OBJECTIVES

TRAIN_COMMAND = "python scripts/train.py --dataset all --objective all --epochs 30"
EMBED_COMMAND = "python scripts/embed.py --dataset all"


@dataclass(frozen=True)
class Selection:
    """A dataset, its test images, and the chosen runs, all read and checked."""

    dataset: DatasetSpec
    test: Split
    runs: tuple[Run, ...]

    def class_name(self, label: int) -> str:
        """The name of a class, by its number."""
        return self.dataset.classes[label]


def run_label(name: str, objective: str) -> str:
    """A run's name for people: its objective's, with its own where that says more."""
    label = OBJECTIVES[objective].label
    return label if name == objective else f"{label} ({name})"


def draw_sidebar() -> None:
    """The two choices that all pages share, kept in the URL."""
    available = cache.datasets()
    if not available:
        return
    with st.sidebar:
        dataset = st.segmented_control(
            "Dataset",
            available,
            default=available[0],
            required=True,
            format_func=lambda name: DATASETS[name].title,
            key="dataset",
            bind="query-params",
        )
        entries = _entries(str(dataset))
        labels = {
            entry.name: run_label(entry.name, entry.config.objective)
            for entry in entries
            if entry.config
        }
        if labels:
            st.multiselect(
                "Runs, side by side",
                list(labels),
                default=[name for name in PAPER_OBJECTIVES if name in labels] or list(labels)[:4],
                format_func=lambda name: labels.get(name, name),
                key="runs",
                bind="query-params",
                help="The paper's four models; below them, any other run found in the folder.",
            )
        copy_link()
        for entry in entries:
            if entry.error:
                st.warning(f"{entry.name} cannot be shown: {entry.error}")


def current() -> Selection:
    """The sidebar's choice; where there is nothing to show, say what to do and end the page."""
    dataset = str(st.session_state.get("dataset"))
    if dataset not in cache.datasets():
        _nothing(f"There are no checkpoints in {cache.checkpoints_dir()}.")
    names = [name for name in st.session_state.get("runs") or () if isinstance(name, str)]
    if not any(entry.config for entry in _entries(dataset)):
        _nothing(f"There are no runs in {cache.checkpoints_dir() / dataset}.")
    try:
        test = cache.test_split(dataset)
    except MuvaeError as error:
        _nothing(f"{error}.")
    runs = []
    for name in names:
        try:
            runs.append(cache.run(dataset, name))
        except MuvaeError as error:
            st.error(f"{name} cannot be shown: {error}")
    if not runs:
        st.info("Choose at least one run in the sidebar.")
        st.stop()
    return Selection(DATASETS[dataset], test, tuple(runs))


def _entries(dataset: str) -> list[RunEntry]:
    try:
        return cache.run_entries(dataset)
    except MuvaeError as error:
        st.error(str(error))
        return []


def _nothing(reason: str) -> NoReturn:
    st.error(reason)
    st.markdown("Train the runs, which takes a while, then make their maps:")
    st.code(f"{TRAIN_COMMAND}\n{EMBED_COMMAND}", language="bash")
    st.markdown("Or try it out in a minute:")
    st.code("python scripts/train.py --objective mu-vae-1 --limit 2000 --epochs 1", language="bash")
    st.stop()
