"""Two writers of one thing: the second waits or is told who the first is; nothing is mixed."""

import contextlib
import dataclasses
import errno
import fcntl
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
import torch
from helpers import make_run, python
from patience import PATIENCE

from muvae import CheckpointError, load_run
from muvae.runs import writing
from muvae.runs.leftovers import recover
from muvae.runs.locks import LocklessWarning, check_free, locked
from muvae.runs.manifest import Manifest, read_manifest
from muvae.runs.writing import write_codes, write_metrics, write_run
from muvae.types import Measurement

HOLD = """
import sys, time
from pathlib import Path
from muvae.runs.locks import locked
sys.argv[0] = "/somewhere/train.py"
with locked(Path(sys.argv[1])):
    print(flush=True)
    sys.stdin.readline()
print(flush=True)
sys.stdin.readline()
"""
BETTER = {"path_largest_step": Measurement(0.5)}


@contextlib.contextmanager
def holder(target: Path) -> "Iterator[subprocess.Popen[str]]":
    """Another process that holds the lock of a target until a line comes."""
    with python("-c", HOLD, str(target)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "\n"
        yield process


def lock(target: Path) -> None:
    with locked(target):
        pass


def read(folder: Path) -> Manifest:
    return read_manifest(folder / "run.json")


def test_the_second_is_told_who_the_first_is(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "state.safetensors"
    with holder(target) as process:
        for attempt in (lock, check_free):
            with pytest.raises(CheckpointError) as caught:
                attempt(target)
            assert re.fullmatch(
                rf"{re.escape(str(target))} is in use by another process, {process.pid}, since "
                rf"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\S+: train\.py {re.escape(str(target))[:20]}.*; "
                r"wait until that has ended, or stop it",
                str(caught.value),
            )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\n")
        process.stdin.flush()
        process.stdout.readline()
        check_free(target)  # it still lives, but has let go
        assert list(target.parent.iterdir()) == []


def test_the_lock_ends_with_its_process_however_that_ends(tmp_path: Path) -> None:
    target = tmp_path / "vae"
    with holder(target) as process:
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)
    check_free(target)
    lock(target)
    assert list(tmp_path.iterdir()) == []


def test_who_waits_gets_it_when_the_other_is_through(tmp_path: Path) -> None:
    target = tmp_path / "vae"
    with holder(target) as process:
        threading.Timer(0.2, process.kill).start()
        with locked(target, wait=PATIENCE):
            assert process.wait(PATIENCE) == -signal.SIGKILL


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_said_and_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def none(*_: object) -> NoReturn:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", none)
    sentence = (
        f"{tmp_path} is on a file system without locks; while this command runs, start no other "
        "one that writes there"
    )
    with pytest.warns(LocklessWarning, match=f"^{re.escape(sentence)}$"):
        write_run(tmp_path / "vae", make_run())
    assert load_run(tmp_path / "vae").name == "vae"


def test_a_lock_file_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".vae.lock").mkdir()
    with pytest.raises(CheckpointError, match=r"vae could not be written \(Is a directory\)$"):
        write_run(tmp_path / "vae", make_run())


def test_what_a_living_writer_has_moved_away_is_left_to_it(tmp_path: Path) -> None:
    write_run(tmp_path / "vae", make_run())
    (tmp_path / "vae").rename(tmp_path / ".vae.old")
    with holder(tmp_path / "vae"):
        recover(tmp_path)
        assert not (tmp_path / "vae").exists()
    recover(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["vae"]


def test_codes_and_metrics_written_at_once_are_both_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, run = tmp_path / "vae", make_run()
    write_run(folder, run)
    other = threading.Thread(target=write_metrics, args=(folder, BETTER))
    write = writing._write_codes

    def write_while_another_measures(*values: object) -> None:
        other.start()
        other.join(1)  # in which time it is through, unless it waits for this one
        write(*values)  # type: ignore[arg-type]

    monkeypatch.setattr(writing, "_write_codes", write_while_another_measures)
    write_codes(folder, dataclasses.replace(run.codes, umap=None))
    other.join(PATIENCE)
    after = load_run(folder)
    assert after.codes.umap is None
    assert after.metrics == {**run.metrics, **BETTER}


def test_what_was_made_for_a_run_is_not_added_to_another(tmp_path: Path) -> None:
    folder, run = tmp_path / "vae", make_run()
    write_run(folder, run)
    before = read(folder)
    # Other codes are no other run.
    write_codes(folder, dataclasses.replace(run.codes, umap=None), before)
    write_metrics(folder, BETTER, before)
    assert load_run(folder).metrics == {**run.metrics, **BETTER}
    other = make_run(seed=1)
    write_run(folder, other)
    now = read(folder)
    for write in (
        lambda: write_codes(folder, run.codes, before),
        lambda: write_metrics(folder, BETTER, before),
    ):
        with pytest.raises(CheckpointError) as caught:
            write()
        assert str(caught.value) == (
            f"{folder} was replaced by another run meanwhile; give the same command again"
        )
    assert read(folder) == now
    assert torch.equal(load_run(folder).codes.mean, other.codes.mean)
