"""The built-in datasets as uint8 tensors in memory, checked by SHA-256; and every test.npz.

Only training imports torchvision; data of one's own is read in own_data.py.
"""

import hashlib
import http.client
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch

from muvae.datasets.spec import DESCRIPTION_FILE, DatasetSpec, Framing, Original, read_description
from muvae.errors import CheckpointError, DatasetError, InvalidInputError
from muvae.runs import files
from muvae.types import CLASSES, IMAGE_SHAPE, PathLike, Split

DATA_ENVIRONMENT = "MUVAE_DATA"
TEST_FILE = "test.npz"


DATASETS: Mapping[str, DatasetSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            DatasetSpec(
                name="mnist",
                title="MNIST",
                classes=tuple("0123456789"),
                origin=Original(
                    "MNIST",
                    {
                        "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738"
                        "ad16aec93bde7f9b65e87a2fc25776db",
                        "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5"
                        "333a97f0f4c3dd2ef09a8a9eef7101c5",
                        "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77"
                        "db3f2f8254e26661ceb7762c4d494ce7",
                        "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351"
                        "222c34898ecbeaf847f06e48f7ec33f2",
                    },
                ),
            ),
            DatasetSpec(
                name="fashion-mnist",
                title="Fashion-MNIST",
                classes=(
                    "T-shirt/top",
                    "Trouser",
                    "Pullover",
                    "Dress",
                    "Coat",
                    "Sandal",
                    "Shirt",
                    "Sneaker",
                    "Bag",
                    "Ankle boot",
                ),
                framing=Framing(side=28, by_mass=False),
                origin=Original(
                    "FashionMNIST",
                    {
                        "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768"
                        "d799fd8a3f3276145d20f83aa44d888",
                        "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294"
                        "ff4f6a2e1246121d8633921760443d9",
                        "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe08"
                        "7ea10ca49f1dbef5c9a5cd8815ce37b",
                        "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c"
                        "5af83dab82d92729df917d7dec38c34",
                    },
                ),
            ),
        )
    }
)


def get_dataset(name: str) -> DatasetSpec:
    """Look a built-in dataset up by name; InvalidInputError lists the names there are."""
    if name not in DATASETS:
        raise InvalidInputError(
            f"there is no dataset {name!r}; the datasets are {', '.join(DATASETS)}"
        )
    return DATASETS[name]


def data_root(flag: PathLike | None = None) -> Path:
    """Where datasets lie: the flag, else $MUVAE_DATA, else data/."""
    return Path(flag or os.environ.get(DATA_ENVIRONMENT) or "data")


def load_split(name: str, root: PathLike, *, train: bool, download: bool = True) -> Split:
    """A built-in dataset's training or test split in `root`, torchvision's; missing, downloaded.

    DatasetError names the folder looked in, or the file whose SHA-256 is not the original's.
    """
    spec = get_dataset(name)
    origin = spec.origin
    assert isinstance(origin, Original)
    try:
        import torchvision.datasets
    except ImportError as error:
        raise DatasetError(
            "reading datasets needs torchvision; install it with: pip install -r requirements.txt"
        ) from error
    folder = Path(root) / origin.torchvision_class
    # torchvision prefers this folder's files, which versions before 0.8 wrote, to the checked ones.
    if (folder / "processed").is_dir():
        raise DatasetError(f"{folder / 'processed'} is of an old torchvision; delete that folder")
    raw = folder / "raw"
    if missing := [file for file in origin.files if not (raw / file).is_file()]:
        where = f"{spec.title} is not complete in {raw.resolve()} ({missing[0]} is missing)"
        mend = (
            f"give the folder that holds {origin.torchvision_class}/ "
            f"with --data-root or ${DATA_ENVIRONMENT}"
        )
        if not download:
            raise DatasetError(f"{where}; {mend}")
        try:
            getattr(torchvision.datasets, origin.torchvision_class)(str(root), download=True)
        except (OSError, RuntimeError, EOFError, zlib.error, http.client.HTTPException) as error:
            raise DatasetError(f"{where} and could not be downloaded; {mend}") from error
    for file, expected in origin.files.items():
        if file.startswith("train" if train else "t10k"):
            _check_sha256(raw / file, expected)
    dataset = getattr(torchvision.datasets, origin.torchvision_class)(str(root), train=train)
    return Split(images=dataset.data.unsqueeze(1).contiguous(), labels=dataset.targets.long())


def to_float(images: torch.Tensor) -> torch.Tensor:
    """Images uint8 0 to 255 as float32 in [0, 1], same shape."""
    return images.float().div_(255)


def write_test_split(folder: PathLike, split: Split) -> None:
    """Write checkpoints/<dataset>/test.npz: images uint8 [N,28,28], labels uint8 [N]."""
    arrays = {
        "images": split.images.squeeze(1).numpy().astype(np.uint8),
        "labels": split.labels.numpy().astype(np.uint8),
    }
    files.write_arrays(Path(folder) / TEST_FILE, arrays)


def spec_of(folder: PathLike) -> DatasetSpec:
    """The dataset that checkpoints/<dataset> is of: a built-in one, or as dataset.json says.

    CheckpointError says what is wrong with that file, or that there is none.
    """
    path = Path(folder)
    if path.name in DATASETS:
        return DATASETS[path.name]
    try:
        described = (path / DESCRIPTION_FILE).exists()
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read ({error.strerror})") from error
    if not described:
        raise CheckpointError(f"{path} is no dataset's folder: it has no {DESCRIPTION_FILE}")
    return read_description(path)


def read_test_split(folder: PathLike) -> Split:
    """Read checkpoints/<dataset>/test.npz; CheckpointError names the file and what is wrong.

    Its labels are of the classes in dataset.json, where there is one, else of ten.
    """
    path = Path(folder) / TEST_FILE
    described = (Path(folder) / DESCRIPTION_FILE).exists()
    classes = len(spec_of(folder).classes) if described else CLASSES
    arrays = files.read_arrays(path, ("images", "labels"))
    images, labels = arrays["images"], arrays["labels"]
    if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != IMAGE_SHAPE[1:]:
        raise CheckpointError(
            f"{path}: images are {images.dtype} {images.shape}, not uint8 N×28×28"
        )
    if labels.dtype != np.uint8 or labels.shape != images.shape[:1] or len(labels) == 0:
        raise CheckpointError(f"{path}: labels are {labels.dtype} {labels.shape}, not one an image")
    if int(labels.max()) >= classes:
        raise CheckpointError(f"{path}: labels go to {labels.max()}, not {classes - 1}")
    return Split(torch.from_numpy(images).unsqueeze(1), torch.from_numpy(labels.astype(np.int64)))


def _check_sha256(path: Path, expected: str) -> None:
    try:
        with path.open("rb") as file:
            actual = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DatasetError(f"{path} cannot be read ({error.strerror})") from error
    if actual != expected:
        raise DatasetError(
            f"{path} is not the original file (SHA-256 {actual[:12]}…, not {expected[:12]}…); "
            "delete it, and it is downloaded again"
        )
