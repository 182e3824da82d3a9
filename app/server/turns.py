"""How many pages the server draws at once."""

import contextlib
import threading
from collections.abc import Iterator

AT_ONCE = 3
_turns = threading.Semaphore(AT_ONCE)


@contextlib.contextmanager
def a_turn() -> Iterator[None]:
    """Around the run of a page: one of a few at a time, the others wait in the order they came.

    Each run takes as long in a burst, but threads that compute leave the event loop its share of
    the interpreter: of 60 sessions that began at once, the health check had waited 12 seconds.
    """
    with _turns:
        yield
