"""Datasets: torchvision's files checked by SHA-256, a table of them, and test.npz."""

import hashlib
import http.client
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn
from urllib.error import URLError

import pytest
import torch
import torchvision.datasets
from helpers import make_split
from patience import PATIENCE

from muvae import DatasetError, InvalidInputError, Split
from muvae.datasets import builtin
from muvae.datasets.builtin import DATASETS, ORIGINALS, Original, data_root, get_dataset, load_split
from muvae.datasets.spec import DatasetSpec, Framing
from muvae.datasets.test_split import read_test_split, write_dataset
from muvae.images import ImageSpec, to_float
from muvae.runs.locks import locked

Spoil = Callable[[Path], object]


def write_raw(folder: Path, split: Split, stem: str) -> None:
    """Write a split in the IDX format of the original files."""
    folder.mkdir(parents=True, exist_ok=True)
    count = len(split)
    images, labels = split.images.numpy().tobytes(), split.labels.to(torch.uint8).numpy().tobytes()
    header = struct.pack(">IIII", 0x803, count, 28, 28)
    (folder / f"{stem}-images-idx3-ubyte").write_bytes(header + images)
    (folder / f"{stem}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, count) + labels)


@pytest.fixture
def splits() -> tuple[Split, Split]:
    return make_split(30, seed=1), make_split(20, seed=2)


@pytest.fixture
def kmnist(
    tmp_path: Path, splits: tuple[Split, Split], monkeypatch: pytest.MonkeyPatch
) -> DatasetSpec:
    """A third dataset: small files in KMNIST's place, and one entry in the table."""
    raw = tmp_path / "KMNIST" / "raw"
    for split, stem in zip(splits, ("train", "t10k"), strict=True):
        write_raw(raw, split, stem)
    original = Original(
        "KMNIST",
        {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in raw.iterdir()},
    )
    spec = DatasetSpec(
        name="kmnist",
        title="Kuzushiji-MNIST",
        image=ImageSpec(height=28, width=28),
        classes=tuple("おきすつなはまやれを"),
        origin=original.origin,
        framing=Framing(side=28, by_mass=False),
    )
    monkeypatch.setattr(builtin, "DATASETS", {**DATASETS, "kmnist": spec})
    monkeypatch.setattr(builtin, "ORIGINALS", {**ORIGINALS, "kmnist": original})
    return spec


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> NoReturn:
        raise RuntimeError("Error downloading train-images-idx3-ubyte.gz:\nTried http://...")

    monkeypatch.setattr(torchvision.datasets.MNIST, "download", refuse)


def test_a_third_dataset_is_one_entry_in_the_table(
    tmp_path: Path, kmnist: DatasetSpec, splits: tuple[Split, Split]
) -> None:
    assert get_dataset("kmnist") is kmnist
    assert len(kmnist.origin.sha256) == 64
    for expected, train in zip(splits, (True, False), strict=True):
        loaded = load_split("kmnist", tmp_path, train=train, download=False)
        assert torch.equal(loaded.images, expected.images)
        assert torch.equal(loaded.labels, expected.labels)
        assert (loaded.images.dtype, loaded.labels.dtype) == (torch.uint8, torch.int64)
        assert loaded.images.shape == (len(expected), 1, 28, 28)
        write_dataset(tmp_path / "served", kmnist, loaded)
        assert torch.equal(read_test_split(tmp_path / "served").images, expected.images)


def test_the_table_names_the_original_files() -> None:
    """SHA-256 of the files as their authors publish them, from shared/data/SHA256SUMS."""
    assert list(DATASETS) == ["mnist", "fashion-mnist"]
    assert list(ORIGINALS) == list(DATASETS)
    sums = {name: original.files["t10k-labels-idx1-ubyte"] for name, original in ORIGINALS.items()}
    assert sums == {
        "mnist": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        "fashion-mnist": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    }
    for name, origin in ORIGINALS.items():
        assert len(DATASETS[name].classes) == 10
        assert sorted(origin.files) == sorted(
            f"{part}-{kind}-ubyte"
            for part in ("train", "t10k")
            for kind in ("images-idx3", "labels-idx1")
        )
        assert all(len(digest) == 64 for digest in origin.files.values())
        dataset = getattr(torchvision.datasets, origin.torchvision_class)
        assert {Path(file).stem for file, _ in dataset.resources} == set(origin.files)


def test_an_unknown_dataset_is_told_the_known_ones(tmp_path: Path) -> None:
    message = "^there is no dataset 'cifar'; the datasets are mnist, fashion-mnist$"
    with pytest.raises(InvalidInputError, match=message):
        load_split("cifar", tmp_path, train=True)


@pytest.mark.usefixtures("no_network")
def test_missing_without_a_network_names_folder_and_mend(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        load_split("fashion-mnist", tmp_path, train=True)
    message = str(caught.value)
    assert message == (
        f"Fashion-MNIST is not complete in {tmp_path / 'FashionMNIST' / 'raw'} "
        "(train-images-idx3-ubyte is missing) and could not be downloaded; "
        "give the folder that holds FashionMNIST/ with --data-root or $MUVAE_DATA"
    )


@pytest.mark.parametrize(
    "failure",
    [
        URLError("Temporary failure in name resolution"),
        TimeoutError("timed out"),
        PermissionError(13, "Permission denied"),
        http.client.IncompleteRead(b""),
        EOFError("Compressed file ended before the end-of-stream marker was reached"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_no_failure_of_a_download_leaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fail(_: object) -> NoReturn:
        raise failure

    monkeypatch.setattr(torchvision.datasets.MNIST, "download", fail)
    with pytest.raises(DatasetError, match="could not be downloaded; give the folder"):
        load_split("mnist", tmp_path, train=True)


def test_without_leave_to_download_nothing_is_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torchvision.datasets.MNIST, "download", lambda _: pytest.fail("downloads"))
    with pytest.raises(DatasetError, match=r"MNIST is not complete in .*; give the folder"):
        load_split("mnist", tmp_path, train=False, download=False)


def test_what_is_missing_is_downloaded_and_checked(
    tmp_path: Path,
    kmnist: DatasetSpec,
    splits: tuple[Split, Split],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raw = tmp_path / "KMNIST" / "raw"
    whole = {file.name: file.read_bytes() for file in raw.iterdir()}
    (raw / "train-labels-idx1-ubyte").unlink()

    def download(_: object) -> None:
        for name, content in whole.items():
            (raw / name).write_bytes(content)

    monkeypatch.setattr(torchvision.datasets.MNIST, "download", download)
    loaded = load_split(kmnist.name, tmp_path, train=True)
    assert torch.equal(loaded.labels, splits[0].labels)


@pytest.mark.parametrize("half", [True, False], ids=["half written", "missing"])
def test_what_another_process_is_downloading_is_waited_for(
    tmp_path: Path,
    kmnist: DatasetSpec,
    splits: tuple[Split, Split],
    monkeypatch: pytest.MonkeyPatch,
    half: bool,
) -> None:
    file = tmp_path / "KMNIST" / "raw" / "train-labels-idx1-ubyte"
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    if not half:
        file.unlink()
    monkeypatch.setattr(torchvision.datasets.MNIST, "download", lambda _: pytest.fail("downloads"))
    with ThreadPoolExecutor(1) as pool:
        with locked(tmp_path / "KMNIST"):  # by the other process
            loaded = pool.submit(load_split, kmnist.name, tmp_path, train=True)
            with pytest.raises(TimeoutError):
                loaded.result(0.5)
            file.write_bytes(whole)
        assert torch.equal(loaded.result(PATIENCE).labels, splits[0].labels)


@pytest.mark.parametrize("name", ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"])
@pytest.mark.parametrize("change", ["flip", "truncate", "empty"])
def test_a_changed_file_is_named(
    tmp_path: Path, kmnist: DatasetSpec, name: str, change: str
) -> None:
    path = tmp_path / "KMNIST" / "raw" / name
    content = path.read_bytes()
    changed = {
        "flip": content[:-1] + bytes([content[-1] ^ 1]),
        "truncate": content[:-1],
        "empty": b"",
    }
    path.write_bytes(changed[change])
    with pytest.raises(DatasetError, match=r"is not the original file .* delete it") as caught:
        load_split("kmnist", tmp_path, train=False)
    assert str(caught.value).startswith(f"{path} ")
    # The other split has files of its own, which are whole.
    assert len(load_split("kmnist", tmp_path, train=True)) == 30


def test_files_of_an_old_torchvision_are_refused(tmp_path: Path, kmnist: DatasetSpec) -> None:
    """Torchvision would read processed/ in place of the raw files, unchecked."""
    folder = tmp_path / "KMNIST" / "processed"
    folder.mkdir()
    with pytest.raises(DatasetError, match="delete that folder") as caught:
        load_split(kmnist.name, tmp_path, train=True)
    assert str(folder) in str(caught.value)


def test_the_root_is_the_flag_s_else_the_environment_s_else_data(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MUVAE_DATA", "/from/environment")
    assert data_root("/from/flag") == Path("/from/flag")
    assert data_root() == Path("/from/environment")
    monkeypatch.setenv("MUVAE_DATA", "")
    assert data_root() == Path("data")
    monkeypatch.delenv("MUVAE_DATA")
    assert data_root(None) == Path("data")


def test_the_sum_for_provenance_depends_on_every_file(kmnist: DatasetSpec) -> None:
    sums = {spec.origin.sha256 for spec in (*DATASETS.values(), kmnist)}
    assert len(sums) == 3
    files = builtin.ORIGINALS["kmnist"].files
    for file in files:
        assert Original("KMNIST", {**files, file: "0" * 64}).origin.sha256 not in sums


def test_pixels_go_from_0_to_1() -> None:
    images = torch.tensor([0, 51, 255], dtype=torch.uint8)
    assert to_float(images).tolist() == [0.0, pytest.approx(0.2), 1.0]
    assert images.tolist() == [0, 51, 255]
