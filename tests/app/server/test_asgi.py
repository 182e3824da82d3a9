"""The middlewares around Streamlit: what is kept of its front end."""

import gzip
import re
import socket
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from helpers import run_apart
from starlette.types import Message, Receive, Scope, Send

from app.server.asgi import KeptStatic, send_at_once

GZIP = [(b"accept-encoding", b"gzip, br")]


class Counted:
    """An app that counts its calls and answers each with its number."""

    def __init__(self, status: int = 200) -> None:
        self.calls = 0
        self.status = status

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.calls += 1
        headers = [(b"content-encoding", b"gzip")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"%d" % self.calls, "more_body": True})
        await send({"type": "http.response.body", "body": b"!"})


def get(app: KeptStatic, path: str, headers: Any = GZIP, method: str = "GET") -> bytes:
    """What the app answers, its messages' bodies joined."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    run_apart(app(scope, receive, send))
    assert sent[0]["type"] == "http.response.start"
    return b"".join(message.get("body", b"") for message in sent)


def test_a_static_file_is_made_once() -> None:
    inner = Counted()
    app = KeptStatic(inner, "/explorer/", {"js/index.js", "js/other.js"})
    assert get(app, "/explorer/static/js/index.js") == b"1!"
    assert get(app, "/explorer/static/js/index.js") == b"1!"
    assert get(app, "/explorer/static/js/other.js") == b"2!"
    assert inner.calls == 2


@pytest.mark.parametrize(
    ("path", "headers", "method"),
    [
        ("/static/index.js", [], "GET"),
        ("/static/index.js", [*GZIP, (b"if-none-match", b"x")], "GET"),
        ("/static/index.js", [*GZIP, (b"range", b"bytes=0-1")], "GET"),
        ("/static/index.js", GZIP, "HEAD"),
        ("/static/./index.js", GZIP, "GET"),
        ("/static//index.js", GZIP, "GET"),
        ("/static/../live/js/0/ui.js", GZIP, "GET"),
        ("/_stcore/health", GZIP, "GET"),
    ],
)
def test_all_else_is_asked_each_time(path: str, headers: Any, method: str) -> None:
    app = KeptStatic(Counted(), names={"index.js"})
    assert get(app, path, headers, method) == b"1!"
    assert get(app, path, headers, method) == b"2!"


def test_only_files_of_the_front_end_are_kept() -> None:
    """Streamlit answers other names with its page, and there is no end of them."""
    app = KeptStatic(Counted())
    assert get(app, "/static/any/name.js") == b"1!"
    assert get(app, "/static/any/name.js") == b"2!"
    page = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    files = re.findall(r'"\./static/([^"]+)"', page)
    assert files
    for name in files:
        assert get(app, f"/static/{name}") == get(app, f"/static/{name}")


def test_what_is_not_there_is_not_kept() -> None:
    app = KeptStatic(Counted(404))
    assert get(app, "/static/nothing.js") == b"1!"
    assert get(app, "/static/nothing.js") == b"2!"


@pytest.mark.parametrize(
    ("body", "compressed"), [(b"let a = 1; " * 500, True), (bytes(range(256)), False)]
)
def test_what_gains_by_it_is_compressed(body: bytes, compressed: bool) -> None:
    async def plain(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body[:99], "more_body": True})
        await send({"type": "http.response.body", "body": body[99:]})

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "path": "/static/a.js", "headers": GZIP}
    run_apart(KeptStatic(plain, names={"a.js"})(scope, receive, send))
    start, *parts = sent
    headers = dict(start["headers"])
    whole = b"".join(part["body"] for part in parts)
    assert int(headers[b"content-length"]) == len(whole)
    assert (headers.get(b"content-encoding") == b"gzip") == compressed
    assert (gzip.decompress(whole) if compressed else whole) == body


def test_small_answers_do_not_wait() -> None:
    """Headers and body go out as two packets; by default the second waits for the first's receipt.

    What is accepted has the option of the listening socket, made as Streamlit makes it.
    """

    async def start() -> None:
        async with send_at_once(None):
            pass

    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        run_apart(start())
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
