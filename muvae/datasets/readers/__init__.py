"""The registry of dataset formats: one file and one line each."""

from pathlib import Path

from muvae.datasets.readers import folder, npz
from muvae.datasets.readers.reader import Part, Raw, Reader
from muvae.errors import DatasetError

READERS: tuple[Reader, ...] = (folder.READER, npz.READER)


def read(path: Path) -> Raw:
    """Read data of any known format; DatasetError names what is wrong, or the formats there are."""
    for reader in READERS:
        if reader.accepts(path):
            return reader.read(path)
    raise DatasetError(f"{path} is neither {' nor '.join(reader.what for reader in READERS)}")


__all__ = ["READERS", "Part", "Raw", "Reader", "read"]
