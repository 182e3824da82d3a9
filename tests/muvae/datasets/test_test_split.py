"""test.npz, which the app serves: the original images, and each fault by the file's name."""

import hashlib
import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers import SHIPPED

from muvae import CheckpointError, Split
from muvae.datasets.builtin import DATASETS, ORIGINALS
from muvae.datasets.test_split import read_test_split, write_dataset

Spoil = Callable[[Path], object]


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_shipped_test_split_is_the_original(dataset: str) -> None:
    """Images and labels of test.npz, put back into the original format, have its SHA-256."""
    split = read_test_split(SHIPPED / dataset)
    images = struct.pack(">IIII", 0x803, 10_000, 28, 28) + split.images.numpy().tobytes()
    labels = struct.pack(">II", 0x801, 10_000) + split.labels.byte().numpy().tobytes()
    for content, name in ((images, "t10k-images-idx3"), (labels, "t10k-labels-idx1")):
        expected = ORIGINALS[dataset].files[f"{name}-ubyte"]
        assert hashlib.sha256(content).hexdigest() == expected


def save(**arrays: object) -> Spoil:
    def write(path: Path) -> None:
        np.savez_compressed(path, allow_pickle=True, **arrays)  # type: ignore[arg-type]

    return write


def rewrite(change: Callable[[bytes], bytes]) -> Spoil:
    return lambda path: path.write_bytes(change(path.read_bytes()))


def lone_array() -> bytes:
    file = io.BytesIO()
    np.save(file, np.zeros((3, 28, 28), np.uint8))
    return file.getvalue()


IMAGES, LABELS = np.zeros((3, 28, 28), np.uint8), np.zeros(3, np.uint8)
SPOILT_TEST_FILES: dict[str, tuple[Spoil, str]] = {
    "missing": (Path.unlink, "No such file"),
    "empty": (rewrite(lambda _: b""), "cannot be read"),
    "truncated": (rewrite(lambda content: content[: len(content) // 2]), "cannot be read"),
    "head lost": (rewrite(lambda content: content[100:]), "cannot be read"),
    "bit flipped": (
        rewrite(lambda c: c[:500] + bytes([c[500] ^ 4]) + c[501:]),
        "cannot be read",
    ),
    "text": (rewrite(lambda _: b"no archive"), "cannot be read"),
    "lone array": (rewrite(lambda _: lone_array()), "cannot be read"),
    "images alone": (save(images=IMAGES), "must hold just images and labels"),
    "one array more": (save(images=IMAGES, labels=LABELS, more=LABELS), "must hold just"),
    "pickled images": (save(images=IMAGES.astype(object), labels=LABELS), "cannot be read"),
    "pickled labels": (save(images=IMAGES, labels=LABELS.astype(object)), "cannot be read"),
    "float images": (save(images=IMAGES / 1.0, labels=LABELS), "images are float64"),
    "small images": (save(images=IMAGES[:, 1:], labels=LABELS), r"images are uint8 \[3, 27, 28\]"),
    "flat images": (save(images=IMAGES.reshape(3, -1), labels=LABELS), r"\[3, 784\], not uint8"),
    "labels of 32 bits": (save(images=IMAGES, labels=LABELS.astype("i4")), "labels are int32"),
    "few labels": (
        save(images=IMAGES, labels=LABELS[1:]),
        r"labels are uint8 \[2\], not int64 \[3\]",
    ),
    "two labels an image": (save(images=IMAGES, labels=IMAGES[:, 0]), r"labels are uint8 \[3, 28"),
    "no images": (
        save(images=IMAGES[:0], labels=LABELS[:0]),
        r"images are uint8 \[0, 28, 28\], not",
    ),
    "label of 10": (
        save(images=IMAGES, labels=LABELS + np.uint8(10)),
        "labels go from 10 to 10, and there are 10 classes",
    ),
}


@pytest.mark.parametrize("kind", SPOILT_TEST_FILES)
def test_a_spoilt_test_file_is_named(tmp_path: Path, split: Split, kind: str) -> None:
    spoil, message = SPOILT_TEST_FILES[kind]
    write_dataset(tmp_path, DATASETS["mnist"], split)
    path = tmp_path / "test.npz"
    spoil(path)
    with pytest.raises(CheckpointError, match=message) as caught:
        read_test_split(tmp_path)
    assert str(caught.value).startswith(str(path))


def test_the_test_file_gives_its_split_back(tmp_path: Path, split: Split) -> None:
    write_dataset(tmp_path / "new" / "folder", DATASETS["mnist"], split)
    back = read_test_split(tmp_path / "new" / "folder")
    assert torch.equal(back.images, split.images)
    assert torch.equal(back.labels, split.labels)
    assert (back.images.dtype, back.labels.dtype) == (torch.uint8, torch.int64)
