"""How many pages the server draws at once."""

import contextlib
import threading
from collections.abc import Iterator

AT_ONCE = 3
_turns = threading.Semaphore(AT_ONCE)
_mine = threading.local()  # whether this thread has a turn


@contextlib.contextmanager
def a_turn() -> Iterator[None]:
    """Around the run of a page: one of a few at a time, the others wait in the order they came.

    Each run takes as long in a burst, but threads that compute leave the event loop its share of
    the interpreter: of 60 sessions that began at once, the health check had waited 12 seconds.
    """
    with _turns:
        _mine.taken = True
        try:
            yield
        finally:
            _mine.taken = False


@contextlib.contextmanager
def out_of_turn() -> Iterator[None]:
    """Around what a run waits for without computing: meanwhile another has its turn."""
    if not getattr(_mine, "taken", False):  # as where a part of a page runs by itself
        yield
        return
    _turns.release()
    try:
        yield
    finally:
        _turns.acquire()
