"""What the tests share: one thread, a small set of images, small configurations, a run folder."""

import functools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from helpers import make_config, make_run, make_split
from streamlit.components.v2 import manifest_scanner

from muvae import Run, RunConfig, Split
from muvae.runs.writing import write_run


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="kill writers 100 times instead of 20")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """One thread, also after UMAP has set its own number: with another, sums differ in a bit."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def packages_scanned_once() -> Iterator[None]:
    """Each AppTest looks for components in all packages, which takes longer than most pages."""
    scan = functools.cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(scope="session")
def split() -> Split:
    """Forty images of ten classes that can be told apart, and their labels."""
    return make_split(40)


@pytest.fixture
def config() -> RunConfig:
    """The paper's VAE in two dimensions, for three epochs of ten images a batch."""
    return make_config()


@pytest.fixture(scope="session")
def run() -> Run:
    """A run with untrained weights and all that a finished one has, maps included."""
    return make_run()


@pytest.fixture(scope="session")
def _written_run(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoints") / "mnist" / run.name
    write_run(folder, run)
    return folder


@pytest.fixture
def run_folder(_written_run: Path, tmp_path: Path) -> Path:
    """A copy of that run's folder, to be spoilt."""
    folder = tmp_path / "checkpoints" / "mnist" / _written_run.name
    shutil.copytree(_written_run, folder)
    return folder
