"""Run folders written: whole or not at all, and the old run there until the new one is."""

import dataclasses
import errno
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
import torch
from helpers import make_run

from muvae import CheckpointError, Codes, Run, list_runs, load_run
from muvae.runs import files
from muvae.runs.leftovers import DEAD, recover, run_path
from muvae.runs.writing import write_codes, write_run


def hidden(folder: Path) -> list[str]:
    """Names of what writers leave behind."""
    return sorted(child.name for child in folder.iterdir() if child.name.startswith("."))


@pytest.mark.parametrize("value", [1e5, torch.inf, torch.nan])
def test_weights_that_float16_cannot_hold_are_not_written(tmp_path: Path, value: float) -> None:
    run = make_run()
    run.classifier.head.bias.data[3] = value
    with pytest.raises(CheckpointError, match="out of float16's range") as caught:
        write_run(tmp_path / "vae", run)
    assert str(tmp_path / "vae") in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="session")
def other() -> Run:
    return make_run(seed=1)


def is_of(folder: Path, run: Run) -> bool:
    own, its = (each.vae.networks.mean_head.weight for each in (run, load_run(folder)))
    return torch.equal(own, its)


def test_a_run_replaces_the_one_before(run_folder: Path, run: Run, other: Run) -> None:
    assert is_of(run_folder, run)
    write_run(run_folder, other)
    assert is_of(run_folder, other)
    assert not is_of(run_folder, run)
    assert len(list(run_folder.iterdir())) == 6
    assert hidden(run_folder.parent) == []


def test_what_killed_writers_left_goes_with_the_next_write(
    run_folder: Path, run: Run, other: Run
) -> None:
    """But for what is young, which somebody may be writing, and what is another's."""
    folder, hour = run_folder.parent, time.time() - DEAD - 60
    for name in (".vae.killed.tmp", ".vae.young.tmp", ".vae-2.other.tmp"):
        (folder / name).mkdir()
        (folder / name / "model.safetensors").write_bytes(b"half")
    (run_folder / ".run.json.killed.tmp").write_bytes(b"half")
    for name in (".vae.killed.tmp", ".vae-2.other.tmp"):
        os.utime(folder / name, (hour, hour))
    write_codes(run_folder, run.codes)
    assert hidden(run_folder) == []
    assert hidden(folder) == [".vae-2.other.tmp", ".vae.young.tmp"]
    write_run(run_folder, other)
    assert hidden(folder) == [".vae-2.other.tmp", ".vae.young.tmp"]


