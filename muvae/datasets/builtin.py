"""The built-in datasets, and their original files checked by SHA-256, which only training reads."""

import hashlib
import http.client
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from muvae.datasets.spec import DatasetSpec, Framing, Origin
from muvae.errors import DatasetError, InvalidInputError
from muvae.images import ImageSpec
from muvae.runs.locks import lock_path, locked
from muvae.types import PathLike, Split

DATA_ENVIRONMENT = "MUVAE_DATA"
DOWNLOAD = 1800.0  # seconds that one process waits for another that downloads the same


@dataclass(frozen=True)
class Original:
    """A built-in dataset as torchvision has it: its class there, and each raw file's SHA-256."""

    torchvision_class: str
    files: Mapping[str, str]

    @property
    def origin(self) -> Origin:
        """The same in words, and one SHA-256 over the raw files' own."""
        lines = "".join(f"{digest}  {file}\n" for file, digest in self.files.items())
        source = f"{self.torchvision_class} as torchvision has it"
        return Origin(source, hashlib.sha256(lines.encode()).hexdigest())


ORIGINALS: Mapping[str, Original] = MappingProxyType(
    {
        "mnist": Original(
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
        "fashion-mnist": Original(
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
    }
)
DATASETS: Mapping[str, DatasetSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            DatasetSpec(
                name="mnist",
                title="MNIST",
                image=ImageSpec(height=28, width=28),
                classes=tuple("0123456789"),
                origin=ORIGINALS["mnist"].origin,
                framing=Framing(side=20, by_mass=True),
                licence="CC BY-SA 3.0 (see NOTICE.md)",
            ),
            DatasetSpec(
                name="fashion-mnist",
                title="Fashion-MNIST",
                image=ImageSpec(height=28, width=28),
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
                origin=ORIGINALS["fashion-mnist"].origin,
                framing=Framing(side=28, by_mass=False),
                licence="MIT (see NOTICE.md)",
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
    spec, original = get_dataset(name), ORIGINALS[name]
    try:
        import torchvision.datasets
    except ImportError as error:
        raise DatasetError(
            "reading datasets needs torchvision; install it with: pip install -r requirements.txt"
        ) from error
    folder = Path(root) / original.torchvision_class
    # torchvision prefers this folder's files, which versions before 0.8 wrote, to the checked ones.
    if (folder / "processed").is_dir():
        raise DatasetError(f"{folder / 'processed'} is of an old torchvision; delete that folder")
    raw = folder / "raw"
    missing = _missing(raw, original)
    where = f"{spec.title} is not complete in {raw.resolve()} ({''.join(missing[:1])} is missing)"
    mend = (
        f"give the folder that holds {original.torchvision_class}/ "
        f"with --data-root or ${DATA_ENVIRONMENT}"
    )
    if missing and not download:
        raise DatasetError(f"{where}; {mend}")
    if missing or (download and lock_path(folder).exists()):  # which another may be downloading
        try:
            with locked(folder, wait=DOWNLOAD):
                if _missing(raw, original):
                    dataset = getattr(torchvision.datasets, original.torchvision_class)
                    dataset(str(root), download=True)
        except (OSError, RuntimeError, EOFError, zlib.error, http.client.HTTPException) as error:
            raise DatasetError(f"{where} and could not be downloaded; {mend}") from error
    for file, expected in original.files.items():
        if file.startswith("train" if train else "t10k"):
            _check_sha256(raw / file, expected)
    dataset = getattr(torchvision.datasets, original.torchvision_class)(str(root), train=train)
    return Split(images=dataset.data.unsqueeze(1).contiguous(), labels=dataset.targets.long())


def _missing(raw: Path, original: Original) -> list[str]:
    """The raw files that are not there."""
    return [file for file in original.files if not (raw / file).is_file()]


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
