"""What the tests share: one thread, a small set of images, small configurations, a run folder."""

import functools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from helpers import make_config, make_run, make_split
from served import contents, shared_checkpoints
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache

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


@pytest.fixture(scope="session", autouse=True)
def scripts_compiled_once() -> Iterator[None]:
    """Each run of an AppTest compiles its scripts anew, which a server does once for all."""
    compiled: dict[tuple[str, bytes], Any] = {}
    compile_script = ScriptCache.get_bytecode

    def get_bytecode(self: ScriptCache, script_path: str) -> Any:
        key = (script_path, Path(script_path).read_bytes())
        if key not in compiled:
            compiled[key] = compile_script(self, script_path)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptCache, "get_bytecode", get_bytecode)
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
def served_checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A run for every objective on every dataset, and MNIST's toy runs; one folder for all tests.

    Whoever changes anything in it copies it before.
    """
    base = tmp_path_factory.getbasetemp()
    folder = shared_checkpoints(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)
    before = contents(folder)
    yield folder
    assert contents(folder) == before, "a test has changed what all tests share"


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
