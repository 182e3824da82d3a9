"""All that the server keeps between reruns and shares between sessions; read-only."""

import dataclasses
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from plotly.graph_objects import Figure

from app.data.consistent import consistent, unchanged
from app.data.fingerprints import (
    digest,
    remembered,
    run_fingerprint,
    runs_fingerprint,
    test_fingerprint,
    test_folder,
    tree_fingerprint,
)
from app.data.listing import found_datasets
from muvae import DATASETS, MuvaeError, Run, RunEntry, Split, list_runs, load_run
from muvae.analysis.latent import spacing
from muvae.analysis.metrics import (
    AggregatePosterior,
    FittedHistogram,
    aggregate_posterior,
    fitted_histograms,
    kl_per_dimension,
)
from muvae.datasets.spec import DatasetSpec
from muvae.datasets.test_split import read_test_split
from muvae.errors import CheckpointError
from muvae.replication import Measured, read_measured
from muvae.runs.discovery import DatasetEntry, check_name, check_place
from muvae.runs.folder import check_files
from muvae.training.evaluation import sample_codes
from muvae.training.presets import toy_folder
from muvae.types import Posterior

T = TypeVar("T")
CHECKPOINTS_ENVIRONMENT = "MUVAE_CHECKPOINTS"
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
    del state
    return [_arrived(entry) for entry in list_runs(folder)]


def _arrived(entry: RunEntry) -> RunEntry:
    if entry.error:
        return entry
    try:
        problem = consistent(run_fingerprint, entry.path, _file_problem)
    except MuvaeError as error:  # it went while it was looked at
        problem = str(error)
    return dataclasses.replace(entry, config=None, error=problem) if problem else entry


@st.cache_resource(max_entries=256, show_spinner=False)
def _file_problem(folder: str, fingerprint: str) -> str | None:
    try:
        unchanged(run_fingerprint, Path(folder), fingerprint, lambda: check_files(folder))
    except MuvaeError as error:
        return str(error)
    return None


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


@st.cache_resource(max_entries=64, show_spinner=False)
def _load_run(folder: str, fingerprint: str) -> Run:
    return unchanged(run_fingerprint, Path(folder), fingerprint, lambda: _read_run(folder))


def _read_run(folder: str) -> Run:
    loaded = load_run(folder)
    check_place(loaded.config, Path(folder).parent)
    images = len(test_split(test_folder(Path(folder)).name))
    if len(loaded.codes) != images:
        raise CheckpointError(
            f"{folder}/codes.safetensors is of {len(loaded.codes)} images, test.npz of {images}; "
            "make it again with: python scripts/embed.py"
        )
    return loaded


@st.cache_resource(max_entries=16, show_spinner=False)
def _load_test_split(folder: str, fingerprint: str) -> Split:
    return unchanged(test_fingerprint, Path(folder), fingerprint, lambda: read_test_split(folder))


def aggregate(dataset: str, name: str) -> AggregatePosterior:
    """Mean and standard deviation per dimension of a run's codes, as measured on the test set."""
    return measure_run(dataset, name, "aggregate", lambda r: aggregate_posterior(*_posterior(r)))


def version(dataset: str, names: Sequence[str]) -> str:
    """What tells a dataset's runs from changed ones, and from others': 16 hex digits."""
    return digest(dataset, [checkpoints_dir() / dataset / name for name in names])


def bytes_of_run(dataset: str, name: str, what: str, make: Callable[[Run], bytes]) -> bytes:
    """What `make` makes of a run, kept under the name `what` until the run's folder changes."""
    folder = checkpoints_dir() / dataset / name
    return consistent(run_fingerprint, folder, _bytes_of_run, what, make)


@st.cache_resource(max_entries=96, show_spinner=False)
def _bytes_of_run(folder: str, fingerprint: str, what: str, _make: Callable[[Run], bytes]) -> bytes:
    del what  # the name of what is made; Streamlit does not hash arguments that begin with _
    return _make(_load_run(folder, fingerprint))


def bytes_of_test(dataset: str, what: str, make: Callable[[Split], bytes]) -> bytes:
    """What `make` makes of a dataset's test images, kept under the name `what`."""
    folder = checkpoints_dir() / dataset
    return consistent(test_fingerprint, folder, _bytes_of_test, what, make)


@st.cache_resource(max_entries=8, show_spinner=False)
def _bytes_of_test(
    folder: str, fingerprint: str, what: str, _make: Callable[[Split], bytes]
) -> bytes:
    del what  # the name of what is made
    return _make(_load_test_split(folder, fingerprint))


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


def code_histograms(dataset: str, name: str, *, sampled: bool) -> tuple[FittedHistogram, ...]:
    """A histogram of each dimension of a run's test codes, sampled ones or means."""

    def make(run: Run) -> tuple[FittedHistogram, ...]:
        mean, log_var = run.codes.mean, run.codes.log_var
        codes = sample_codes(Posterior(mean, log_var)) if sampled else mean
        return fitted_histograms(codes.numpy())

    return measure_run(dataset, name, f"histograms, sampled: {sampled}", make)


def kl(dataset: str, name: str) -> NDArray[np.float64]:
    """KL divergence to N(0, 1) of each dimension of a run's test codes, in nats."""
    return measure_run(dataset, name, "kl", lambda run: kl_per_dimension(*_posterior(run)))


def _posterior(run: Run) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return run.codes.mean.numpy(), run.codes.log_var.numpy()


def code_spacing(dataset: str, name: str) -> float:
    """The distance within which 99 % of a run's test codes have another one of them."""
    return measure_run(dataset, name, "spacing", lambda run: spacing(run.codes.mean))


def measure_run(dataset: str, name: str, what: str, make: Callable[[Run], T]) -> T:
    """What `make` measures of a run, kept under the name `what` until the run's folder changes."""
    folder = checkpoints_dir() / dataset / name
    return cast(T, consistent(run_fingerprint, folder, _measure_run, what, make))


@st.cache_resource(max_entries=512, show_spinner=False)  # of some kB each, a map of 80
def _measure_run(folder: str, fingerprint: str, what: str, _make: Callable[[Run], Any]) -> Any:
    del what
    return _make(_load_run(folder, fingerprint))


def measured() -> Measured:
    """What all run folders say of themselves: metrics and histories."""
    root, own = checkpoints_dir(), tuple(name for name in datasets() if name not in DATASETS)
    return _measured(str(root), own, tree_fingerprint(root))


@st.cache_resource(max_entries=2, show_spinner=False)
def _measured(root: str, own: tuple[str, ...], version: str) -> Measured:
    del version
    return read_measured(Path(root), own)
