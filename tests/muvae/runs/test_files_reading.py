"""What is wrong with a file is said in its name, whatever the damage."""

import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import Tensor

from muvae import CheckpointError
from muvae.runs import files
from muvae.runs.tensor_files import Layout, read_tensors, write_tensors

TENSORS = {"weight": torch.arange(6.0).reshape(2, 3), "half": torch.ones(4, dtype=torch.float16)}
LAYOUT: Layout = {"weight": (torch.float32, (2, 3)), "half": (torch.float16, (4,))}


SPOILT_JSON = {
    "empty": b"",
    "cut off": b'{"a": 1',
    "two values": b"{} {}",
    "python": b"{'a': 1}",
    "key twice": b'{"a": 1, "a": 2}',
    "deep key twice": b'{"a": [{"b": 1, "b": 1}]}',
    "not text": b"\xff\xfe{}",
    "deep": b"[" * 100_000,
    "long number": b"1" * 10_000,
}


@pytest.mark.parametrize("kind", SPOILT_JSON)
def test_spoilt_json_is_named(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(SPOILT_JSON[kind])
    with pytest.raises(CheckpointError, match=r"is not valid JSON|cannot be read") as caught:
        files.read_json(path)
    assert str(caught.value).startswith(str(path))
    assert len(str(caught.value)) < len(str(path)) + 300


def test_missing_files_and_folders_in_a_file_s_place_are_named(tmp_path: Path) -> None:
    readers: list[Callable[[Path], object]] = [
        files.read_json,
        files.read_text,
        lambda path: read_tensors(path, LAYOUT),
        lambda path: files.read_arrays(path, ["images"]),
    ]
    (tmp_path / "folder").mkdir()
    for read in readers:
        for name in ("missing", "folder"):
            with pytest.raises(CheckpointError, match="cannot be read") as caught:
                read(tmp_path / name)
            assert str(caught.value).startswith(str(tmp_path / name))


def test_tensors_come_back_bit_for_bit_with_their_metadata(tmp_path: Path) -> None:
    path = tmp_path / "file"
    # A transposed view and one that needs a gradient are written by value.
    tensors = TENSORS | {"weight": torch.randn(3, 2).T.requires_grad_()}
    write_tensors(path, tensors, {"config": "{}"})
    back, metadata = read_tensors(path, LAYOUT)
    assert metadata == {"config": "{}"}
    assert back.keys() == tensors.keys()
    assert all(torch.equal(back[name], tensors[name]) for name in tensors)
    assert not back["weight"].requires_grad


SPOILT_TENSORS: dict[str, tuple[dict[str, Tensor], str]] = {
    "missing tensor": ({"weight": TENSORS["weight"]}, "lacks the tensor 'half'"),
    "extra tensor": (TENSORS | {"b": torch.ones(1)}, "has an unknown tensor 'b'"),
    "wrong shape": (
        TENSORS | {"weight": torch.ones(3, 2)},
        r"weight is F32 \[3, 2\], not F32 \[2, 3\]",
    ),
    "flat": (TENSORS | {"weight": torch.ones(6)}, r"weight is F32 \[6\], not F32 \[2, 3\]"),
    "scalar": (TENSORS | {"half": torch.ones((), dtype=torch.float16)}, r"half is F16 \[\], not"),
    "wrong dtype": (
        TENSORS | {"half": torch.ones(4)},
        r"half is F32 \[4\], not F16 \[4\]",
    ),
    "NaN": (
        TENSORS | {"weight": torch.full((2, 3), torch.nan)},
        "weight holds a value that is not finite",
    ),
    "one infinity": (
        TENSORS | {"half": torch.tensor([0, 0, 0, -torch.inf], dtype=torch.float16)},
        "half holds a value that is not finite",
    ),
    "none": ({}, "lacks the tensor 'half'"),
}


@pytest.mark.parametrize("kind", SPOILT_TENSORS)
def test_tensors_that_do_not_fit_are_named(tmp_path: Path, kind: str) -> None:
    tensors, message = SPOILT_TENSORS[kind]
    path = tmp_path / "file"
    safetensors.torch.save_file(tensors, path)
    with pytest.raises(CheckpointError, match=message) as caught:
        read_tensors(path, LAYOUT)
    assert str(caught.value).startswith(str(path))


def test_a_free_size_is_the_same_in_all_tensors(tmp_path: Path) -> None:
    layout: Layout = dict.fromkeys(("mean", "tsne", "umap"), (torch.float32, (None, 2)))
    path = tmp_path / "file"
    mean, short = torch.ones(5, 2), torch.ones(4, 2)
    write_tensors(path, {"mean": mean, "umap": mean.clone()})
    assert set(read_tensors(path, layout, optional=["tsne", "umap"])[0]) == {
        "mean",
        "umap",
    }
    write_tensors(path, {"mean": mean, "umap": short})
    with pytest.raises(CheckpointError, match=r"umap is F32 \[4, 2\], not F32 \[5, 2\]"):
        read_tensors(path, layout, optional=["tsne", "umap"])
    write_tensors(path, {"umap": short})
    with pytest.raises(CheckpointError, match="lacks the tensor 'mean'"):
        read_tensors(path, layout, optional=["tsne", "umap"])


def damaged(content: bytes, rng: random.Random) -> bytes:
    """A file with bytes changed, cut out or put in, often near its start, where headers are."""
    place = int(len(content) * rng.random() ** rng.choice([1, 3]))
    length = rng.choice([1, 1, 1, 8, 100])
    noise = rng.randbytes(length)
    return rng.choice(
        [
            content[:place],
            content[:place] + noise + content[place + length :],
            content[:place] + noise + content[place:],
            content[:place] + content[place + length :],
        ]
    )


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ("(1000000000000000,)", "|u1"),
        ("(9" + "9" * 30 + ",)", "|u1"),
        ("(1,)", "|O"),
        ("((((", "|u1"),
    ],
)
def test_a_header_that_lies_is_named(tmp_path: Path, shape: str, kind: str) -> None:
    """An array said to be larger than all memory, or to hold Python objects, or of no shape."""
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}}}\n".encode()
    path = tmp_path / "file"
    with zipfile.ZipFile(path, "w") as archive:
        magic = b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little")
        archive.writestr("images.npy", magic + head + b"\x80\x04N.")
    with pytest.raises(CheckpointError, match="cannot be read") as caught:
        files.read_arrays(path, ["images"])
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize("kind", ["tensors", "arrays", "json"])
def test_no_damage_raises_anything_but_a_checkpoint_error(tmp_path: Path, kind: str) -> None:
    """Five hundred damaged files: each is either still readable or named in a CheckpointError."""
    path = tmp_path / "file"
    readers: dict[str, Callable[[Path], object]] = {
        "tensors": lambda path: read_tensors(path, LAYOUT),
        "arrays": lambda path: files.read_arrays(path, ["images", "labels"]),
        "json": files.read_json,
    }
    if kind == "tensors":
        write_tensors(path, TENSORS, {"config": json.dumps({"a": 1})})
    elif kind == "arrays":
        noise = np.frombuffer(random.Random(0).randbytes(600), np.uint8)
        files.write_arrays(path, {"images": noise, "labels": noise[:9]})
    else:
        files.write_json(path, {"config": {"name": "μ", "values": [1, 2.5, None]}})
    content = path.read_bytes()
    readers[kind](path)
    rng, messages = random.Random(0), []
    for _ in range(500):
        path.write_bytes(damaged(content, rng))
        try:
            readers[kind](path)
        except CheckpointError as error:
            messages.append(str(error))
    assert len(messages) > 100
    assert all(message.startswith(str(path)) for message in messages)
