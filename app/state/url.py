"""The page's address: what it holds besides widgets' values, and what a link asks for in vain."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

import streamlit as st

from app.data import store
from app.ui.markdown import quoted
from muvae import MuvaeError

T = TypeVar("T")

# What pages know, wherever it is theirs: the keys of widgets, and what live views keep.
_NAMES = (
    "dataset runs choose image count reconstruct-seed class start indices drawing "
    "source samples seed one-sigma sigma range order from z strip pad "
    "map color draw points focus hidden way steps t clip amount "
    "start-kind start-image start-mean end-kind end-image end-mean "
    "a-kind a-image a-mean b-kind b-image b-mean c-kind c-image c-mean "
    "split axes accuracy codes arrangement x-range kl-axis plane extent enlarge "
    "pen-log-var pen-mu pen-bound"
)
PARAMETERS = frozenset(_NAMES.split())
OF_RUNS = ("sigma-", "zoom-")  # parameters that have a run's name at their end
CAN_BE_EMPTY = ("runs", "indices")
_ASKED = "asked"  # in the session: what a link asks for, by name, until something has looked
_REFUSED = "refused"  # in the session: what could not be used, as it is said
LONGEST = 10_000  # letters: what 10,000 selected points and a drawing take is a fifth of it
MOST_NAMED = 6
MOST_LETTERS = 32


def show(name: str, text: str) -> None:
    """Write a parameter into the page's address; an empty text takes it out."""
    if text:
        st.query_params[name] = text
    elif name in st.query_params:
        del st.query_params[name]


def ask(values: Mapping[str, str]) -> None:
    """Ask for what a live view keeps, as a link does: it goes before what the session has."""
    asked = st.session_state.setdefault(_ASKED, {})
    asked.update({name: [value] for name, value in values.items()})


def take(name: str, read: Callable[[str], T | None]) -> T | None:
    """What is asked for under a name, as `read` reads it, the first time that somebody looks.

    None where nothing is; and where `read` gives None, of which the user is told.
    """
    values = _asked().pop(name, [])
    if not values:
        return None
    value = read(values[-1])
    refuse(name, values[:-1] if value is not None else values)
    return value


def compare(name: str, *shown: str) -> None:
    """Hold what a link asks of a widget against what it shows, as the address writes that."""
    values = _asked().pop(name, [])
    if values == [""] and not shown:
        return
    refuse(name, [value for value in values if not any(_same(value, it) for it in shown)])


def refuse(name: str, values: list[str]) -> None:
    """Keep in mind that these values of a parameter could not be used."""
    refused = st.session_state.setdefault(_REFUSED, [])
    refused.extend(f"{name}={value}" for value in values)


@contextmanager
def told() -> Iterator[None]:
    """Around a run of the app: says in one sentence what a link asks for that is not to be had."""
    if _ASKED not in st.session_state:  # the session's first run
        _begin()
    try:
        yield
    finally:
        if refused := st.session_state.get(_REFUSED):
            st.toast(_sentence(refused), icon=":material/link_off:", duration="infinite")
            st.session_state[_REFUSED] = []


def read_number(text: str, low: float, high: float) -> float | None:
    """A number from low to high; None where the text is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and low <= value <= high else None


def read_index(text: str, size: int) -> int | None:
    """A whole number under `size`; None where the text is none."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        return None
    return int(text) if int(text) < size else None


def kept_number(name: str, usual: float, low: float, high: float) -> float:
    """A number that a live view moves: as a link asks, else as the session has it, else usual.

    It is then kept in both, under `name`; in the address only where it is not the usual one.
    """
    value = take(name, lambda text: read_number(text, low, high))
    if value is None:
        value = st.session_state.get(name)
    value = usual if value is None else float(value)
    st.session_state[name] = value
    show(name, "" if value == usual else f"{value:g}")
    return value


def _begin() -> None:
    """Keep what the link asks for, but for what nobody knows and what nobody can mean.

    That goes out of the address, and the run begins anew: Streamlit's widgets look for their values
    in the address with which it began. Number inputs fail on endless ones, and of empty ones
    segmented controls make that nothing is chosen, required or not.
    """
    asked = st.session_state[_ASKED] = {}
    dropped = False
    for name in list(st.query_params):
        values = st.query_params.get_all(name)
        if _is_known(name) and _is_sound(name, values):
            asked[name] = values
        else:
            refuse(name, values)
            del st.query_params[name]
            dropped = True
    if dropped:
        st.rerun()


def _asked() -> dict[str, list[str]]:
    asked: dict[str, list[str]] = st.session_state.get(_ASKED, {})
    return asked


def _is_known(name: str) -> bool:
    """Whether some page has such a parameter; some have one for each run."""
    if name in PARAMETERS:
        return True
    try:
        return any(
            name in {prefix + entry.name for prefix in OF_RUNS}
            for dataset in store.datasets()
            for entry in store.run_entries(dataset)
        )
    except MuvaeError:  # of which the sidebar says what is wrong
        return False


def _is_sound(name: str, values: list[str]) -> bool:
    """Whether a widget may see these values: not too long, not endless, and empty where it can."""
    if sum(map(len, values)) > LONGEST or ("" in values and name not in CAN_BE_EMPTY):
        return False
    return not any(map(_is_endless, values))


def _is_endless(text: str) -> bool:
    """Whether a text is a number, but not a finite one."""
    try:
        return not math.isfinite(float(text))
    except ValueError:
        return False


def _same(asked: str, shown: str) -> bool:
    """Whether a link's value is the one that is shown: the same text, or the same number."""
    if asked.lower() == shown.lower():
        return True
    try:
        return float(asked) == float(shown)
    except ValueError:
        return False


def _sentence(refused: list[str]) -> str:
    named = [quoted(each, MOST_LETTERS) for each in dict.fromkeys(refused)]
    shown, rest = named[:MOST_NAMED], len(named) - MOST_NAMED
    listed = [*shown, f"{rest} more"] if rest > 0 else shown
    text = ", ".join(listed[:-1]) + " and " * (len(listed) > 1) + listed[-1]
    return f"The link’s {text} could not be used; the usual is shown instead."
