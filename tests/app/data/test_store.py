"""What the server keeps between reruns: of which folder, and of one state of it at a time."""

import dataclasses
import gc
import io
import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import streamlit as st
import torch
from helpers import SHIPPED, make_run, make_split

from app.data import store
from app.data.fingerprints import remembered_fingerprints
from app.data.held import Held, bytes_of
from muvae import DATASETS, CheckpointError, MuvaeError, Run, RunConfig, Split, load_run
from muvae.datasets.test_split import read_test_split, write_dataset
from muvae.runs import files
from muvae.runs.writing import write_run

IMAGES = 12


def test_without_a_word_the_shipped_runs_are_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MUVAE_CHECKPOINTS", raising=False)
    assert store.checkpoints_dir() == SHIPPED
    assert {"mnist", "fashion-mnist"} <= set(store.datasets())


def run_of(seed: int) -> Run:
    """A run whose every part tells its seed."""
    run = make_run(seed=seed, images=IMAGES)
    return dataclasses.replace(run, provenance={**run.provenance, "seed": seed})


OLD, NEW = run_of(0), run_of(1)


@pytest.fixture
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one run, the old one."""
    write_dataset(tmp_path / "mnist", DATASETS["mnist"], make_split(IMAGES))
    write_run(tmp_path / "mnist" / "vae", OLD)
    monkeypatch.setenv("MUVAE_CHECKPOINTS", str(tmp_path))
    st.cache_resource.clear()
    store.HELD.clear()
    return tmp_path


def test_a_page_is_drawn_of_the_datasets_and_runs_that_it_found(checkpoints: Path) -> None:
    """It asks for them a hundred times, and they are listed once."""

    def found() -> list[str]:
        return [*store.datasets(), *(entry.name for entry in store.run_entries("mnist"))]

    with remembered_fingerprints():
        before = found()
        write_run(checkpoints / "mnist" / "beta-vae", NEW)
        write_dataset(checkpoints / "fashion-mnist", DATASETS["fashion-mnist"], make_split(IMAGES))
        assert found() == before == ["mnist", "vae"]
    assert set(found()) == {"mnist", "fashion-mnist", "vae", "beta-vae"}


def swapped_while_read(folder: Path, times: int = 1) -> Callable[[Path | str], Run]:
    """A reader during whose first calls another run takes the folder's place.

    It has read the metrics before and the rest after, as one that opens file after file may.
    """
    others = [NEW, *(run_of(seed) for seed in range(2, times + 1))][:times]

    def read(path: Path | str, *, images: int) -> Run:
        before = load_run(path, images=images)
        if others:
            write_run(folder, others.pop(0))
        after = load_run(path, images=images)
        return dataclasses.replace(
            after, metrics=before.metrics, history=before.history, provenance=before.provenance
        )

    return read


def same(run: Run, other: Run) -> bool:
    """Whether what a folder's first and last file tell are of one run."""
    return run.provenance == other.provenance and torch.equal(run.codes.mean, other.codes.mean)


@pytest.mark.parametrize("within_a_page", [False, True])
def test_a_run_that_is_swapped_while_it_is_read_is_read_again(
    checkpoints: Path, monkeypatch: pytest.MonkeyPatch, within_a_page: bool
) -> None:
    folder = checkpoints / "mnist" / "vae"
    monkeypatch.setattr(store, "load_run", swapped_while_read(folder))
    if within_a_page:
        with remembered_fingerprints():
            assert same(store.run("mnist", "vae"), NEW)
            assert same(store.run("mnist", "vae"), NEW)
    assert same(store.run("mnist", "vae"), NEW)
    assert store.measure_run("mnist", "vae", "seed", lambda run: run.provenance["seed"]) == 1


