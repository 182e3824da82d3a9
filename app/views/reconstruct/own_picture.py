"""A drawing or an uploaded picture in every run: the part of Reconstruct that is the user's own."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile

from app.data import store
from app.data.statistics import code_limit
from app.state.drawing import drawing, set_drawing, uploaded_file
from app.state.sidebar import Selection
from app.ui import live_payload
from app.ui.markdown import plain, sentence
from app.uploads.process import prepare
from app.uploads.read import TryAgainError
from app.uploads.session import LET_GO, ReadFile, read_and_let_go
from app.views.reconstruct.widget import draw_pad
from muvae import InvalidInputError
from muvae.datasets.spec import DatasetSpec

_READ_FILE, _SHOWN = "read-upload", "shown-upload"
_LEGEND = (
    "Bars: the code's mean, with ±σ as whiskers, over the range of the run's test codes; error: "
    "squared, summed over the pixels."
)


def draw(selection: Selection) -> NDArray[np.uint8] | None:
    """A pad; what is drawn is kept, and lies on it when the user comes back. Returns it."""
    _show(selection, "draw")
    st.caption(
        f"{_LEGEND} Traverse, Interpolate and Arithmetic can start from the drawing, and it lies "
        "on the pad when you come back."
    )
    return drawing()


def upload(selection: Selection) -> NDArray[np.uint8] | None:
    """A picture from a file, kept like a drawing and shown in the pad's place. Returns it."""
    dataset = selection.dataset
    prepare()
    file = st.file_uploader(
        "A picture: PNG, JPEG or WebP, up to 16 megapixels",
        help="It is laid out as the dataset's images are, in "
        f"{dataset.image.width} by {dataset.image.height} grey pixels.",
        key="upload",  # any file's: what it is shows in its bytes, not in its name
        on_change=_forget,
    )
    try:
        _keep(file, dataset)
    except TryAgainError as error:
        st.error(f"{sentence(error)}.")
        st.button("Try again", icon=":material/refresh:")
        return None
    except InvalidInputError as error:
        st.error(f"{sentence(error)}.")
        return None
    name = uploaded_file()
    if name is None:
        st.info(
            "Choose a file or drop one here: a digit or a garment, dark on light or light on dark."
        )
        return None
    _show(selection, "upload")
    origin = plain(name) if name else "a link"
    st.caption(
        f"From {origin}. {_LEGEND} Traverse, Interpolate and Arithmetic can start from it "
        "as from a drawing, and under “draw” it can be drawn on."
    )
    return drawing()


def _keep(file: UploadedFile | None, dataset: DatasetSpec) -> None:
    """Keep the picture of the chosen file; InvalidInputError says what is wrong with that.

    A file is read once, for all datasets, each of which has its own way of laying pictures out,
    and then let go of, so that what the uploader has from then on is a DeletedFile.
    """
    chosen: UploadedFile | DeletedFile | None = st.session_state["upload"]
    if chosen is None:
        return
    read: ReadFile | None = st.session_state.get(_READ_FILE)
    if file is not None and (read is None or read.id != file.file_id):
        read = read_and_let_go(file, store.datasets().values())
        st.session_state[_READ_FILE] = read
    if read is None or read.id != chosen.file_id:
        raise InvalidInputError(LET_GO)
    if read.mistake is not None:
        raise InvalidInputError(read.mistake)
    if st.session_state.get(_SHOWN) != (read.id, dataset.name):
        picture = read.pictures.get(dataset.name)
        if picture is None or picture.shape != (dataset.image.height, dataset.image.width):
            raise InvalidInputError(LET_GO)  # the dataset came later
        set_drawing(picture, read.name)
        st.session_state[_SHOWN] = (read.id, dataset.name)


def _forget() -> None:
    """Another file is chosen, or none: the picture goes with its file."""
    if st.session_state["upload"] is None and uploaded_file() is not None:
        set_drawing(None)


def _show(selection: Selection, way: str) -> None:
    limits = [code_limit(run.codes.mean) for run in selection.runs]
    draw_pad(
        key=f"own-{way}",
        runs=[
            {**described, "limit": limit}
            for described, limit in zip(live_payload.describe(selection), limits, strict=True)
        ],
        images=live_payload.describe_images(selection),
        dataset=selection.dataset,
        picture=drawing(),
        on_drawing=set_drawing if way == "draw" else None,
    )
