"""A session's uploaded file: read once, and then no longer held."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app.data.turns import out_of_turn
from app.uploads.read import TryAgainError, read_upload, short_name
from muvae import InvalidInputError
from muvae.datasets.spec import DatasetSpec

LET_GO = "The server no longer holds the file that was chosen here; choose it again"


@dataclass(frozen=True)
class ReadFile:
    """What became of a file: its picture as each dataset has them, or else what is wrong with it.

    By the dataset's name, uint8 [H,W].
    """

    id: str
    name: str
    pictures: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)
    mistake: str | None = None


def read_and_let_go(file: UploadedFile, datasets: Iterable[DatasetSpec]) -> ReadFile:
    """Read a file for all these datasets, then let go of its bytes, here and in Streamlit.

    TryAgainError where the server is too busy; the file is held then. If meanwhile the session ends
    or is to be run anew, Streamlit's exception for that ends the reading too.
    """
    name = short_name(file.name)
    try:
        with out_of_turn():
            pictures = read_upload(file.getvalue(), name, datasets, check=_stop_if_asked)
        read = ReadFile(file.file_id, name, pictures)
    except TryAgainError:
        raise
    except InvalidInputError as error:
        read = ReadFile(file.file_id, name, mistake=str(error))
    _let_go(file)
    return read


def _stop_if_asked() -> None:
    """Raise what Streamlit ends a run with where it is to end: each look at the session may."""
    "upload" in st.session_state  # noqa: B015


def _let_go(file: UploadedFile) -> None:
    """Streamlit would hold a file until its session ends, and its widget's value as long."""
    file.seek(0)
    file.truncate()
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)
