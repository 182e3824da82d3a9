"""The same spot on every page from which what it shows can be taken away."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.export.files import MIME, Download, Snapshot
from app.export.menu import MenuItem, draw_menu

ROUTE = "download"
_STATE = "page-files"  # not the component's key, whose value Streamlit copies deeply
_TOKEN_BYTES = 18


File = tuple[str, Callable[[], bytes]]  # its type, and what makes it


@dataclass
class PageFiles:
    """The files of the page that a session shows: how each is made, by its name.

    Its token is in the files' addresses, and told to nobody but the session's own browser.
    """

    token: str
    files: dict[str, File] = field(default_factory=dict)


# A session holds its own, and they go with it.
_by_token: WeakValueDictionary[str, PageFiles] = WeakValueDictionary()


def find(token: str, name: str) -> File | None:
    """A file; None where the session is gone or its page has moved on."""
    page = _by_token.get(token)
    return None if page is None else page.files.get(name)


def title(text: str) -> DeltaGenerator:
    """A page's title; beside it is the place of the downloads, which `show` fills."""
    with st.container(key="title-row", horizontal=True, vertical_alignment="center", gap="small"):
        st.title(text, width="stretch")
        return st.container(key="downloads-spot", width=130)


def show(spot: DeltaGenerator, files: Sequence[Download | Snapshot]) -> None:
    """List files of a page in its spot; each is made when it is asked for, not before."""
    page = _page_files()
    # At once: who clicks during a rerun gets what the page still shows.
    page.files = {
        each.name: (MIME[each.kind], each.make) for each in files if isinstance(each, Download)
    }
    button = spot.popover(  # there without files too: what is below it must not move then
        "Download", icon=":material/download:", key="downloads-popover", disabled=not files
    )
    if files:
        with button:
            draw_menu([_item(each, page.token) for each in files], key="downloads")


def _item(each: Download | Snapshot, token: str) -> MenuItem:
    if isinstance(each, Download):
        return MenuItem(each.label, each.kind, each.name, address=f"{ROUTE}/{token}/{each.name}")
    return MenuItem(
        each.label,
        each.kind,
        each.name,
        source=each.source,
        title=each.title,
        caption=each.caption,
    )


def _page_files() -> PageFiles:
    page = st.session_state.get(_STATE)
    if not isinstance(page, PageFiles):
        page = PageFiles(secrets.token_urlsafe(_TOKEN_BYTES))
        st.session_state[_STATE] = page
    _by_token[page.token] = page
    return page
