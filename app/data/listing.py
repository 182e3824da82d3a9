"""What a page finds in the folder that is served."""

from pathlib import Path

from app.data.fingerprints import remembered
from muvae import MuvaeError
from muvae.runs.discovery import DatasetEntry, list_datasets
from muvae.runs.leftovers import is_folder


@remembered  # a page asks a hundred times: each value of a parameter depends on them
def found_datasets(root: Path) -> list[DatasetEntry]:
    """The datasets in a folder; where it cannot be listed, an entry that says why."""
    try:
        return list_datasets(root) if is_folder(root) else []
    except MuvaeError as error:
        return [DatasetEntry(root.name, root, None, str(error))]
