"""A line: who comes first is served first, and nobody waits without end or for who has left."""

import threading
import time
from collections.abc import Callable

import pytest
from patience import PATIENCE

from app.uploads.line import BusyError, Line


def until(condition: Callable[[], object]) -> None:
    """Wait for something."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def stay() -> None:
    """Nobody leaves."""


class Visit(threading.Thread):
    """Waits in a line, and is inside until it is told to go."""

    def __init__(self, line: Line, inside: list["Visit"]) -> None:
        super().__init__(daemon=True)
        self._line, self._inside = line, inside
        self.go = threading.Event()

    def run(self) -> None:
        with self._line.place(stay):
            self._inside.append(self)
            self.go.wait(PATIENCE)


def test_who_comes_first_is_served_first_and_no_more_at_once_than_may() -> None:
    line = Line(at_once=2, longest=9, patience=PATIENCE)
    inside: list[Visit] = []
    visits = [Visit(line, inside) for _ in range(6)]
    for number, visit in enumerate(visits):
        visit.start()
        until(lambda number=number: len(inside) + len(line._waiting) == number + 1)
    until(lambda: len(inside) == 2)
    for number, visit in enumerate(visits):
        assert len(inside) <= number + 2
        visit.go.set()
        visit.join(PATIENCE)
        until(lambda number=number: len(inside) == min(6, number + 3))
    assert inside[2:] == visits[2:]


def test_the_line_has_an_end() -> None:
    line = Line(at_once=1, longest=2, patience=PATIENCE)
    inside: list[Visit] = []
    visits = [Visit(line, inside) for _ in range(3)]
    for visit in visits:
        visit.start()
    until(lambda: len(inside) == 1 and len(line._waiting) == 2)
    with pytest.raises(BusyError), line.place(stay):
        pytest.fail("it was let in")
    for visit in visits:
        visit.go.set()
        visit.join(PATIENCE)
    with line.place(stay):
        pass


def test_nobody_waits_longer_than_the_lines_patience() -> None:
    line = Line(at_once=1, longest=9, patience=0.01)
    with line.place(stay), pytest.raises(BusyError), line.place(stay):
        pytest.fail("two are in at once")
    with line.place(stay):
        pass


def test_who_leaves_the_line_makes_room() -> None:
    line = Line(at_once=1, longest=1, patience=PATIENCE)

    def leave() -> None:
        raise KeyError

    for _ in range(3):
        with line.place(stay), pytest.raises(KeyError), line.place(leave):
            pytest.fail("two are in at once")
    assert not line._waiting


def test_what_goes_wrong_inside_makes_room() -> None:
    line = Line(at_once=1, longest=1, patience=PATIENCE)
    for _ in range(3):
        with pytest.raises(KeyError), line.place(stay):
            raise KeyError