def no_space(*_: object, **__: object) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def after(count: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function for `count` calls, then a full disk."""
    calls = 0

    def limited(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        return function(*arguments, **options) if calls <= count else no_space()

    return limited


@pytest.mark.parametrize("written", range(12))
def test_a_disk_that_fills_up_leaves_the_old_run(
    run_folder: Path, run: Run, other: Run, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    """Each of six files is synced, then its folder: the disk fills up at every one of these."""
    with monkeypatch.context() as patch:
        patch.setattr(files, "sync", after(written, files.sync))
        with pytest.raises(CheckpointError, match=r"No space left on device") as caught:
            write_run(run_folder, other)
    assert str(caught.value).startswith(f"{run_folder} could not be written")
    assert is_of(run_folder, run)
    assert hidden(run_folder.parent) == []


@pytest.mark.parametrize("renamed", [0, 1])
def test_a_failing_rename_leaves_the_old_run_to_readers(
    run_folder: Path, run: Run, other: Run, monkeypatch: pytest.MonkeyPatch, renamed: int
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", after(renamed, Path.rename))
        with pytest.raises(CheckpointError, match=r"could not be written \(No space left"):
            write_run(run_folder, other)
    assert hidden(run_folder.parent) == ([".vae.old"] if renamed else [])
    assert is_of(run_folder, run)
    assert [entry.error for entry in list_runs(run_folder.parent)] == [None]
    write_run(run_folder, other)
    assert is_of(run_folder, other)
    assert hidden(run_folder.parent) == []


def test_a_writer_killed_between_its_renames_leaves_the_old_run_to_readers(
    run_folder: Path, run: Run
) -> None:
    old = run_folder.with_name(".vae.old")
    run_folder.rename(old)
    assert run_path(run_folder) == old
    assert is_of(run_folder, run)
    assert load_run(run_folder).name == "vae"
    (entry,) = list_runs(run_folder.parent)
    assert (entry.name, entry.path, entry.error) == ("vae", run_folder, None)
    # Codes go to the run that there is: a folder of codes alone would take its place.
    write_codes(run_folder, dataclasses.replace(run.codes, tsne=None))
    assert load_run(run_folder).codes.tsne is None
    assert hidden(run_folder.parent) == []
    assert run_path(run_folder) == run_folder
    assert is_of(run_folder, run)


def test_a_writer_killed_after_its_renames_leaves_the_new_run(
    run_folder: Path, tmp_path: Path, other: Run
) -> None:
    run_folder.rename(run_folder.with_name(".vae.old"))
    write_run(tmp_path / "elsewhere", other)
    (tmp_path / "elsewhere").rename(run_folder)
    assert is_of(run_folder, other)
    assert [entry.name for entry in list_runs(run_folder.parent)] == ["vae"]
    recover(run_folder.parent)
    assert hidden(run_folder.parent) == []
    assert is_of(run_folder, other)


def test_a_writer_finds_a_place_where_another_was_killed_after_its_renames(
    run_folder: Path, run: Run, other: Run
) -> None:
    """Both stand there then: the run in its place, and the old one that was to be removed."""
    shutil.copytree(run_folder, run_folder.with_name(".vae.old"))
    write_run(run_folder, other)
    assert is_of(run_folder, other)
    assert hidden(run_folder.parent) == []


def test_a_writer_first_puts_back_what_another_was_killed_over(
    run_folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it stands in its place also where this one fails."""
    run_folder.rename(run_folder.with_name(".vae.old"))
    monkeypatch.setattr(files, "sync", no_space)
    with pytest.raises(CheckpointError, match="No space left"):
        write_run(run_folder, run)
    assert run_folder.is_dir()
    assert hidden(run_folder.parent) == []


def test_recovery_leaves_other_folders_alone(tmp_path: Path) -> None:
    recover(tmp_path / "missing")
    kept = [".vae.x1.tmp", ".hidden", "vae"]
    for name in kept:
        (tmp_path / name).mkdir()
    recover(tmp_path)
    assert sorted(child.name for child in tmp_path.iterdir()) == sorted(kept)


def test_codes_that_cannot_be_written_leave_the_old_ones(
    run_folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", no_space)
        with pytest.raises(CheckpointError, match=r"codes.safetensors could not be written \(No"):
            write_codes(run_folder, Codes(torch.ones(1, 2), torch.ones(1, 2), torch.ones(1)))
    assert torch.equal(load_run(run_folder).codes.mean, run.codes.mean)
    assert hidden(run_folder) == []


def test_a_run_written_where_no_folder_can_be_is_named(tmp_path: Path, run: Run) -> None:
    (tmp_path / "mnist").write_text("in the way")
    with pytest.raises(CheckpointError, match="could not be written") as caught:
        write_run(tmp_path / "mnist" / "vae", run)
    assert str(tmp_path / "mnist" / "vae") in str(caught.value)


def test_codes_are_replaced_and_no_other_file(run_folder: Path, run: Run) -> None:
    before = {file.name: file.read_bytes() for file in run_folder.iterdir()}
    write_codes(run_folder, dataclasses.replace(run.codes, umap=None))
    after = {file.name: file.read_bytes() for file in run_folder.iterdir()}
    assert {name for name in after if after[name] != before[name]} == {
        "codes.safetensors",
        "run.json",
    }
    assert load_run(run_folder).codes.umap is None


def test_where_hard_links_cannot_be_codes_are_replaced_too(
    run_folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", no_space)
    write_codes(run_folder, dataclasses.replace(run.codes, umap=None))
    assert load_run(run_folder).codes.umap is None
    assert is_of(run_folder, run)
