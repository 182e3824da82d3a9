"""All that the server keeps between reruns and shares between sessions; read-only."""

import os
from pathlib import Path

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from muvae import DATASETS, MuvaeError, Run, RunEntry, Split, list_runs, load_run
from muvae.checkpoints import run_path
from muvae.data import read_test_split
from muvae.embeddings import pca, procrustes_align
from muvae.errors import CheckpointError
from muvae.metrics import AggregatePosterior, aggregate_posterior

CHECKPOINTS_ENVIRONMENT = "MUVAE_CHECKPOINTS"

# Many sessions share one server: a request that takes all cores for itself delays the others.
torch.set_num_threads(1)


def checkpoints_dir() -> Path:
    """The folder that is served: $MUVAE_CHECKPOINTS, else checkpoints/ beside app/."""
    default = Path(__file__).resolve().parent.parent / "checkpoints"
    return Path(os.environ.get(CHECKPOINTS_ENVIRONMENT) or default)


def datasets() -> list[str]:
    """The datasets of which there is a folder to serve."""
    return [name for name in DATASETS if (checkpoints_dir() / name).is_dir()]


def run_entries(dataset: str) -> list[RunEntry]:
    """The runs of a dataset, broken ones too; read anew each time, since folders come and go."""
    return list_runs(checkpoints_dir() / dataset)


def run(dataset: str, name: str) -> Run:
    """A run, shared by all sessions, and read again when its folder has changed.

    MuvaeError says what is wrong with the folder.
    """
    folder = checkpoints_dir() / dataset / name
    return _load_run(str(folder), _stamp(folder))


def test_split(dataset: str) -> Split:
    """The test images that the app shows; MuvaeError says what is wrong with the file."""
    return _load_test_split(str(checkpoints_dir() / dataset))


@st.cache_resource(max_entries=64, show_spinner=False)
def _load_run(folder: str, stamp: tuple[int, ...]) -> Run:
    del stamp  # only there to tell a changed folder from the one in the cache
    loaded = load_run(folder)
    images = len(test_split(Path(folder).parent.name))
    if len(loaded.codes) != images:
        raise CheckpointError(
            f"{folder}/codes.safetensors is of {len(loaded.codes)} images, test.npz of {images}; "
            "make it again with: python scripts/embed.py"
        )
    return loaded


@st.cache_resource(show_spinner=False)
def _load_test_split(folder: str) -> Split:
    return read_test_split(folder)


def _stamp(folder: Path) -> tuple[int, ...]:
    """What tells a run folder from a changed one: its files' times and sizes."""
    try:
        stats = [file.stat() for file in sorted(run_path(folder).iterdir())]
    except OSError as error:  # it went while it was looked at
        raise CheckpointError(f"{folder} cannot be read ({error.strerror})") from error
    return tuple(value for stat in stats for value in (stat.st_mtime_ns, stat.st_size))


@st.cache_resource(max_entries=64, show_spinner=False)
def _pca_map(folder: str, stamp: tuple[int, ...]) -> NDArray[np.float32]:
    return pca(_load_run(folder, stamp).codes.mean.numpy())


def embedding(dataset: str, name: str, method: str) -> torch.Tensor | None:
    """A run's map of the test codes [N,2]: `tsne` and `umap` from its folder, `pca` made here.

    PCA maps are aligned, like those of scripts/embed.py, to that of the dataset's first run that
    loads. None: the folder holds no such map.
    """
    shown = run(dataset, name)
    if method != "pca":
        return shown.codes.tsne if method == "tsne" else shown.codes.umap
    first = next(entry.name for entry in run_entries(dataset) if _loads(dataset, entry.name))
    folders = [checkpoints_dir() / dataset / each for each in (name, first)]
    points, reference = (_pca_map(str(folder), _stamp(folder)) for folder in folders)
    return torch.from_numpy(procrustes_align(points, reference))


def aggregate(dataset: str, name: str) -> AggregatePosterior:
    """Mean and standard deviation per dimension of a run's codes, as measured on the test set."""
    folder = checkpoints_dir() / dataset / name
    return _aggregate(str(folder), _stamp(folder))


@st.cache_resource(max_entries=64, show_spinner=False)
def _aggregate(folder: str, stamp: tuple[int, ...]) -> AggregatePosterior:
    codes = _load_run(folder, stamp).codes
    return aggregate_posterior(codes.mean.numpy(), codes.log_var.numpy())


def _loads(dataset: str, name: str) -> bool:
    try:
        run(dataset, name)
    except MuvaeError:
        return False
    return True
