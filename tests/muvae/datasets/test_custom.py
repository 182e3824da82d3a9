"""Data of one's own: what is read of a folder or an .npz file, and a sentence for each fault."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from helpers import SHIPPED
from own import write_folder
from PIL import Image

from muvae import DatasetError
from muvae.datasets.custom import (
    FEWEST_TEST,
    MOST_TEST,
    OwnData,
    framing_of,
    own_name,
    read_own_data,
)
from muvae.datasets.spec import Framing
from muvae.datasets.test_split import read_test_split
from muvae.images import ImageSpec

COUNTS = {"cup": 90, "dog": 60, "ant": 96}
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (240, 28, 28), dtype=np.uint8)
LABELS = np.arange(240) % 3


def numbers(images: torch.Tensor) -> list[int]:
    """The numbers that write_folder put into images' first pixels."""
    return [int(image[0, 0, 0]) + 256 * int(image[0, 0, 1]) for image in images]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "My_Things é", COUNTS)


def save(path: Path, **arrays: Any) -> Path:
    np.savez_compressed(path, allow_pickle=True, **arrays)
    return path


def shares(data: OwnData) -> list[tuple[int, int]]:
    """How many images of each class there are to train on and to test on."""
    counts = [
        torch.bincount(split.labels, minlength=3).tolist() for split in (data.train, data.test)
    ]
    return list(zip(*counts, strict=True))


def test_a_folder_of_classes_is_divided_by_class(folder: Path) -> None:
    data = read_own_data(folder)
    assert (data.spec.name, data.spec.title) == ("my-things-e", "My Things é")
    assert data.spec.classes == ("ant", "cup", "dog")
    assert shares(data) == [(80, 16), (75, 15), (50, 10)]
    assert data.train.images.shape == (205, 1, 28, 28)
    assert (data.train.images.dtype, data.train.labels.dtype) == (torch.uint8, torch.int64)
    for label, name in enumerate(data.spec.classes):  # every image is in one split, once
        own = [split.images[split.labels == label] for split in (data.train, data.test)]
        assert sorted(numbers(torch.cat(own))) == list(range(COUNTS[name]))
        assert set(torch.cat(own)[:, 0, 5, 5].tolist()) == {10 * list(COUNTS).index(name)}
    # In an order that mixes the classes, always the same.
    assert len(set(data.test.labels[:10].tolist())) == 3
    assert torch.equal(read_own_data(folder).test.images, data.test.images)
    assert data.spec.origin.source == (
        "My_Things é: 205 images to train on and 41 to test on, a sixth of each class, drawn with "
        "seed 0"
    )


def test_the_digest_is_of_what_is_trained_on(folder: Path) -> None:
    before = read_own_data(folder).spec.origin.sha256
    assert re.fullmatch("[0-9a-f]{64}", before)
    (folder / "notes.txt").write_text("not an image")
    (folder / ".git" / "more").mkdir(parents=True)
    assert read_own_data(folder).spec.origin.sha256 == before
    (folder / "cup").rename(folder / "cap")
    renamed = read_own_data(folder).spec.origin.sha256
    image = folder / "ant" / "0000.png"
    levels = np.asarray(Image.open(image)).copy()
    levels[3, 3] ^= 1
    Image.fromarray(levels).save(image)
    assert len({before, renamed, read_own_data(folder).spec.origin.sha256}) == 3


def test_folders_of_train_and_test_stay_as_they_are(tmp_path: Path) -> None:
    root = tmp_path / "split"
    write_folder(root / "train", {"a": 30, "b": 20})
    write_folder(root / "test", {"a": 20, "b": 20})
    write_folder(root / "val", {"a": 3})
    data = read_own_data(root)
    assert shares(data)[:2] == [(30, 20), (20, 20)]
    assert data.spec.origin.source.endswith("40 to test on, as given; val/ is left out")
    write_folder(root / "test", {"zebra": 1})
    with pytest.raises(DatasetError, match=r"test/zebra is a class that train/ does not have$"):
        read_own_data(root)


