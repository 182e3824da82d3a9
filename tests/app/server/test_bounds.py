"""What one visitor can make the server hold or do is bounded: memory, threads, words."""

import asyncio
import threading
import time
from pathlib import Path
from typing import Any, cast

import pytest
from helpers import run_apart
from patience import PATIENCE
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.session_manager import SessionClientDisconnectedError

from app.data import store
from app.data.turns import Turns, a_turn, out_of_turn
from app.server.live_routes import live_routes
from app.server.plane_routes import plane_routes
from app.server.sending import InParts
from app.server.unread import BoundedClient


class Silent:
    """A browser that takes nothing."""

    client = None

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.cookies: dict[str, str] = {}

    async def send_bytes(self, data: bytes) -> None:
        del data
        await asyncio.Event().wait()


def message(size: int) -> ForwardMsg:
    sent = ForwardMsg()
    sent.delta.new_element.markdown.body = "x" * size
    return sent


@pytest.mark.parametrize("clients", [1, 20])
def test_a_browser_that_takes_nothing_is_let_go(clients: int) -> None:
    """Of 20 MB for one session and 160 MB for all of them nothing more is kept."""

    async def fill() -> tuple[list[int], int]:
        held = [BoundedClient(cast(Any, Silent())) for _ in range(clients)]
        refused = 0
        for _ in range(30):
            for client in held:
                try:
                    client.write_forward_msg(message(2**20))
                except SessionClientDisconnectedError:
                    refused += 1
        unread = [client.unread for client in held]
        for client in held:
            await client.aclose()
        return unread, refused

    unread, refused = run_apart(fill())
    assert refused
    assert max(unread) <= 20 * 2**20
    assert sum(unread) <= 160 * 2**20


def test_three_pages_are_drawn_at_once() -> None:
    most, now, lock = 0, 0, threading.Lock()
    full = threading.Barrier(3)

    def draw() -> None:
        nonlocal most, now
        with a_turn():
            with lock:
                now += 1
                most = max(most, now)
            full.wait(PATIENCE)  # three are at it, or this test does not end
            with lock:
                now -= 1

    threads = [threading.Thread(target=draw) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert most == 3


def test_who_has_had_much_waits_for_those_who_had_little() -> None:
    """One who asks for run after run, and one who asks for the first time, while all are busy."""
    turns, order, lock = Turns(1), list[str](), threading.Lock()
    turns.take("greedy")
    turns.give("greedy", 1000.0)
    turns.take("first")

    def wait(who: str) -> None:
        turns.take(who)
        with lock:
            order.append(who)
        turns.give(who, 0.0)

    threads = []
    for who in ("greedy", "other", "another"):
        threads.append(threading.Thread(target=wait, args=[who]))
        threads[-1].start()
        while len(turns._waiting) < len(threads):
            time.sleep(0.01)
    turns.give("first", 0.0)
    for thread in threads:
        thread.join(PATIENCE)
    assert order == ["other", "another", "greedy"]


def test_who_only_waits_holds_nobody_up() -> None:
    """As many as there are turns wait; another draws meanwhile, and they go on afterwards."""
    waiting, drawn = threading.Barrier(4), threading.Event()

    def wait() -> None:
        with a_turn(), out_of_turn():
            waiting.wait(PATIENCE)
            assert drawn.wait(PATIENCE)

    threads = [threading.Thread(target=wait) for _ in range(3)]
    for thread in threads:
        thread.start()
    waiting.wait(PATIENCE)
    with a_turn():
        drawn.set()
    for thread in threads:
        thread.join(PATIENCE)
    with out_of_turn():  # without a turn there is none to give away
        pass
    test_three_pages_are_drawn_at_once()


def test_a_turn_ends_with_the_run_however_that_ends() -> None:
    for _ in range(10):
        with pytest.raises(KeyError), a_turn():
            raise KeyError
    with a_turn():
        pass


def test_a_long_body_goes_out_in_parts() -> None:
    body = bytes(range(256)) * 2048

    async def whole(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body[:300_000], "more_body": True})
        await send({"type": "http.response.body", "body": body[300_000:]})

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    run_apart(InParts(whole)({"type": "http"}, receive, send))
    parts = [each["body"] for each in sent[1:]]
    assert b"".join(parts) == body
    assert max(map(len, parts)) <= 2**16
    assert [each.get("more_body", False) for each in sent[1:]] == [True] * (len(parts) - 1) + [
        False
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "live/mnist/nothing/decoder.safetensors"),
        ("POST", "live/mnist/nothing/classify"),
        ("POST", "live/mnist/nothing/decode"),
        ("GET", "live/mnist-toy/nothing/codes.bin"),
        ("GET", "live/fashion-mnist-toy/relu-elbo/codes.bin"),
        ("GET", "toy/fashion-mnist/relu-elbo/codes.bin"),
        ("GET", "live/nothing/images.bin"),
    ],
)
def test_what_is_missing_is_named_without_its_path(
    monkeypatch: pytest.MonkeyPatch, served_checkpoints: Path, method: str, path: str
) -> None:
    monkeypatch.setenv(store.CHECKPOINTS_ENVIRONMENT, str(served_checkpoints))
    client = TestClient(Starlette(routes=[*plane_routes(), *live_routes()]))
    answer = client.request(method, path)
    assert answer.status_code == 404
    assert answer.text.startswith("There is no ")
    assert str(served_checkpoints) not in answer.text
