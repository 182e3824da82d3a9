"""Data of one's own: a folder of images or an .npz file, read with every check."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from muvae.datasets.builtin import DATASETS
from muvae.datasets.readers import Part, Raw, read
from muvae.datasets.spec import LONGEST_TITLE, DatasetSpec, Description, Framing, Origin
from muvae.errors import DatasetError, InvalidInputError
from muvae.images import ImageSpec, to_tensor
from muvae.types import MOST_CLASSES, PathLike, Split

SEED = 0
TEST_SHARE, MOST_TEST = 1 / 6, 10_000
FEWEST_TEST = 32  # as many as t-SNE's perplexity and the neighbours of a vote need
RESERVED = ("-toy", "-seeds")  # endings of the folders that lie beside a dataset's


@dataclass(frozen=True)
class OwnData:
    """A dataset of one's own, in memory; each split in an order drawn with SEED."""

    spec: DatasetSpec
    train: Split
    test: Split


def read_own_data(path: PathLike) -> OwnData:
    """Read a folder in ImageFolder's layout, or an .npz file; DatasetError says what is wrong.

    The folder holds one subfolder a class, or `train` and `test` that do; the file `images` and
    `labels`, or those of both splits, and `classes` if labels have names.
    """
    where = Path(path).resolve()
    name = own_name(where)
    raw = read(where)
    _check_classes(where, raw)
    train, test, how = _train_and_test(raw)
    if len(test) < FEWEST_TEST:
        raise DatasetError(
            f"{where} gives {len(test)} images to test on, and maps and neighbours need "
            f"{FEWEST_TEST}; add images"
        )
    called = "".join(filter(str.isprintable, where.name))[:LONGEST_TITLE]
    title = called.removesuffix(where.suffix if where.is_file() else "").replace("_", " ")
    source = (
        f"{called}: {len(train):,} images to train on and {len(test):,} to test on, {how}{raw.note}"
    )
    spec = DatasetSpec(
        name=name,
        title=title,
        image=ImageSpec.of(train.images),
        classes=raw.classes,
        origin=Origin(source, _digest(raw.classes, train, test)),
        framing=framing_of(raw.train[0]),
    )
    try:
        Description.of(spec)
    except InvalidInputError as error:
        raise DatasetError(f"{where}: {error}; rename it") from error
    return OwnData(spec, train, test)


def own_name(path: Path) -> str:
    """The dataset's name: that of the folder or file in a-z, 0-9 and -; DatasetError if taken."""
    stem = path.stem if path.suffix.lower() == ".npz" else path.name
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48].strip("-")
    if not name:
        raise DatasetError(f"{path} needs a name with a letter of a-z or a digit; rename it")
    if name in (*DATASETS, "all") or name.endswith(RESERVED):
        raise DatasetError(f"{path} would be the dataset {name!r}, a name that is taken; rename it")
    return name


def _check_classes(where: Path, raw: Raw) -> None:
    """There must be some classes, not too many, and images of each to train and to test on."""
    if not 2 <= len(raw.classes) <= MOST_CLASSES:
        raise DatasetError(
            f"{where}: the number of classes is {len(raw.classes)}; it must be 2 to {MOST_CLASSES}"
        )
    counts = np.bincount(raw.train[1], minlength=len(raw.classes))
    fewest = 1 if raw.test else 2
    if counts.min() < fewest:
        name, beside = raw.classes[counts.argmin()], "" if raw.test else ", one of them to test on"
        raise DatasetError(
            f"{where}: of class {name!r} there are too few images, {counts.min()}, where {fewest} "
            f"are needed{beside}; add some, or leave the class out"
        )


def _train_and_test(raw: Raw) -> tuple[Split, Split, str]:
    """Both splits, and how the test split was found."""
    generator = torch.Generator().manual_seed(SEED)
    if raw.test is None:
        train, test = _divided(_split(raw.train), generator)
        share = "a sixth" if TEST_SHARE * len(raw.train[1]) <= MOST_TEST else "an even part"
        return train, test, f"{share} of each class, drawn with seed {SEED}"
    train, test = (_shuffled(_split(part), generator) for part in (raw.train, raw.test))
    if len(test) <= MOST_TEST:
        return train, test, "as given"
    kept = Split(test.images[:MOST_TEST].clone(), test.labels[:MOST_TEST].clone())
    return train, kept, f"of {len(test):,} given, drawn with seed {SEED}"


def _split(part: Part) -> Split:
    images, labels = part
    return Split(to_tensor(images), torch.from_numpy(labels.copy()))


def _shuffled(split: Split, generator: torch.Generator) -> Split:
    """In another order: μ-VAE's term is measured in batches, which should mix the classes."""
    return _taken(split, torch.arange(len(split)), generator)


def _divided(split: Split, generator: torch.Generator) -> tuple[Split, Split]:
    """A training and a test split, which has its share of each class, at least one image."""
    share = min(TEST_SHARE, MOST_TEST / len(split))
    whole = round if share == TEST_SHARE else int  # rounded up, there could be more than MOST_TEST
    chosen = torch.zeros(len(split), dtype=torch.bool)
    for label in split.labels.unique():
        own = torch.nonzero(split.labels == label).flatten()
        count = max(1, whole(share * len(own)))
        chosen[own[torch.randperm(len(own), generator=generator)[:count]]] = True
    train, test = (torch.nonzero(mask).flatten() for mask in (~chosen, chosen))
    return _taken(split, train, generator), _taken(split, test, generator)


def _taken(split: Split, index: Tensor, generator: torch.Generator) -> Split:
    order = index[torch.randperm(len(index), generator=generator)]
    return Split(split.images[order], split.labels[order])


def _digest(classes: Sequence[str], *splits: Split) -> str:
    """A SHA-256 of the classes' names and of both splits' images and labels."""
    digest = hashlib.sha256(json.dumps([list(classes), *map(len, splits)]).encode())
    for split in splits:
        digest.update(split.images.numpy().tobytes())
        digest.update(split.labels.numpy().astype("<i8").tobytes())
    return digest.hexdigest()


def framing_of(images: NDArray[np.uint8]) -> Framing:
    """How images [N,H,W] or [N,H,W,3] lie: the median of the boxes' longer sides, what is centred.

    That is the centre of mass or the box's own, whichever is nearer to the middle. Where there is
    no ink, pictures fill the image.
    """
    levels = images.max(3) if images.ndim == 4 else images
    shorter = min(levels.shape[1:])
    inked = levels[levels.any((1, 2))]
    if not len(inked):
        return Framing(shorter, by_mass=False)
    sides, by_box, by_mass = [], 0.0, 0.0
    for axis, other in ((1, 2), (2, 1)):
        length = levels.shape[other]
        middle, places = length / 2, np.arange(length)
        mass = inked.sum(axis, dtype=np.float64)
        first, last = (mass > 0).argmax(1), places[-1] - (mass > 0)[:, ::-1].argmax(1)
        sides.append(last - first + 1)
        by_box += float(abs((first + last + 1) / 2 - middle).mean())
        by_mass += float(abs((mass * (places + 0.5)).sum(1) / mass.sum(1) - middle).mean())
    return Framing(min(int(np.median(np.maximum(*sides))), shorter), by_mass < by_box)
