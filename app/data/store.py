"""All that the server keeps between reruns and shares between sessions; read-only."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import streamlit as st
import torch
from plotly.graph_objects import Figure

from app.data.consistent import consistent, unchanged
from app.data.fingerprints import (
    digest,
    files_in,
    remembered,
    run_fingerprint,
    runs_fingerprint,
    test_fingerprint,
    test_folder,
    tree_fingerprint,
)
from app.data.held import Held
from app.data.inference import is_finite
from app.data.listing import found_datasets
from muvae import DATASETS, MuvaeError, Run, RunEntry, Split, load_run
from muvae.datasets.spec import DatasetSpec
from muvae.datasets.test_split import read_test_split
from muvae.errors import CheckpointError
from muvae.replication import Measured, read_measured
from muvae.runs.discovery import (
    DatasetEntry,
    RunRecord,
    check_name,
    check_place,
    in_order,
    read_entry,
    read_record,
    run_names,
)
from muvae.runs.folder import check_files
from muvae.runs.leftovers import run_path
from muvae.training.presets import toy_folder

T = TypeVar("T")
CHECKPOINTS_ENVIRONMENT = "MUVAE_CHECKPOINTS"
MIB = 2**20
# Bytes of all runs and test sets, and of what is made of them, that are kept between reruns; of
# what runs say of themselves, for lists; and of the files of one run.
HELD, LISTED, MOST_OF_RUN = Held(512 * MIB), Held(32 * MIB), 256 * MIB
SHIPPED = Path(__file__).resolve().parents[2] / "checkpoints"

# Many sessions share one server: a request that takes all cores for itself delays the others.
torch.set_num_threads(1)


def checkpoints_dir() -> Path:
    """The folder that is served: $MUVAE_CHECKPOINTS, else the repository's checkpoints/."""
    return Path(os.environ.get(CHECKPOINTS_ENVIRONMENT) or SHIPPED)


def dataset_entries() -> list[DatasetEntry]:
    """The folders of datasets that there are to serve, broken ones too."""
    return [*found_datasets(checkpoints_dir())]


def datasets() -> dict[str, DatasetSpec]:
    """The datasets among them, by name."""
    return {entry.name: entry.spec for entry in dataset_entries() if entry.spec}


def run_folders() -> list[str]:
    """The folders of runs that are served: the datasets', and those of their toy runs."""
    return [folder for name in datasets() for folder in (name, toy_folder(name))]


def run_entries(dataset: str) -> list[RunEntry]:
    """The runs that a dataset now has; until all its files have arrived, one is a broken one."""
    return [*_run_entries(checkpoints_dir() / dataset)]


@remembered  # asked for as often as the datasets
def _run_entries(folder: Path) -> list[RunEntry]:
    return _listed_runs(str(folder), runs_fingerprint(folder))


@st.cache_resource(max_entries=32, show_spinner=False)
def _listed_runs(folder: str, state: str) -> list[RunEntry]:
    """All of them, of which those are read that have changed since."""
    del state
    return in_order(_run_entry(Path(folder) / name) for name in run_names(Path(folder)))


def _run_entry(folder: Path) -> RunEntry:
    try:
        return consistent(run_fingerprint, folder, _checked_entry)
    except MuvaeError as error:  # it went while it was looked at
        return RunEntry(folder.name, folder, None, str(error))


def _checked_entry(folder: str, fingerprint: str) -> RunEntry:
    def read() -> RunEntry:
        return read_entry(folder, check_files)

    return LISTED.get(
        (folder, fingerprint),
        lambda: unchanged(run_fingerprint, Path(folder), fingerprint, read),
    )


def run(dataset: str, name: str) -> Run:
    """A run, shared by all sessions; MuvaeError says what is wrong with its folder."""
    folder = checkpoints_dir() / dataset / name
    check_name(folder)
    return consistent(run_fingerprint, folder, _load_run)


def test_split(dataset: str) -> Split:
    """The test images that the app shows; MuvaeError says what is wrong with the file."""
    folder = checkpoints_dir() / dataset
    return consistent(test_fingerprint, folder, _load_test_split)


def test_version(dataset: str) -> str:
    """What tells a dataset's test images from changed ones: 16 hex digits."""
    return digest(test_fingerprint(checkpoints_dir() / dataset), [])


