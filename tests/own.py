"""Datasets of one's own for the tests: image files, .npz files, and folders as the app serves."""

import dataclasses
from pathlib import Path

import numpy as np
import torch
from helpers import make_split
from PIL import Image
from served import served_run, toy_run

from muvae import Split
from muvae.datasets.spec import DatasetSpec, Framing, Origin
from muvae.datasets.test_split import write_dataset
from muvae.images import ImageSpec
from muvae.runs.folder import write_run
from muvae.training.presets import toy_configs, toy_folder

NAMES = ("vae", "mu-vae-1")
DIGEST = "ab" * 32
IMAGE = ImageSpec(height=28, width=28)


def own_split(count: int, classes: int) -> Split:
    """Images of `classes` classes, each some more times than the next."""
    split = make_split(count)
    return Split(split.images, torch.arange(count) % classes)


def write_folder(folder: Path, classes: dict[str, int], suffix: str = ".png") -> Path:
    """Class subfolders with so many images each, all different: the first pixels count them."""
    for label, (name, count) in enumerate(classes.items()):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            levels = np.full((28, 28), 10 * label % 200, np.uint8)
            levels[10:20, 8:12] = 200
            levels[0, :2] = number % 256, number // 256
            Image.fromarray(levels).save(folder / name / f"{number:04}{suffix}")
    return folder


def own_spec(name: str, classes: int) -> DatasetSpec:
    """A dataset with classes called as a mean user calls them."""
    names = ("<b>bold</b>", "a*b_c$d$", *(f"class {label}" for label in range(2, classes)))
    return DatasetSpec(
        name=name,
        title=f"My {name}",
        image=IMAGE,
        classes=names[:classes],
        origin=Origin(f"{name}.npz: made here", DIGEST),
        framing=Framing(side=20, by_mass=True),
    )


def write_own(
    root: Path,
    name: str,
    classes: int,
    *,
    images: int = 60,
    dims: tuple[int, ...] = (),
    toy: bool = False,
) -> Path:
    """The folder of such a dataset: NAMES' untrained runs, and others of so many dimensions."""
    torch.set_num_threads(1)
    folder, split, spec = root / name, own_split(images, classes), own_spec(name, classes)
    write_dataset(folder, spec, split)
    runs = [(objective, objective, 10) for objective in NAMES]
    runs += [(f"mu-vae-1-z{dim}", "mu-vae-1", dim) for dim in dims]
    for seed, (run_name, objective, dim) in enumerate(runs):
        run = served_run(objective, name, split, seed, dim=dim, spec=spec)
        config = dataclasses.replace(run.config, name=run_name)
        write_run(folder / run_name, dataclasses.replace(run, name=run_name, config=config))
    if toy:
        for seed, config in enumerate(
            toy_configs(name, epochs=2, precision="float32", classes=classes, data_sha256=DIGEST)
        ):
            write_run(root / toy_folder(name) / config.name, toy_run(config, split, seed))
    return folder
