"""The page's address: what it asks for is taken, what the page shows is written.

A page is opened by its address: by a link, a reload, the browser's Back and Forward. Then what the
address names is shown, and for all else its default. Opened from the sidebar, it shows what it
showed the last time. Whatever is changed on a page goes into its address at the end of the run,
after the page's name, which app/web/dom/history.js takes off: it makes one entry a page of the
browser's history, and leaves an address alone that comes when its page has been left.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.pages import Page, page_file, page_path
from app.state import values
from app.state.choice import COMMON
from app.state.parameters import Parameter, Texts
from app.state.registry import is_known, own_parameters, page_parameters
from app.ui.markdown import quoted

Query = Mapping[str, str | Sequence[str]]
# In the session: the page of the last run; the address as it was written; what an address asks of
# other pages; what this address has asked for; what was refused, and what is to be said of it.
_PAGE, _WRITTEN, _PENDING = "page", "written-address", "pending-values"
_ASKED, _REFUSED, _NOTED = "asked-names", "refused-values", "noted-sentences"
_OPENED = "opened-page"  # the page whose address was taken before it was switched to
OF_PAGE = "_page"  # in an address on its way to the browser: the page that it is of, by its path
LONGEST = 10_000  # letters: what 10,000 selected points and a drawing take is a fifth of it
MOST_NAMED = 6
MOST_LETTERS = 32


@contextmanager
def visited(page: Page) -> Iterator[None]:
    """Around a run of a page: before it, takes the address; after it, writes it.

    In one sentence it says what an address asks for that is not to be had.
    """
    _begin(page.name)
    yield
    _end(page.name)


def end_page() -> NoReturn:
    """End a page where there is nothing more to show."""
    _end(st.session_state[_PAGE])
    st.stop()


def rewrite(page: str) -> None:
    """Write the address after a part of a page has run by itself (st.fragment)."""
    _write(page)


def was_asked(parameter: Parameter[Any]) -> bool:
    """Whether the address with which the page was opened names a parameter."""
    return any(map(parameter.owns, st.session_state.get(_ASKED, ())))


def refuse(refused: Sequence[str]) -> None:
    """Keep in mind what could not be used: "name=value" each."""
    st.session_state.setdefault(_REFUSED, []).extend(refused)


def open_page(page: str, query: Query) -> NoReturn:
    """Open a page by an address within the session; only before its widgets, if it is this one."""
    _take(page, {name: [it] if isinstance(it, str) else [*it] for name, it in query.items()})
    st.session_state[_OPENED] = page
    # The address of the page that is left stays as it is: that entry of the history is to be kept.
    st.switch_page(page_file(page), query_params=_address())


def _address() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params if name != OF_PAGE}


def _begin(page: str) -> None:
    session, address = st.session_state, _address()
    last = session.get(_PAGE)
    session[_PAGE] = page
    values.used().clear()
    followed = page != last and address and address != session.get(_WRITTEN)
    if session.pop(_OPENED, None) == page:
        values.forget_widgets()
    elif last is None or followed or _from_history():
        values.forget_widgets()
        _take(page, address)
    elif page != last:
        values.forget_widgets()
        _take_pending(page)
    else:
        for parameter in page_parameters(page):
            values.follow(parameter)


def _from_history() -> bool:
    """Whether the browser's Back or Forward has led here."""
    found = get_script_run_ctx()
    return found is not None and found.is_history_navigation


def _take(page: str, address: Texts) -> None:
    """Take what an address asks of a page; all else has its default, but for what people hold."""
    shown: tuple[Parameter[Any], ...] = (*COMMON, *own_parameters(page))
    for parameter in shown:
        values.reset(parameter)
    sound = {name: texts for name, texts in address.items() if _is_sound(name, texts)}
    refuse([f"{name}={text}" for name in address.keys() - sound.keys() for text in address[name]])
    mine = {name for name in sound if _owned(name, page_parameters(page))}
    st.session_state[_ASKED] = mine
    st.session_state[_PENDING] = {name: sound[name] for name in sound.keys() - mine}
    _ask(page, {name: sound[name] for name in mine})


def _take_pending(page: str) -> None:
    """Take what an address that led to another page asks of this one."""
    pending: dict[str, list[str]] = st.session_state.get(_PENDING, {})
    mine = {name for name in pending if _owned(name, page_parameters(page))}
    st.session_state[_ASKED] = mine
    _ask(page, {name: pending.pop(name) for name in mine})


def _ask(page: str, asked: Texts) -> None:
    for parameter in page_parameters(page):
        own = {name: texts for name, texts in asked.items() if parameter.owns(name)}
        if not own:
            continue
        value, refused = parameter.take(own, values.context())
        refuse(refused)
        if note := parameter.note(own, values.context()):
            st.session_state.setdefault(_NOTED, []).append(note)
        if value is not None:
            values.put(parameter, value)


def _owned(name: str, parameters: Sequence[Parameter[Any]]) -> bool:
    return any(parameter.owns(name) for parameter in parameters)


def _is_sound(name: str, texts: Sequence[str]) -> bool:
    """Whether some page knows a name, and the values are no longer than any can be."""
    return sum(map(len, texts)) <= LONGEST and is_known(name)


def _end(page: str) -> None:
    values.forget_widgets(but=values.used())
    _write(page)
    st.session_state.pop(_ASKED, None)
    if refused := st.session_state.pop(_REFUSED, None):
        st.toast(_sentence(refused), icon=":material/link_off:", duration="infinite")
    for note in st.session_state.pop(_NOTED, ()):
        st.toast(note, icon=":material/link_off:", duration="infinite")


def _write(page: str) -> None:
    used, context = values.used(), values.context()
    wanted: dict[str, list[str]] = {}
    for parameter in page_parameters(page):
        if parameter.name in used:
            wanted |= parameter.give(values.value(parameter), context)
    # The browser's may be older than what was written last, and is then on its way to that.
    if not wanted == _address() == st.session_state.get(_WRITTEN, wanted):
        st.query_params.from_dict({OF_PAGE: [page_path(page)]} | wanted)
    st.session_state[_WRITTEN] = wanted


def _sentence(refused: Sequence[str]) -> str:
    named = [quoted(each, MOST_LETTERS) for each in dict.fromkeys(refused)]
    shown, rest = named[:MOST_NAMED], len(named) - MOST_NAMED
    listed = [*shown, f"{rest} more"] if rest > 0 else shown
    text = ", ".join(listed[:-1]) + " and " * (len(listed) > 1) + listed[-1]
    return f"The link’s {text} could not be used; the usual is shown instead."
