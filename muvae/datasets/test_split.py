"""A dataset's folder under checkpoints/: dataset.json, and the test images in test.npz."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from muvae.datasets.builtin import DATASETS
from muvae.datasets.spec import DESCRIPTION_FILE, DatasetSpec, read_description, write_description
from muvae.errors import CheckpointError
from muvae.images import to_array, to_tensor
from muvae.runs import files
from muvae.types import PathLike, Split

TEST_FILE = "test.npz"


def write_dataset(folder: PathLike, spec: DatasetSpec, test: Split) -> None:
    """Write checkpoints/<dataset>/test.npz, then dataset.json, each atomically.

    Images are uint8 [N,H,W] if they are grey, [N,H,W,3] if RGB; labels, if there are any, int64
    [N]. InvalidInputError: the images are not of the size that `spec` says.
    """
    spec.image.check(test.images)
    arrays = {"images": to_array(test.images)}
    if spec.classes:
        arrays["labels"] = test.labels.numpy().astype(np.int64)
    files.write_arrays(Path(folder) / TEST_FILE, arrays)
    write_description(Path(folder), spec)


def spec_of(folder: PathLike) -> DatasetSpec:
    """The dataset that checkpoints/<dataset> is of, as dataset.json says.

    CheckpointError says what is wrong with that file, or that there is none.
    """
    path = Path(folder)
    try:
        described = (path / DESCRIPTION_FILE).exists()
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read ({error.strerror})") from error
    if described:
        return read_description(path)
    if path.name in DATASETS and path.is_dir():
        raise CheckpointError(files.of_format_1(path))
    raise CheckpointError(f"{path} is no dataset's folder: it has no {DESCRIPTION_FILE}")


def read_test_split(folder: PathLike) -> Split:
    """Read checkpoints/<dataset>/test.npz; CheckpointError names the file and what is wrong.

    Its images and labels are those that dataset.json describes.
    """
    path, spec = Path(folder) / TEST_FILE, spec_of(folder)
    arrays = files.read_arrays(path, ("images", "labels") if spec.classes else ("images",))
    images = arrays["images"]
    expected = spec.image.array_shape
    if images.dtype != np.uint8 or images.shape[1:] != expected or len(images) == 0:
        raise CheckpointError(
            f"{path}: images are {images.dtype} {list(images.shape)}, not uint8 "
            f"[N, {', '.join(map(str, expected))}] as {DESCRIPTION_FILE} says"
        )
    if not spec.classes:
        return Split(to_tensor(images), torch.zeros(0, dtype=torch.int64))
    return Split(to_tensor(images), _labels(path, arrays["labels"], len(images), spec))


def _labels(path: Path, labels: NDArray[np.integer], count: int, spec: DatasetSpec) -> torch.Tensor:
    # Format 1 wrote uint8.
    if labels.dtype not in (np.int64, np.uint8) or labels.shape != (count,):
        raise CheckpointError(
            f"{path}: labels are {labels.dtype} {list(labels.shape)}, not int64 [{count}], one "
            "for each image"
        )
    if not 0 <= int(labels.min()) <= int(labels.max()) < len(spec.classes):
        raise CheckpointError(
            f"{path}: labels go from {labels.min()} to {labels.max()}, and there are "
            f"{len(spec.classes)} classes, 0 to {len(spec.classes) - 1}"
        )
    return torch.from_numpy(labels.astype(np.int64))
