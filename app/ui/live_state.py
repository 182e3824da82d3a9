"""A value that Python owns and a live view changes (docs/DESIGN.md, "State of a live view").

app/web/dom/state.js is the other side, and says how the two number their changes.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypedDict, TypeVar

import streamlit as st

T = TypeVar("T")
_SESSION, _KNOWN = "live-session", "live-values"  # in the session
MOST_REVISIONS = 2**50  # what JavaScript's numbers hold exactly, and no one's clicks reach


class Numbered(TypedDict):
    """What a view is told beside a value that Python owns."""

    revision: int
    session: str


class NumberState(Numbered):
    """A number that Python owns."""

    value: float


@dataclass(frozen=True)
class _Known:
    """The newest revision that both sides can know of, and its value as JSON has it."""

    revision: int
    value: Any


def describe(name: str, value: object) -> Any:
    """What a view is told of the value `name` (JSON), a Numbered."""
    told = json.loads(json.dumps(value))
    values = _values()
    known = values.get(name, _Known(-1, None))
    if known.revision < 0 or known.value != told:
        known = values[name] = _Known(known.revision + 1, told)
    return {"value": told, "revision": known.revision, "session": _session()}


def hear(
    name: str, message: object, read: Callable[[object], T | None], on_change: Callable[[T], None]
) -> None:
    """Let `on_change` know of a value that a view says it was changed to.

    From the browser: nothing happens where the message is none, is older than what is known, or is
    another session's. Where `read` gives None, the value is none, and the view is told that
    Python's holds.
    """
    if not isinstance(message, dict) or message.get("session") != _session():
        return
    revision, values = message.get("revision"), _values()
    known = values.get(name)
    if known is None or not isinstance(revision, int) or isinstance(revision, bool):
        return
    if not known.revision < revision <= MOST_REVISIONS:
        return
    value = read(message.get("value"))
    if value is None:
        values[name] = _Known(revision, known.value)
        return
    values[name] = _Known(revision, message["value"])
    on_change(value)


def read_number(value: object, low: float, high: float) -> float | None:
    """A number from low to high as the browser says it; None if it is none."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if low <= value <= high else None  # NaN is in no range


def _session() -> str:
    session: str = st.session_state.setdefault(_SESSION, secrets.token_urlsafe(8))
    return session


def _values() -> dict[str, _Known]:
    values: dict[str, _Known] = st.session_state.setdefault(_KNOWN, {})
    return values