@pytest.mark.parametrize("first", ["bytes_of_run", "measure_run"])
def test_what_is_made_of_a_run_is_made_of_one_state(
    checkpoints: Path, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    folder = checkpoints / "mnist" / "vae"
    monkeypatch.setattr(store, "load_run", swapped_while_read(folder))
    made = getattr(store, first)(
        "mnist",
        "vae",
        "both",
        lambda run: repr((run.provenance["seed"], float(run.codes.mean.sum()))).encode(),
    )
    assert made == repr((1, float(NEW.codes.mean.sum()))).encode()


def test_what_a_swap_broke_is_no_fault_of_the_run(
    checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = checkpoints / "mnist" / "vae"
    calls = []

    def read(path: Path | str, *, images: int) -> Run:
        del images
        calls.append(path)
        if len(calls) == 1:
            write_run(folder, NEW)
            raise MuvaeError("history.csv has 3 epochs, not the 5 of run.json")
        return load_run(path)

    monkeypatch.setattr(store, "load_run", read)
    assert same(store.run("mnist", "vae"), NEW)
    assert len(calls) == 2


def test_a_fault_without_a_swap_is_told_at_once(
    checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def read(path: Path | str, *, images: int) -> Run:
        del images
        calls.append(path)
        raise MuvaeError("it is broken")

    monkeypatch.setattr(store, "load_run", read)
    with pytest.raises(MuvaeError, match="it is broken"):
        store.run("mnist", "vae")
    assert len(calls) == 1


def test_a_run_that_is_swapped_for_ever_is_told_in_a_sentence(
    checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = checkpoints / "mnist" / "vae"
    monkeypatch.setattr(store, "load_run", swapped_while_read(folder, times=9))
    with pytest.raises(MuvaeError, match=r"vae .*while it was read.*reload"):
        store.run("mnist", "vae")


def test_test_images_that_change_while_they_are_read_are_read_again(
    checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = make_split(IMAGES, seed=1)

    def read(path: Path | str) -> Split:
        before = read_test_split(path)
        write_dataset(checkpoints / "mnist", DATASETS["mnist"], others)
        monkeypatch.setattr(store, "read_test_split", read_test_split)
        return before

    monkeypatch.setattr(store, "read_test_split", read)
    assert torch.equal(store.test_split("mnist").images, others.images)
    assert store.bytes_of_test("mnist", "sum", lambda split: b"%d" % split.images.sum()) == (
        b"%d" % others.images.sum()
    )


def test_a_run_that_arrives_while_it_is_looked_at_is_looked_at_again(
    checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = checkpoints / "mnist" / "vae"
    calls = []

    def check(path: Path | str) -> RunConfig:
        calls.append(path)
        if len(calls) == 1:
            write_run(folder, NEW)
            raise CheckpointError("model.safetensors is shorter than it says")
        return NEW.config

    monkeypatch.setattr(store, "check_files", check)
    assert [entry.error for entry in store.run_entries("mnist")] == [None]


RUNS = 20


def counted_reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that are opened from now on."""
    opened, reads = files.opened, list[Path]()

    def counting(path: Path, most: int) -> AbstractContextManager[tuple[io.BufferedIOBase, int]]:
        reads.append(path)
        return opened(path, most)

    monkeypatch.setattr(files, "opened", counting)
    return reads


@pytest.mark.parametrize("file", ["run.json", "history.csv", "model.safetensors"])
def test_of_many_runs_one_changed_file_has_one_run_read_again(
    checkpoints: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    first = checkpoints / "mnist" / "vae"
    for number in range(RUNS):
        # Links take no room; of the one that is to change, its own files, as links change together.
        copy = os.link if number != 7 else shutil.copy2
        shutil.copytree(first, checkpoints / "mnist" / f"run{number}", copy_function=copy)
    assert len(store.run_entries("mnist")) == RUNS + 1
    assert len(store.measured().runs["mnist"]) == RUNS + 1
    reads = counted_reads(monkeypatch)
    assert len(store.run_entries("mnist")) == RUNS + 1
    assert not reads
    changed = checkpoints / "mnist" / "run7" / file
    changed.write_bytes(changed.read_bytes())
    assert len(store.run_entries("mnist")) == RUNS + 1
    assert len(store.measured().runs["mnist"]) == RUNS + 1
    read = {path.parent.name for path in reads if path.parent.name != "mnist"}
    assert read == {"run7"}


def test_what_is_held_stays_within_its_budget(
    checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs, and what is made of them; those used last stay."""
    names = [f"run{number}" for number in range(6)]
    for seed, name in enumerate(names):
        write_run(checkpoints / "mnist" / name, run_of(seed))
    one = bytes_of(store.run("mnist", names[0]))
    assert one > 8_400_000  # its classifier has 2.1 million numbers
    held = Held(3 * one + one // 2)
    monkeypatch.setattr(store, "HELD", held)
    for name in names:
        store.run("mnist", name)
        store.bytes_of_run("mnist", name, "some", lambda run: bytes(one // 8))
        assert held.size <= held.budget
    gc.collect()
    reads = counted_reads(monkeypatch)
    store.run("mnist", names[-1])
    store.run("mnist", names[-2])
    assert not reads
    store.run("mnist", names[0])
    assert {path.parent.name for path in reads} >= {names[0]}
    assert held.size <= held.budget


def test_a_run_of_more_bytes_than_can_be_shown_is_not_read(
    checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (checkpoints / "mnist" / "vae" / "notes.bin").open("wb") as file:
        file.truncate(2**29)
    reads = counted_reads(monkeypatch)
    with pytest.raises(MuvaeError, match=r"vae has 5\d\d MiB; 256 MiB are the most that the app"):
        store.run("mnist", "vae")
    assert not [path for path in reads if path.suffix == ".safetensors"]
