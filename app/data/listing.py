"""What a page finds in the folder that is served."""

from pathlib import Path

from app.data.fingerprints import remembered
from muvae import MuvaeError
from muvae.runs.discovery import DatasetEntry, list_datasets


@remembered  # a page asks a hundred times: each value of a parameter depends on them
def found_datasets(root: Path) -> list[DatasetEntry]:
    """The datasets in a folder; where it cannot be listed, an entry that says why."""
    try:
        return list_datasets(root) if root.is_dir() else []
    except MuvaeError as error:
        return [DatasetEntry(root.name, root, None, str(error))]