def test_grey_written_in_colour_and_black_and_white_are_read(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", {"a": 99, "b": 99})
    grey = Image.open(folder / "a" / "0007.png")
    for change in (grey.convert("RGB"), grey.convert("P")):
        change.save(folder / "a" / "0007.png")
        data = read_own_data(folder)
        assert 7 in numbers(torch.cat([data.train.images, data.test.images]))
    Image.fromarray(np.eye(28) > 0).save(folder / "a" / "bits.png")
    data = read_own_data(folder)
    images = torch.cat([data.train.images, data.test.images])[:, 0]
    assert any(torch.equal(image, 255 * torch.eye(28, dtype=torch.uint8)) for image in images)


@pytest.mark.parametrize("size", [(8, 8), (24, 32), (128, 100)])
def test_images_of_other_sizes_and_in_colour_are_read(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    """From files and from arrays, with channels last or first."""
    height, width = size
    colors = RNG.integers(0, 256, (240, height, width, 3), dtype=np.uint8)
    for label, name in enumerate("abc"):
        (tmp_path / "files" / name).mkdir(parents=True)
        for number in np.flatnonzero(label == LABELS):
            Image.fromarray(colors[number]).save(tmp_path / "files" / name / f"{number:03}.png")
    expected = {image.tobytes() for image in colors.transpose(0, 3, 1, 2)}
    for path in (
        tmp_path / "files",
        save(tmp_path / "last.npz", images=colors, labels=LABELS),
        save(tmp_path / "first.npz", images=colors.transpose(0, 3, 1, 2), labels=LABELS),
    ):
        data = read_own_data(path)
        assert data.spec.image == ImageSpec(height, width, channels=3)
        assert data.train.images.shape[1:] == (3, height, width)
        images = torch.cat([data.train.images, data.test.images])
        assert {image.tobytes() for image in images.numpy()} == expected
    grey = read_own_data(save(tmp_path / "grey.npz", images=colors[..., 0], labels=LABELS))
    assert grey.spec.image == ImageSpec(height, width, channels=1)


def test_one_image_in_colour_makes_all_rgb(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", {"a": 99, "b": 99})
    Image.new("RGB", (28, 28), "red").save(folder / "a" / "0003.png")
    data = read_own_data(folder)
    images = torch.cat([data.train.images, data.test.images])
    assert images.shape == (198, 3, 28, 28)
    grey = (images == images[:, :1]).flatten(1).all(1)
    assert int((~grey).sum()) == 1
    assert images[~grey][0, :, 5, 5].tolist() == [255, 0, 0]


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "of another size": (
        lambda f: Image.new("L", (32, 30)).save(f / "cup" / "0003.png"),
        r"cup/0003.png is 32×30, and 0000.png 28×28; scale all images first, as ImageMagick does: ",
    ),
    "too small": (
        lambda f: Image.new("L", (28, 7)).save(f / "ant" / "0000.png"),
        r"ant/0000.png is 28×7; a side may have 8 to 128 pixels: scale all images first$",
    ),
    "of 16 bits": (
        lambda f: Image.fromarray(np.zeros((28, 28), np.uint16)).save(f / "cup" / "0003.png"),
        r"cup/0003.png does not have 8 bits a channel; make all images so first",
    ),
    "transparent": (
        lambda f: Image.new("LA", (28, 28)).save(f / "cup" / "0003.png"),
        r"cup/0003.png is transparent in places; flatten all images first",
    ),
    "no image": (
        lambda f: (f / "cup" / "0003.png").write_text("hello"),
        r"cup/0003.png is not an image that can be read",
    ),
    "half an image": (
        lambda f: (f / "cup" / "0003.png").write_bytes((f / "cup" / "0003.png").read_bytes()[:60]),
        r"cup/0003.png is not an image that can be read",
    ),
    "an empty class": (
        lambda f: (f / "bee").mkdir(),
        r"of class 'bee' there are too few images, 0, where 2 are needed, one of them to",
    ),
    "a class of one": (
        lambda f: write_folder(f, {"bee": 1}),
        r"of class 'bee' there are too few images, 1, where 2 are needed",
    ),
    "a class with too long a name": (
        lambda f: write_folder(f, {"b" * 41: 9}),
        r"a class's name is 'b{41}'; it must be 1 to 40 printable characters; rename it$",
    ),
    "a class with a line break": (
        lambda f: write_folder(f, {"a\nb": 9}),
        r"a class's name is 'a\\nb'; it must be",
    ),
    "too many classes": (
        lambda f: write_folder(f, {f"c{number}": 2 for number in range(101)}),
        r": the number of classes is 104; it must be 2 to 100$",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_folder_is_one_sentence(folder: Path, fault: str) -> None:
    spoil, message = FAULTS[fault]
    spoil(folder)
    with pytest.raises(DatasetError, match=message) as caught:
        read_own_data(folder)
    assert str(caught.value).startswith(str(folder))
    assert "\n" not in str(caught.value)


def test_folders_that_are_no_dataset_are_named(tmp_path: Path) -> None:
    for path, message in (
        (tmp_path / "empty", "has no subfolders; give it one of images for each class"),
        (
            write_folder(tmp_path / "one", {"a": 50}),
            ": the number of classes is 1; it must be 2 to 100",
        ),
        (
            write_folder(tmp_path / "few", {"a": 40, "b": 40}),
            f"gives 14 images to test on, and maps and neighbours need {FEWEST_TEST}; add images",
        ),
        (tmp_path / "absent", "is neither a folder of images nor an .npz file"),
    ):
        if path.name == "empty":
            path.mkdir()
        with pytest.raises(DatasetError, match=re.escape(message)) as caught:
            read_own_data(path)
        assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize(
    "arrays",
    [
        {"images": IMAGES, "labels": LABELS},
        {"images": IMAGES[:, None], "labels": LABELS.astype(np.uint8)},
        {"images": IMAGES[..., None], "labels": LABELS[:, None]},
        {"images": IMAGES, "labels": LABELS, "classes": np.array(["x", "y", "z"])},
    ],
    ids=["plain", "a channel first", "a channel last", "named"],
)
def test_an_npz_file_is_divided_by_class(tmp_path: Path, arrays: dict[str, Any]) -> None:
    data = read_own_data(save(tmp_path / "Things.npz", **arrays))
    assert (data.spec.name, data.spec.title) == ("things", "Things")
    assert data.spec.classes == (("x", "y", "z") if "classes" in arrays else ("0", "1", "2"))
    assert shares(data) == [(67, 13)] * 3
    seen = torch.cat([data.train.images, data.test.images]).flatten(1)
    assert len(seen.unique(dim=0)) == 240


@pytest.mark.parametrize(
    "names", ["train_images train_labels test_images test_labels", "x_train y_train x_test y_test"]
)
def test_an_npz_file_may_have_both_splits(tmp_path: Path, names: str) -> None:
    """MedMNIST's names and Keras's; labels that are not 0, 1, … are the classes' names."""
    parts = (IMAGES[:200], LABELS[:200] + 5, IMAGES[200:], LABELS[200:] + 5)
    arrays = dict(zip(names.split(), parts, strict=True))
    data = read_own_data(save(tmp_path / "x.npz", **arrays, val_images=IMAGES[:2]))
    assert data.spec.classes == ("5", "6", "7")
    assert (len(data.train), len(data.test)) == (200, 40)
    assert data.spec.origin.source.endswith("40 to test on, as given; val_images left out")


def test_of_many_images_to_test_on_some_are_kept(tmp_path: Path) -> None:
    many = np.zeros((MOST_TEST + 500, 28, 28), np.uint8)
    labels = np.arange(len(many)) % 2
    path = save(tmp_path / "x.npz", x_train=IMAGES, y_train=LABELS % 2, x_test=many, y_test=labels)
    data = read_own_data(path)
    assert len(data.test) == MOST_TEST
    assert data.spec.origin.source.endswith("of 10,500 given, drawn with seed 0")


def objects() -> np.ndarray[Any, Any]:
    return np.array([{"a": 1}] * 240, dtype=object)


def spoilt(value: float) -> np.ndarray[Any, Any]:
    images = IMAGES / np.float32(255)
    images[0, 0, 0] = value
    return images


NPZ_FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "images alone": ({"images": IMAGES}, "holds images; give it images and labels, or train_im"),
    "nothing": ({}, "holds no arrays; give it images and labels"),
    "too large": (
        {"images": np.zeros((240, 8, 129), np.uint8), "labels": LABELS},
        r"images are images of 129×8; a side may have 8 to 128 pixels: scale all images first$",
    ),
    "of two sizes": (
        {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES[:, 2:], "y_test": LABELS},
        r"its images are \[240, 28, 28\] and \[240, 26, 28\]; make them all of one size$",
    ),
    "of two channels": (
        {"images": np.stack([IMAGES] * 2, axis=-1), "labels": LABELS},
        r"the shape \[240, 28, 28, 2\], not that of grey images, \[N,H,W\], or of RGB images",
    ),
    "flat": ({"images": IMAGES.reshape(240, -1), "labels": LABELS}, r"the shape \[240, 784\]"),
    "of floats": (
        {"images": IMAGES / np.float32(255), "labels": LABELS},
        "images is float32; give values from 0 to 255 as uint8",
    ),
    "with NaN": ({"images": spoilt(np.nan), "labels": LABELS}, "float32, with NaN or infinity; gi"),
    "with infinity": ({"images": spoilt(np.inf), "labels": LABELS}, "with NaN or infinity"),
    "objects for images": (
        {"images": objects(), "labels": LABELS},
        "cannot be read .*allow_pickle",
    ),
    "objects for labels": (
        {"images": IMAGES, "labels": objects()},
        "cannot be read .*allow_pickle",
    ),
    "objects for classes": (
        {"images": IMAGES, "labels": LABELS, "classes": objects()},
        "cannot be read .*allow_pickle",
    ),
    "labels of floats": (
        {"images": IMAGES, "labels": LABELS / 1.0},
        r"labels is float64 \[240\], not one whole number for each of 240 images",
    ),
    "too few labels": (
        {"images": IMAGES, "labels": LABELS[1:]},
        r"labels is int64 \[239\], not one",
    ),
    "several labels": (
        {"images": IMAGES, "labels": np.eye(3, dtype=int)[LABELS]},
        r"labels is int64 \[240, 3\], not one",
    ),
    "labels beyond the names": (
        {"images": IMAGES, "labels": LABELS, "classes": np.array(["x", "y"])},
        "labels go from 0 to 2, and there are 2 classes, 0 to 1",
    ),
    "labels below 0": (
        {"images": IMAGES, "labels": LABELS - 1, "classes": np.array(["x", "y", "z"])},
        "labels go from -1 to 1, and there are 3 classes",
    ),
    "numbers for names": (
        {"images": IMAGES, "labels": LABELS, "classes": np.arange(3)},
        r"classes is int64 \[3\], not names",
    ),
    "a name twice": (
        {"images": IMAGES, "labels": LABELS, "classes": np.array(["x", "y", "x"])},
        "a class's name is 'x'; it must be there only once",
    ),
    "a class without images": (
        {"images": IMAGES, "labels": LABELS, "classes": np.array(["x", "y", "z", "w"])},
        "of class 'w' there are too few images, 0, where 2 are needed",
    ),
    "one class": ({"images": IMAGES, "labels": 0 * LABELS}, "the number of classes is 1; it"),
    "a class for each image": (
        {"images": IMAGES, "labels": np.arange(240)},
        "the number of classes is 240",
    ),
    "no images": ({"images": IMAGES[:0], "labels": LABELS[:0]}, "the number of classes is 0"),
}


@pytest.mark.parametrize("fault", NPZ_FAULTS)
def test_a_fault_in_an_npz_file_is_one_sentence(tmp_path: Path, fault: str) -> None:
    arrays, message = NPZ_FAULTS[fault]
    path = save(tmp_path / "x.npz", **arrays)
    with pytest.raises(DatasetError, match=message) as caught:
        read_own_data(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\3\4" + bytes(50)])
def test_a_file_that_is_no_npz_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.npz"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"x\.npz cannot be read"):
        read_own_data(path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mnist", "would be the dataset 'mnist', a name that is taken; rename it"),
        ("Fashion MNIST", "would be the dataset 'fashion-mnist'"),
        ("birds-toy", "would be the dataset 'birds-toy'"),
        ("birds_seeds.npz", "would be the dataset 'birds-seeds'"),
        ("all", "would be the dataset 'all'"),
        ("日本", "needs a name with a letter of a-z or a digit; rename it"),
    ],
)
def test_names_that_others_have_are_refused(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        own_name(tmp_path / name)


def test_the_framing_is_measured() -> None:
    """The built-in datasets' own, from their images; without ink, pictures fill the image."""
    for name, framing in (
        ("mnist", Framing(side=20, by_mass=True)),
        ("fashion-mnist", Framing(side=28, by_mass=False)),
    ):
        test = read_test_split(SHIPPED / name).images[:2000, 0].numpy()
        assert framing_of(test) == framing
    assert framing_of(np.zeros((3, 16, 20), np.uint8)) == Framing(side=16, by_mass=False)
    colored = np.zeros((3, 16, 20, 3), np.uint8)
    colored[:, 3:8, 6:14, 1] = 9  # a box of 5 × 8 in green, its centre one pixel off the middle
    assert framing_of(colored).side == 8
    wide = np.full((3, 16, 20), 9, np.uint8)
    assert framing_of(wide) == Framing(side=16, by_mass=False)
