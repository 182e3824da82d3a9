"""The same spot on every page from which what it shows can be taken away."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.export.item import MIME, Offer, Snapshot
from app.export.menu import Item, downloads

ROUTE = "download"
_STATE = "download-shelf"  # not the component's key, whose value Streamlit copies deeply
_TOKEN_BYTES = 18


File = tuple[str, Callable[[], bytes]]  # its type, and what makes it


@dataclass
class Shelf:
    """What the page of one session offers at the moment: how each file is made, by its name.

    Its token is in the files' addresses, and told to nobody but the session's own browser.
    """

    token: str
    files: dict[str, File] = field(default_factory=dict)


# A shelf is its session's, and goes with it.
_shelves: WeakValueDictionary[str, Shelf] = WeakValueDictionary()


def find(token: str, name: str) -> File | None:
    """A file; None where the session is gone or its page has moved on."""
    shelf = _shelves.get(token)
    return None if shelf is None else shelf.files.get(name)


def title(text: str) -> DeltaGenerator:
    """A page's title; beside it is the place of the downloads, which `offer` fills."""
    with st.container(key="title-row", horizontal=True, vertical_alignment="center", gap="small"):
        st.title(text, width="stretch")
        return st.container(key="downloads-spot", width=130)


def offer(spot: DeltaGenerator, offers: Sequence[Offer | Snapshot]) -> None:
    """Offer files of a page in its spot; each is made when it is asked for, not before."""
    shelf = _shelf()
    # At once: who clicks during a rerun gets what the page still shows.
    shelf.files = {
        each.name: (MIME[each.kind], each.make) for each in offers if isinstance(each, Offer)
    }
    button = spot.popover(  # there with nothing to offer too: what is below it must not move then
        "Download", icon=":material/download:", key="downloads-popover", disabled=not offers
    )
    if offers:
        with button:
            downloads([_item(each, shelf.token) for each in offers], key="downloads")


def _item(each: Offer | Snapshot, token: str) -> Item:
    if isinstance(each, Offer):
        return Item(each.label, each.kind, each.name, address=f"{ROUTE}/{token}/{each.name}")
    return Item(
        each.label,
        each.kind,
        each.name,
        source=each.source,
        title=each.title,
        caption=each.caption,
    )


def _shelf() -> Shelf:
    shelf = st.session_state.get(_STATE)
    if not isinstance(shelf, Shelf):
        shelf = Shelf(secrets.token_urlsafe(_TOKEN_BYTES))
        st.session_state[_STATE] = shelf
    _shelves[shelf.token] = shelf
    return shelf
