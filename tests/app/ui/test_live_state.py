"""A live view's value: what Python takes of what browsers say, and how both sides come to agree."""

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import streamlit as st
from helpers import REPOSITORY

from app.ui import live_state


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", kept)
    return kept


def number(value: object) -> float | None:
    return live_state.read_number(value, 0, 100)


def heard(message: object, name: str = "x") -> list[float]:
    """What comes of a message."""
    found: list[float] = []
    live_state.hear(name, message, number, found.append)
    return found


def test_a_value_has_the_revision_of_its_last_change() -> None:
    assert [live_state.describe("x", value)["revision"] for value in (1, 1, 2, 1, 1.0)] == [
        *(0, 0, 1),
        *(2, 2),
    ]
    assert live_state.describe("y", 1)["revision"] == 0


def test_a_change_is_heard_once_and_answered_with_its_revision() -> None:
    told = live_state.describe("x", 1)
    message = told | {"value": 5, "revision": told["revision"] + 1}
    assert heard(message) == [5.0]
    assert heard(message) == []
    assert live_state.describe("x", 5.0) == message
    assert live_state.describe("x", 6)["revision"] == message["revision"] + 1


def test_a_change_before_pythons_own_is_the_older() -> None:
    told = live_state.describe("x", 1)
    live_state.describe("x", 2)
    assert heard(told | {"value": 5, "revision": 1}) == []
    assert heard(told | {"value": 5, "revision": 2}) == [5.0]


def test_a_refused_value_is_answered_with_pythons() -> None:
    told = live_state.describe("x", 1)
    assert heard(told | {"value": 101, "revision": 1}) == []
    assert live_state.describe("x", 1) == told | {"revision": 1}
    assert heard(told | {"value": 5, "revision": 2}) == [5.0]


@pytest.mark.parametrize(
    "change",
    [
        {"revision": 0},
        {"revision": -1},
        {"revision": True},
        {"revision": 1.0},
        {"revision": "1"},
        {"revision": None},
        {"revision": [1]},
        {"revision": 2**50 + 1},
        {"revision": float("nan")},
        {"session": "another"},
        {"session": None},
        {"session": 7},
        {"value": None},
        {"value": "5"},
        {"value": True},
        {"value": float("nan")},
        {"value": 10**400},
    ],
    ids=str,
)
def test_what_means_nothing_is_not_heard(change: dict[str, Any]) -> None:
    told = live_state.describe("x", 1)
    assert heard(told | {"value": 5, "revision": 1} | change) == []
    assert heard(told | {"value": 5, "revision": 1}, name="nobody told of it") == []


@pytest.mark.parametrize("message", [None, 7, "x", [], {}, {"value": 5}, {"__proto__": {}}])
def test_what_is_no_message_is_not_heard(message: object) -> None:
    live_state.describe("x", 1)
    assert heard(message) == []


class Views:
    """Views in JavaScript, in a process of Node's."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def __call__(self, view: int, act: str, say: object = None) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"view": view, "act": act, "say": say}), file=self._process.stdin)
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@pytest.fixture
def views() -> Iterator[Views]:
    node = shutil.which("node")
    assert node is not None, "Node.js is not installed; make install does"
    with subprocess.Popen(
        [node, REPOSITORY / "tests" / "js" / "state_views.js"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Views(process)
        process.kill()


def test_both_sides_agree_however_their_words_are_mixed_lost_and_late(
    views: Views, session: dict[str, Any]
) -> None:
    """Python and a view change a value as they like; once all is heard, both have the same one."""
    seed = random.SystemRandom().randrange(2**32)
    sys.stdout.write(f"seed {seed}\n")
    chance = random.Random(seed)
    for game in range(60):
        session.clear()
        value = float(chance.randrange(3))
        views(game, "open")
        to_view, to_python = [live_state.describe("x", value)], []
        lost = False
        for _ in range(chance.randrange(40)):
            match chance.choice(("python", "move", "rest", "hear", "take", "lose", "reload")):
                case "python":
                    value = float(chance.randrange(3))
                    to_view.append(live_state.describe("x", value))
                case "move":
                    views(game, "move", chance.randrange(3))
                case "rest":
                    to_python += views(game, "rest")["sent"]
                case "hear" if to_python:
                    for found in heard(to_python.pop(chance.randrange(len(to_python)))):
                        value = found
                    to_view.append(live_state.describe("x", value))
                case "take" if to_view:
                    views(game, "take", to_view.pop(chance.randrange(len(to_view))))
                case "lose" if to_python:
                    to_python.pop()
                    lost = True
                case "reload":
                    views(game, "open")
                    views(game, "take", live_state.describe("x", value))
        to_python += views(game, "rest")["sent"]
        # All that is under way comes, late and in any order; and one rerun more.
        chance.shuffle(to_python)
        for message in to_python:
            for found in heard(message):
                value = found
            to_view.append(live_state.describe("x", value))
        chance.shuffle(to_view)
        for told in to_view:
            views(game, "take", told)
        agreed = views(game, "take", live_state.describe("x", value))["value"] == value
        assert agreed or lost
        # A change that was lost for good holds in the view until either side's next.
        value = 50.0
        assert views(game, "take", live_state.describe("x", value))["value"] == value
