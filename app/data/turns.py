"""Whose turn it is: a few pages are drawn at once, and who has had much lately waits for others."""

import contextlib
import heapq
import itertools
import threading
import time
from collections.abc import Iterator

from streamlit.runtime.scriptrunner import get_script_run_ctx

AT_ONCE = 3
HALVED = 30.0  # seconds after which what a session has had counts half
FORGOTTEN = 0.01  # seconds that are too few to be remembered


class Turns:
    """Lets `at_once` threads in at once; the others wait, in the order of when they came.

    But whoever has had turns lately is taken to have come later by as many seconds as those took.
    So a session that asks for run after run is behind all others, and yet has its turn.
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._lock = threading.Lock()
        self._waiting: list[tuple[float, int, threading.Event]] = []
        self._numbers = itertools.count()
        self._had: dict[str, tuple[float, float]] = {}  # seconds, as of when, by session

    def take(self, who: str) -> None:
        """Wait for a turn."""
        with self._lock:
            if self._free:
                self._free -= 1
                return
            now, mine = time.monotonic(), threading.Event()
            place = now + self._lately(who, now)
            heapq.heappush(self._waiting, (place, next(self._numbers), mine))
        mine.wait()

    def give(self, who: str, seconds: float) -> None:
        """End a turn that took so long; the next one's begins."""
        with self._lock:
            now = time.monotonic()
            self._had[who] = (self._lately(who, now) + seconds, now)
            self._had = {
                each: had for each, had in self._had.items() if self._lately(each, now) > FORGOTTEN
            }
            if self._waiting:
                heapq.heappop(self._waiting)[-1].set()
            else:
                self._free += 1

    def _lately(self, who: str, now: float) -> float:
        seconds, then = self._had.get(who, (0.0, now))
        return float(seconds * 0.5 ** ((now - then) / HALVED))


_turns = Turns(AT_ONCE)
_mine = threading.local()  # since when this thread has a turn, if it has


@contextlib.contextmanager
def a_turn() -> Iterator[None]:
    """Around the run of a page: one of a few at a time.

    Each run takes as long in a burst, but threads that compute leave the event loop its share of
    the interpreter: of 60 sessions that began at once, the health check had waited 12 seconds.
    """
    _begin()
    try:
        yield
    finally:
        _end()


@contextlib.contextmanager
def out_of_turn() -> Iterator[None]:
    """Around what a run waits for without computing: meanwhile another has its turn."""
    if getattr(_mine, "since", None) is None:  # as where a part of a page runs by itself
        yield
        return
    _end()
    try:
        yield
    finally:
        _begin()


def _begin() -> None:
    _turns.take(_session())
    _mine.since = time.monotonic()


def _end() -> None:
    since, _mine.since = _mine.since, None
    _turns.give(_session(), time.monotonic() - since)


def _session() -> str:
    """Whose page it is that this thread runs."""
    context = get_script_run_ctx(suppress_warning=True)
    return "" if context is None else context.session_id
