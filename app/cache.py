"""All that the server keeps between reruns and shares between sessions; read-only."""

import hashlib
import os
from collections.abc import Callable, Sequence
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
from muvae.evaluation import sample_codes
from muvae.experiments import toy_folder
from muvae.latent import spacing
from muvae.metrics import (
    AggregatePosterior,
    FittedHistogram,
    aggregate_posterior,
    fitted_histograms,
    kl_per_dimension,
)
from muvae.replication import Measured, read_measured
from muvae.types import Posterior

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


def run_folders() -> list[str]:
    """The folders of runs that are served: the datasets', and those of their toy runs."""
    return [folder for name in datasets() for folder in (name, toy_folder(name))]


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


def test_version(dataset: str) -> str:
    """What tells a dataset's test images from changed ones: 16 hex digits."""
    folder = checkpoints_dir() / dataset
    split = _load_test_split(str(folder))
    seen = (dataset, len(split), int(split.labels.sum()), str(folder.stat().st_mtime_ns))
    return hashlib.blake2s(repr(seen).encode(), digest_size=8).hexdigest()


@st.cache_resource(max_entries=64, show_spinner=False)
def _load_run(folder: str, stamp: tuple[int, ...]) -> Run:
    del stamp  # only there to tell a changed folder from the one in the cache
    loaded = load_run(folder)
    parent = Path(folder).parent.name  # a dataset's toy runs are of its test images too
    images = len(test_split(next(d for d in DATASETS if parent in (d, toy_folder(d)))))
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


def version(dataset: str, names: Sequence[str]) -> str:
    """What tells a dataset's runs from changed ones, and from others': 16 hex digits."""
    stamps: list[tuple[int, ...] | None] = []
    for name in names:
        try:
            stamps.append(_stamp(checkpoints_dir() / dataset / name))
        except MuvaeError:
            stamps.append(None)
    return hashlib.blake2s(repr((dataset, stamps)).encode(), digest_size=8).hexdigest()


def made_of(dataset: str, name: str, what: str, make: Callable[[Run], bytes]) -> bytes:
    """What `make` makes of a run, kept under the name `what` until the run's folder changes."""
    folder = checkpoints_dir() / dataset / name
    return _made_of(str(folder), _stamp(folder), what, make)


@st.cache_resource(max_entries=96, show_spinner=False)
def _made_of(
    folder: str, stamp: tuple[int, ...], what: str, _make: Callable[[Run], bytes]
) -> bytes:
    del what  # the name of what is made; Streamlit does not hash arguments that begin with _
    return _make(_load_run(folder, stamp))


def made_of_test(dataset: str, what: str, make: Callable[[Split], bytes]) -> bytes:
    """What `make` makes of a dataset's test images, kept under the name `what`."""
    return _made_of_test(str(checkpoints_dir() / dataset), what, make)


@st.cache_resource(max_entries=8, show_spinner=False)
def _made_of_test(folder: str, what: str, _make: Callable[[Split], bytes]) -> bytes:
    del what  # the name of what is made
    return _make(_load_test_split(folder))


def code_histograms(dataset: str, name: str, *, sampled: bool) -> tuple[FittedHistogram, ...]:
    """A histogram of each dimension of a run's test codes, sampled ones or means."""
    folder = checkpoints_dir() / dataset / name
    return _code_histograms(str(folder), _stamp(folder), sampled)


@st.cache_resource(max_entries=128, show_spinner=False)
def _code_histograms(
    folder: str, stamp: tuple[int, ...], sampled: bool
) -> tuple[FittedHistogram, ...]:
    codes = _load_run(folder, stamp).codes
    points = sample_codes(Posterior(codes.mean, codes.log_var)) if sampled else codes.mean
    return fitted_histograms(points.numpy())


def kl(dataset: str, name: str) -> NDArray[np.float64]:
    """KL divergence to N(0, 1) of each dimension of a run's test codes, in nats."""
    folder = checkpoints_dir() / dataset / name
    return _kl(str(folder), _stamp(folder))


@st.cache_resource(max_entries=64, show_spinner=False)
def _kl(folder: str, stamp: tuple[int, ...]) -> NDArray[np.float64]:
    codes = _load_run(folder, stamp).codes
    return kl_per_dimension(codes.mean.numpy(), codes.log_var.numpy())


def code_spacing(dataset: str, name: str) -> float:
    """The distance within which 99 % of a run's test codes have another one of them."""
    folder = checkpoints_dir() / dataset / name
    return _code_spacing(str(folder), _stamp(folder))


@st.cache_resource(max_entries=64, show_spinner=False)
def _code_spacing(folder: str, stamp: tuple[int, ...]) -> float:
    return spacing(_load_run(folder, stamp).codes.mean)


def measured() -> Measured:
    """What all run folders say of themselves: metrics and histories."""
    root = checkpoints_dir()
    files = sorted([*root.glob("*/*/run.json"), *root.glob("*/*/history.csv")])
    stats = [(str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files]
    return _measured(str(root), tuple(stats))


@st.cache_resource(max_entries=2, show_spinner=False)
def _measured(root: str, stamp: tuple[tuple[str, int, int], ...]) -> Measured:
    del stamp
    return read_measured(Path(root))


def _loads(dataset: str, name: str) -> bool:
    try:
        run(dataset, name)
    except MuvaeError:
        return False
    return True
