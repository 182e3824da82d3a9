"""What of the maps people have hidden and enlarged, kept from page to page and in the address."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from app.state import url
from app.state.sidebar import Selection

MOST_ZOOM = 60  # as app/views/clusters/frame.js has it

Part = tuple[float, float, float]
HIDDEN, ZOOM = "hidden", "zoom-"  # parameters of the address, the latter with a run's name
_STATE = "shown"


@dataclass(frozen=True)
class Shown:
    """What of the maps is to be seen: all but the `hidden` classes, and of runs the `parts`.

    A part is the zoom, from 1 to MOST_ZOOM, and the canvas's middle in shares of the map's box from
    its left and low ends; a run without one shows its whole map.
    """

    hidden: tuple[int, ...] = ()
    parts: Mapping[str, Part] = field(default_factory=dict)


def keep_shown(selection: Selection, method: str, shown: Shown) -> None:
    """Keep what is shown in the session, with the dataset and the kind of map that it is of."""
    st.session_state[_STATE] = (selection.dataset.name, method, shown)


def kept_shown(selection: Selection, method: str) -> Shown:
    """What is shown of the chosen runs' maps: everything, where another dataset or map was.

    A link may bring some along.
    """
    runs = [run.name for run in selection.runs]
    dataset, kind, shown = st.session_state.get(_STATE, ("", "", Shown()))
    hidden = shown.hidden if dataset == selection.dataset.name else ()
    parts = shown.parts if (dataset, kind) == (selection.dataset.name, method) else {}
    classes = len(selection.dataset.classes)
    asked = url.take(HIDDEN, lambda text: _read_labels(text, classes))
    asked_parts = {run: url.take(ZOOM + run, _read_part) for run in runs}
    kept = Shown(
        hidden if asked is None else asked,
        {run: part for run in runs if (part := asked_parts[run] or parts.get(run))},
    )
    keep_shown(selection, method, kept)
    return kept


def show_in_address(shown: Shown) -> None:
    """Write what is shown into the page's address."""
    url.show(HIDDEN, ".".join(map(str, shown.hidden)))
    for name in list(st.query_params):
        if name.startswith(ZOOM) and name.removeprefix(ZOOM) not in shown.parts:
            url.show(name, "")
    for run, part in shown.parts.items():
        url.show(ZOOM + run, ",".join(f"{number:g}" for number in part))


def _read_labels(text: str, classes: int) -> tuple[int, ...] | None:
    """Classes' numbers between dots; None where the text is none."""
    labels = [url.read_index(part, classes) for part in text.split(".")]
    known = [label for label in labels if label is not None]
    return tuple(known) if len(known) == len(labels) == len(set(known)) else None


def _read_part(text: str) -> Part | None:
    """A part's three numbers between commas; None where the text is none."""
    texts = text.split(",")
    if len(texts) != 3:
        return None
    zoom = url.read_number(texts[0], 1, MOST_ZOOM)
    across, up = (url.read_number(share, 0, 1) for share in texts[1:])
    return None if zoom is None or across is None or up is None else (zoom, across, up)
