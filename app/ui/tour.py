"""A tour of findings above the pages: shown at a first visit, and from the sidebar."""

from dataclasses import dataclass
from typing import NoReturn

import streamlit as st

from app.data import store
from app.state import links, values
from app.state.choice import DATASET, RUNS
from app.ui.markdown import sentence
from app.ui.tour_cookie import has_seen, remember
from app.ui.tour_findings import FINDINGS
from muvae import MuvaeError

_KEY = "tour"
_SEEN = "tour-seen"
_BEFORE = "tour-before"  # the dataset and runs that the visitor had before the first finding


@dataclass(frozen=True)
class Stop:
    """What stands above a page (its title): a finding by its place in FINDINGS, None: the list."""

    page: str
    finding: int | None = None
    text: str = ""


def draw(page: str, *, first: bool) -> None:
    """What the tour says on a page, if it says anything; before the sidebar is drawn.

    `first`: the page is the one at which visitors without a link arrive.
    """
    if _KEY not in st.session_state:
        unasked = first and not len(st.query_params) and not has_seen() and bool(_available())
        st.session_state[_KEY] = Stop(page) if unasked else None
    stop: Stop | None = st.session_state[_KEY]
    with st.container(key="tour"):
        if stop and stop.page == page:
            with st.container(border=True):
                if stop.finding is None:
                    _draw_list(page)
                else:
                    _draw_finding(stop, stop.finding)


def button(page: str) -> None:
    """The sidebar's button, and the cookie once the tour was closed or ended."""
    with st.sidebar:
        st.button(
            "Tour",
            icon=":material/explore:",
            on_click=lambda: st.session_state.update({_KEY: Stop(page)}),
            help="Four findings, one click each: the page in the state that shows it, and what "
            "to see there.",
        )
        remember(seen=st.session_state.get(_SEEN, False))


def _draw_list(page: str) -> None:
    st.markdown(
        "**Four findings, one click each.** A click opens the page in the state that shows the "
        "finding, and says here what to see."
    )
    available = _available()
    with st.container(key="tour-list", horizontal=True, gap="small"):
        for at, finding in enumerate(FINDINGS):
            lacking = f"It needs the runs {', '.join(finding.needs)}, of which not all are here."
            if st.button(
                f"{at + 1} · {finding.title}",
                key=f"tour-{at}",
                disabled=at not in available,
                help="Opens the page that shows it." if at in available else lacking,
            ):
                _open(at, available[at], page)
        _close_button("Close")


def _draw_finding(stop: Stop, at: int) -> None:
    available = _available()
    before = [other for other in available if other < at]
    after = [other for other in available if other > at]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{at + 1} of {len(FINDINGS)} · {FINDINGS[at].title}**")
        if after and st.button("Next", key="tour-next", help="The next finding, on its own page."):
            _open(after[0], available[after[0]], stop.page)
        if st.button("Back", key="tour-back", help="The finding before, or the list of all."):
            if before:
                _open(before[-1], available[before[-1]], stop.page)
            st.session_state[_KEY] = Stop(stop.page)
            st.rerun()
        _close_button("Close" if after else "End")
    st.markdown(stop.text)


def _close_button(label: str) -> None:
    st.button(
        label,
        key="tour-close",
        on_click=_close,
        help="The sidebar's button Tour brings it back.",
    )


def _close() -> None:
    """End the tour; the visitor has the models again that there were before it."""
    st.session_state.update({_KEY: None, _SEEN: True})
    if before := st.session_state.pop(_BEFORE, None):
        dataset, runs = before
        values.restore(DATASET, dataset)
        values.restore(RUNS, runs)


def _open(at: int, dataset: str, page: str) -> NoReturn:
    """Go to a finding; where the runs do not show it, say so where the visitor is."""
    finding, spec = FINDINGS[at], store.datasets()[dataset]
    try:
        runs = [store.run(dataset, name) for name in finding.needs]
        shown = finding.show(spec, store.test_split(dataset), runs)
    except MuvaeError as error:
        shown = f"This cannot be shown: {sentence(error)}."
    if isinstance(shown, str):
        st.session_state[_KEY] = Stop(page, at, shown)
        st.rerun()
    st.session_state[_KEY] = Stop(shown.state.title, at, shown.text)
    st.session_state.setdefault(_BEFORE, (values.stored(DATASET), values.stored(RUNS)))
    links.visit(shown.state, spec, shown.runs)


def _available() -> dict[int, str]:
    """The findings whose runs are there, by place, and the dataset that has them.

    That is the chosen one, or the first that has all of them.
    """
    chosen = values.value(DATASET)
    names = sorted(store.datasets(), key=lambda name: name != chosen)
    here = {name: _runs(name) for name in names}
    whole = {
        at: next((name for name in names if here[name].issuperset(finding.needs)), None)
        for at, finding in enumerate(FINDINGS)
    }
    return {at: name for at, name in whole.items() if name is not None}


def _runs(dataset: str) -> set[str]:
    try:
        return {entry.name for entry in store.run_entries(dataset) if entry.config}
    except MuvaeError:  # of which the sidebar says what is wrong
        return set()
