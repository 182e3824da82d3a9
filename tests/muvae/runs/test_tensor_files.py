"""Safetensors made to mislead: named in one sentence, and no memory taken on their word."""

import os
import resource
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers import make_config
from spoilt_tensors import LAYOUT, SOUND, SPOILT, raw, tensor

from muvae import CheckpointError, load_run
from muvae.runs.files import MOST_BYTES, MOST_TEXT, read_arrays, read_json
from muvae.runs.tensor_files import MOST_HEADER, read_tensors
from muvae.training.state import load_state

MOST_MEMORY = 100  # MB that reading may take beside what the process has


def peak() -> float:
    """The most memory that the process has had so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def refused(path: Path) -> str:
    """What is said of a file that is not read; in one sentence, which begins with its name."""
    with pytest.raises(CheckpointError) as caught:
        read_tensors(path, LAYOUT)
    text = str(caught.value)
    assert text.startswith(str(path))
    assert "\n" not in text
    assert len(text) < len(str(path)) + 300
    return text


def test_what_is_spoilt_below_is_sound_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(SOUND)
    assert read_tensors(path, LAYOUT)[0]["b"].tolist() == [3, 4]


@pytest.mark.parametrize("kind", SPOILT)
def test_a_spoilt_file_is_named(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(SPOILT[kind])
    refused(path)


def test_a_tensor_that_stands_twice_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    for kind in ("tensor twice", "last tensor twice", "metadata twice"):
        path.write_bytes(SPOILT[kind])
        assert "a key stands twice" in refused(path)


def test_a_header_is_not_believed_to_be_of_any_length(tmp_path: Path) -> None:
    """Of 90 MB it would take ten times as much to parse, for nothing."""
    path = tmp_path / "model.safetensors"
    header = b'{"__metadata__":{"k":"' + b"x" * 90_000_000 + b'"}}'
    path.write_bytes(raw(header, b""))
    del header
    before = peak()
    assert "its header is said to have 90,000,025 bytes" in refused(path)
    assert peak() - before < MOST_MEMORY
    assert MOST_HEADER < 90_000_025


def test_a_file_of_terabytes_is_not_read(tmp_path: Path) -> None:
    """Sound to the last byte, but that it is all holes: the disk has a few of it."""
    path = tmp_path / "model.safetensors"
    count = 2**38
    with path.open("wb") as file:
        file.write(raw({"a": tensor(0, 4 * count, [count])}, b""))
        file.truncate(file.tell() + 4 * count)
    before = peak()
    with pytest.raises(CheckpointError, match=r"has 1,048,576 MiB; 512 MiB are the most"):
        read_tensors(path, {"a": (torch.float32, (None,))})
    assert peak() - before < MOST_MEMORY
    assert count * 4 > MOST_BYTES


def test_an_archive_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "test.npz"
    arrays = {"images": np.zeros((100, 28, 28), np.uint8), "labels": np.zeros(100, np.uint8)}
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]
    content = path.read_bytes()
    size = struct.pack("<I", 100 * 784 + 128)  # what the archive says of images.npy
    path.write_bytes(content.replace(size, struct.pack("<I", 2 * MOST_BYTES)))
    before = peak()
    with pytest.raises(CheckpointError, match="is too large once it is unpacked"):
        read_arrays(path, ["images", "labels"])
    assert peak() - before < MOST_MEMORY


@pytest.mark.parametrize("name", ["model.safetensors", "run.json", "history.csv"])
def test_what_is_no_file_is_not_waited_for(run_folder: Path, name: str) -> None:
    """A pipe to which nobody writes, and a device without an end."""
    path = run_folder / name
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(CheckpointError, match="it is no file"):
        load_run(run_folder)
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(CheckpointError, match="it is no file"):
        load_run(run_folder)


def test_links_are_followed_but_not_in_circles(run_folder: Path, tmp_path: Path) -> None:
    model = run_folder / "model.safetensors"
    moved = model.rename(tmp_path / "elsewhere")
    model.symlink_to(moved)
    assert load_run(run_folder).name == "vae"
    moved.unlink()
    with pytest.raises(CheckpointError, match="No such file") as caught:
        load_run(run_folder)
    assert str(caught.value).startswith(str(model))
    moved.symlink_to(model)
    with pytest.raises(CheckpointError, match="levels of symbolic links") as caught:
        load_run(run_folder)
    assert str(caught.value).startswith(str(model))


def test_text_without_an_end_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    with path.open("wb") as file:
        file.truncate(MOST_TEXT + 1)
    before = peak()
    with pytest.raises(CheckpointError, match=r"run.json has 2 MiB; 2 MiB are the most"):
        read_json(path)
    assert peak() - before < MOST_MEMORY


def test_a_state_is_read_with_the_same_care(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    for kind in ("tensor twice", "header of terabytes", "offsets past the end", "cut off"):
        path.write_bytes(SPOILT[kind])
        with pytest.raises(CheckpointError) as caught:
            load_state(path, make_config())
        assert str(caught.value).startswith(str(path))
