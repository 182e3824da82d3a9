"""A line of those who wait for something that few can have at once: first come, first served."""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

LOOK = 0.05  # seconds between two looks at whether who waits has left


class BusyError(Exception):
    """The line is too long, or has not moved on for too long."""


class Line:
    """Lets `at_once` threads in at once; `longest` may wait for that, each up to `patience` s."""

    def __init__(self, at_once: int, longest: int, patience: float) -> None:
        self._at_once, self._longest, self._patience = at_once, longest, patience
        self._inside = 0
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def place(self, check: Callable[[], object]) -> Iterator[None]:
        """Wait, and be inside; BusyError where that takes too long.

        `check` is called now and then, and what it raises ends the waiting.
        """
        self._come_in(check)
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def _come_in(self, check: Callable[[], object]) -> None:
        me, until = object(), time.monotonic() + self._patience
        with self._changed:
            if len(self._waiting) >= self._longest:
                raise BusyError
            self._waiting.append(me)
        try:
            while not self._let_in(me):
                check()
                if time.monotonic() > until:
                    raise BusyError
        finally:
            with self._changed:
                self._waiting.remove(me)
                self._changed.notify_all()

    def _let_in(self, me: object) -> bool:
        """Whether it is one's turn; waits a little for it."""
        with self._changed:
            turn = self._changed.wait_for(
                lambda: self._inside < self._at_once and self._waiting[0] is me, LOOK
            )
            self._inside += turn
            return turn