def _load_run(folder: str, fingerprint: str) -> Run:
    def read() -> Run:
        return unchanged(run_fingerprint, Path(folder), fingerprint, lambda: _read_run(folder))

    return HELD.get((folder, fingerprint), read)


def _read_run(folder: str) -> Run:
    size = sum(size for *_, size in files_in(run_path(Path(folder))))
    if size > MOST_OF_RUN:
        raise CheckpointError(
            f"{folder} has {size / MIB:,.0f} MiB; {MOST_OF_RUN / MIB:,.0f} MiB are the most "
            "that the app shows of one run"
        )
    test = test_split(test_folder(Path(folder)).name)
    loaded = load_run(folder, images=len(test))
    check_place(loaded.config, Path(folder).parent)
    if not is_finite(loaded, test.images[0]):
        raise CheckpointError(
            f"{folder}/model.safetensors: its networks make values that are not finite; train the "
            "run anew"
        )
    return loaded


def _load_test_split(folder: str, fingerprint: str) -> Split:
    def read() -> Split:
        return unchanged(
            test_fingerprint, Path(folder), fingerprint, lambda: read_test_split(folder)
        )

    return HELD.get((folder, fingerprint), read)


def version(dataset: str, names: Sequence[str]) -> str:
    """What tells a dataset's runs from changed ones, and from others': 16 hex digits."""
    return digest(dataset, [checkpoints_dir() / dataset / name for name in names])


def bytes_of_run(dataset: str, name: str, what: str, make: Callable[[Run], bytes]) -> bytes:
    """What `make` makes of a run, kept under the name `what` until the run's folder changes."""
    return measure_run(dataset, name, f"bytes: {what}", make)


def measure_run(dataset: str, name: str, what: str, make: Callable[[Run], T]) -> T:
    """What `make` measures of a run, kept under the name `what` until the run's folder changes."""
    folder = checkpoints_dir() / dataset / name

    def measure(folder: str, fingerprint: str) -> T:
        key = (folder, fingerprint, what)
        return HELD.get(key, lambda: make(_load_run(folder, fingerprint)))

    return consistent(run_fingerprint, folder, measure)


def bytes_of_test(dataset: str, what: str, make: Callable[[Split], bytes]) -> bytes:
    """What `make` makes of a dataset's test images, kept under the name `what`."""

    def measure(folder: str, fingerprint: str) -> bytes:
        key = (folder, fingerprint, what)
        return HELD.get(key, lambda: make(_load_test_split(folder, fingerprint)))

    return consistent(test_fingerprint, checkpoints_dir() / dataset, measure)


def figure(key: tuple[object, ...], make: Callable[[], Figure], *, passing: bool = False) -> Figure:
    """What `make` makes once for all, kept under all that it depends on; nobody changes it.

    One that is `passing`, of a slider's place, takes no place of those that more people ask for.
    """
    return (_passing_figure if passing else _figure)(repr(key), make)


@st.cache_resource(max_entries=32, show_spinner=False)  # of some 0.3 MB each
def _figure(key: str, _make: Callable[[], Figure]) -> Figure:
    del key  # Streamlit does not hash arguments that begin with _
    return _make()


@st.cache_resource(max_entries=16, show_spinner=False)
def _passing_figure(key: str, _make: Callable[[], Figure]) -> Figure:
    del key
    return _make()


def measured() -> Measured:
    """What all run folders say of themselves: metrics and histories."""
    root, own = checkpoints_dir(), tuple(name for name in datasets() if name not in DATASETS)
    return _measured(str(root), own, tree_fingerprint(root))


@st.cache_resource(max_entries=2, show_spinner=False)
def _measured(root: str, own: tuple[str, ...], version: str) -> Measured:
    del version
    return read_measured(Path(root), own, _record)


def _record(folder: Path) -> RunRecord:
    """A run's record, kept until its folder changes."""

    def read(folder: str, fingerprint: str) -> RunRecord:
        return HELD.get(
            (folder, fingerprint, "record"),
            lambda: unchanged(
                run_fingerprint, Path(folder), fingerprint, lambda: read_record(folder)
            ),
        )

    return consistent(run_fingerprint, folder, read)
