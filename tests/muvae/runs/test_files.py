"""Files are written whole or not at all."""

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
import safetensors.torch
import torch

from muvae import CheckpointError
from muvae.runs import files, tensor_files

TENSORS = {"weight": torch.arange(6.0).reshape(2, 3), "half": torch.ones(4, dtype=torch.float16)}

WRITERS: dict[str, Callable[[Path], None]] = {
    "text": lambda path: files.write_text(path, "new"),
    "json": lambda path: files.write_json(path, {"new": 1}),
    "tensors": lambda path: tensor_files.write_tensors(path, TENSORS),
    "arrays": lambda path: files.write_arrays(path, {"images": np.zeros(3, np.uint8)}),
}


def no_space(*_: object, **__: object) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("writer", WRITERS)
def test_a_file_is_written_into_folders_that_are_not_there(tmp_path: Path, writer: str) -> None:
    path = tmp_path / "a" / "b" / "file"
    WRITERS[writer](path)
    assert path.stat().st_size > 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o644  # not mkstemp's 0600: a server reads it too
    assert [child.name for child in path.parent.iterdir()] == ["file"]


@pytest.mark.parametrize("step", ["write", "sync", "replace"])
@pytest.mark.parametrize("writer", WRITERS)
def test_a_full_disk_names_the_file_and_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: str, step: str
) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    targets: dict[str, tuple[Any, str]] = {
        "write": {
            "text": (Path, "write_text"),
            "json": (Path, "write_text"),
            "tensors": (safetensors.torch, "save_file"),
            "arrays": (np, "savez_compressed"),
        }[writer],
        "sync": (os, "fsync"),
        "replace": (Path, "replace"),
    }
    monkeypatch.setattr(*targets[step], no_space)
    with pytest.raises(CheckpointError) as caught:
        WRITERS[writer](path)
    assert str(caught.value) == (
        f"{path} could not be written (No space left on device); make room there, then give the "
        "same command again"
    )
    assert path.read_text() == "old"
    assert [child.name for child in tmp_path.iterdir()] == ["file"]


def test_a_file_that_the_system_cuts_off_leaves_the_old_one(tmp_path: Path) -> None:
    """Real failures in the middle of writing: the process may write two bytes a file, no more."""
    path = tmp_path / "file"
    path.write_text("old")
    code = f"""
import resource, numpy, torch
from pathlib import Path
from muvae import CheckpointError
from muvae.runs import files, tensor_files
path = Path({str(path)!r})
writers = [
    lambda: files.write_text(path, "new"),
    lambda: files.write_json(path, ["new"]),
    lambda: tensor_files.write_tensors(path, {{"a": torch.ones(9)}}),
    lambda: files.write_arrays(path, {{"a": numpy.ones(9, "uint8")}}),
]
resource.setrlimit(resource.RLIMIT_FSIZE, (2, 2))
for write in writers:
    try:
        write()
    except CheckpointError as error:
        print(error)
"""
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert result.stdout.count(f"{path} could not be written (") == 4, result.stdout
    assert path.read_text() == "old"
    assert [child.name for child in tmp_path.iterdir()] == ["file"]


def test_content_reaches_the_disk_before_the_name_and_the_name_before_the_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    sync, replace = files.sync, Path.replace

    def note_sync(path: Path) -> None:
        events.append("folder" if path.is_dir() else path.read_text())
        sync(path)

    def note_replace(source: Path, target: Path) -> Path:
        events.append("replace")
        return replace(source, target)

    monkeypatch.setattr(files, "sync", note_sync)
    monkeypatch.setattr(Path, "replace", note_replace)
    files.write_text(tmp_path / "file", "content")
    assert events == ["content", "replace", "folder"]


def test_what_stops_the_writer_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def write(stop: type[BaseException]) -> None:
        with files.atomic_path(path) as temporary:
            temporary.write_text("half of the n")
            raise stop

    for stop in (KeyboardInterrupt, ZeroDivisionError):
        with pytest.raises(stop):
            write(stop)
    assert path.read_text() == "old"
    assert [child.name for child in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("writer", WRITERS)
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, writer: str) -> None:
    (tmp_path / "file").write_text("in the way")
    path = tmp_path / "file" / "below"
    with pytest.raises(CheckpointError, match="could not be written") as caught:
        WRITERS[writer](path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"deep": [float("-inf")]}])
def test_json_without_a_number_is_not_written(tmp_path: Path, value: object) -> None:
    path = tmp_path / "file"
    with pytest.raises(CheckpointError, match="a value is not finite") as caught:
        files.write_json(path, value)
    assert str(path) in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_json_gives_every_value_back(tmp_path: Path) -> None:
    values = {"μ": [1, 0.1, 1e-300, -2e11 / 7, None, True, "β"], "empty": {}}
    files.write_json(tmp_path / "file", values)
    assert files.read_json(tmp_path / "file") == values
    assert "μ" in (tmp_path / "file").read_text(encoding="utf-8")
