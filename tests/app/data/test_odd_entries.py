"""Odd entries at each level of the folder that is served: they hide nothing else."""

import os
import shutil
from pathlib import Path

import pytest
from helpers import make_split
from odd_entries import ODD, as_nobody
from served import served_run, write_toy_runs

from app.data import fingerprints, store
from muvae import DATASETS, load_run
from muvae.datasets.test_split import read_test_split, write_dataset
from muvae.runs.writing import write_run

IMAGES = 12
# Where an odd entry is put, by its folder and the name that it takes there.
LEVELS = {
    "among the datasets": "odd",
    "as a dataset's toy runs": "fashion-mnist-toy",
    "among a dataset's files": "mnist/odd",
    "beside test.npz": "mnist/test.npz.part",
    "among the toy runs": "mnist-toy/odd",
    "in a run": "mnist/vae/odd",
    "beside run.json": "mnist/vae/run.json~",
    "in a toy run": "mnist-toy/relu-elbo/odd",
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("odd")
    split = make_split(IMAGES)
    for dataset in ("mnist", "fashion-mnist"):
        write_dataset(root / dataset, DATASETS[dataset], split)
        for name in ("vae", "beta-vae"):
            write_run(root / dataset / name, served_run(name, dataset, split, 0, dim=2))
    write_toy_runs(root, "mnist", split)
    return root


@pytest.fixture
def root(written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copies of folders; of their files, links, so that it takes no time."""
    folder = Path(shutil.copytree(written, tmp_path / "served", copy_function=os.link))
    monkeypatch.setenv("MUVAE_CHECKPOINTS", str(folder))
    return folder


def shown() -> dict[str, list[tuple[str, str | None]]]:
    """All that a page finds: datasets, and of each its runs, with what is wrong with them."""
    return {
        folder: [(entry.name, entry.error) for entry in store.run_entries(folder)]
        for folder in store.run_folders()
    }


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", ODD)
def test_it_hides_nothing_else(root: Path, level: str, kind: str) -> None:
    before = shown()
    assert [*before] == ["mnist", "mnist-toy", "fashion-mnist", "fashion-mnist-toy"]
    assert all(error is None for runs in before.values() for _, error in runs)
    seen = fingerprints.tree_fingerprint(root)
    ODD[kind](root / LEVELS[level])
    with as_nobody(root):
        after = shown()
        for folder, runs in before.items():
            assert [each for each in after[folder] if each in runs] == runs
        assert fingerprints.tree_fingerprint(root) != seen
        # It is looked for no less than before: what changes beside it is seen.
        seen = fingerprints.tree_fingerprint(root)
        listed = fingerprints.runs_fingerprint(root / "mnist")
        own = fingerprints.run_fingerprint(root / "mnist" / "vae")
    for name in ("vae", "beta-vae"):
        assert store.run("mnist", name).name == name
    (root / "mnist" / "vae" / "history.csv").unlink()
    with as_nobody(root):
        assert fingerprints.tree_fingerprint(root) != seen
        assert fingerprints.runs_fingerprint(root / "mnist") != listed
        assert fingerprints.run_fingerprint(root / "mnist" / "vae") != own
        names = [name for name, error in shown()["mnist"] if error]
        assert "vae" in names
        assert "beta-vae" not in names


@pytest.mark.parametrize("kind", [kind for kind in ODD if kind != "editor_lock"])
@pytest.mark.parametrize(
    "name", ["mnist/vae/run.json", "mnist/vae/model.safetensors", "mnist/dataset.json"]
)
def test_in_a_file_s_place_it_is_named(root: Path, kind: str, name: str) -> None:
    path = root / name
    path.unlink()
    ODD[kind](path)
    with as_nobody(root):
        if "vae" not in name:
            assert [*store.datasets()] == ["fashion-mnist"]
            (entry,) = (each for each in store.dataset_entries() if each.error)
            assert str(entry.error).startswith(str(path.parent))
            return
        wrong = {name: error for name, error in shown()["mnist"] if error}
        assert [*wrong] == ["vae"]
        assert wrong["vae"].startswith(str(path))
    assert load_run(root / "mnist" / "beta-vae").name == "beta-vae"
    assert len(read_test_split(root / "mnist")) == IMAGES
