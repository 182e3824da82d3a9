"""Connections to a server that runs: none waits for ever, and no number of them stops it."""

import contextlib
import select
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import browser
import pytest
from browser import Server
from patience import PATIENCE
from raw_client import ask, connect, handshake, is_open, part_of_message, request, rest_of

from app.server.connections import most_connections

# Short waits, few descriptors, and whoever is asked but this machine is told in the log.
PRELUDE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (500, 500))
def tell(event, args):
    if event == "socket.getaddrinfo" and args[0] not in (None, "127.0.0.1", "localhost", "::"):
        print("ASKED FOR", args[0], file=sys.stderr, flush=True)
    if event == "socket.connect" and isinstance(args[1], tuple) and args[1][0] != "127.0.0.1":
        print("ASKED", args[1], file=sys.stderr, flush=True)
sys.addaudithook(tell)
import app.server.connections as connections
connections.UNFINISHED = connections.UNREAD = 1.0
connections.LAST = 3.0
"""
HEALTH = "/_stcore/health"
CLASSIFY = "/live/mnist/vae/classify"


@pytest.fixture(scope="module")
def server(served_checkpoints: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("connections") / "log"
    with browser.serve(served_checkpoints, log, PRELUDE) as running:
        yield running


@pytest.fixture(autouse=True)
def sound(server: Server) -> Iterator[None]:
    """After each test the server answers, has asked nobody, and nothing has failed in it."""
    yield
    assert ask(server.base, HEALTH).startswith("HTTP/1.1 200")
    assert "ASKED" not in server.log.read_text()
    assert server.tracebacks() == ""


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HT",
        request(HEALTH)[:-2],
        request(CLASSIFY, "Content-Length: 40", method="POST") + b"half",
        request("/_stcore/upload_file/a/b", "Content-Length: 9999", method="PUT") + b"half",
        request(HEALTH) + b"GET / HT",
    ],
    ids=["nothing", "a line", "a head", "a body", "an upload", "after a whole one"],
)
def test_half_a_request_is_not_waited_for(server: Server, sent: bytes) -> None:
    with connect(server.base) as connection:
        connection.sendall(sent)
        rest_of(connection)  # which ends, else the test does not


def test_a_slow_request_is_read_while_it_comes(server: Server) -> None:
    """The limit is of a pause, not of the whole: a body that comes in parts is no attack."""
    body = b"\0" * 12
    with connect(server.base) as connection:
        length = f"Content-Length: {len(body)}"
        connection.sendall(request(CLASSIFY, length, "Connection: close", method="POST"))
        for byte in body:
            time.sleep(0.2)
            connection.sendall(bytes([byte]))
        assert b" are 40 bytes each" in rest_of(connection)


def test_a_session_that_says_nothing_stays(server: Server) -> None:
    """Its handshake is a whole request: who only looks at a page keeps the connection."""
    connection, head = handshake(server.base, f"Origin: {server.base}", host=of(server))
    with connection:
        assert " 101 " in head
        time.sleep(3)  # three times as long as a request may be unfinished here
        assert still_there(connection)


def test_connections_leave_descriptors_for_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 1,024, three each for a hundred pages that are drawn or wait, and a hundred for files."""
    monkeypatch.setattr("resource.getrlimit", lambda which: (1024, 1024))
    assert 100 < most_connections() <= 1024 - 3 * 100 - 100


def test_idle_connections_make_room_for_others(server: Server) -> None:
    """More than there are descriptors; who asks meanwhile is answered."""
    with contextlib.ExitStack() as held:
        idle = [held.enter_context(connect(server.base)) for _ in range(600)]
        assert ask(server.base, HEALTH).startswith("HTTP/1.1 200")
        assert sum(map(is_open, idle)) < 500


def test_unfinished_messages_have_a_budget(server: Server) -> None:
    """Together: the largest go first; what a browser may say at once is far less than 19 MB."""
    with contextlib.ExitStack() as held:
        sockets = []
        for _ in range(60):
            connection, head = handshake(server.base, f"Origin: {server.base}", host=of(server))
            assert " 101 " in head
            held.enter_context(connection)
            with contextlib.suppress(OSError):
                connection.sendall(part_of_message(2**20, 2**20 - 100))
            sockets.append(connection)
        until(lambda: sum(map(still_there, sockets)) * 2**20 <= 2**25)
    connection, _ = handshake(server.base, f"Origin: {server.base}", host=of(server))
    with connection, contextlib.suppress(OSError):
        connection.sendall(part_of_message(19 * 2**20, 2**16))
        rest_of(connection)  # refused by its length, or not waited for


def test_a_reader_who_does_not_read_is_let_go(server: Server) -> None:
    with connect(server.base) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(request("/live/mnist/mu-vae-1/decoder.safetensors") * 40)
        until(lambda: is_broken(connection))


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "http://localhost:1", "null", "x"])
def test_a_foreign_origin_is_refused_at_once(server: Server, origin: str) -> None:
    """Streamlit would look the machine's own address up on the internet first."""
    connection, head = handshake(server.base, f"Origin: {origin}", host=of(server))
    connection.close()
    assert head.startswith("HTTP/1.1 403")
    told = ask(server.base, CLASSIFY, f"Origin: {origin}", "Content-Length: 0", method="POST")
    assert "answers only its own pages" in told


def test_what_another_server_s_page_posts_is_refused(server: Server) -> None:
    for path in (CLASSIFY, "/live/mnist/vae/decode", "/live/mnist/vae/encode"):
        headers = ("Sec-Fetch-Site: cross-site", "Content-Length: 0")
        assert ask(server.base, path, *headers, method="POST").startswith("HTTP/1.1 403")
        headers = ("Sec-Fetch-Site: same-origin", "Content-Length: 0")
        assert ask(server.base, path, *headers, method="POST").startswith("HTTP/1.1 400")


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost", True),
        ("127.0.0.1:8501", True),
        ("[::1]:8501", True),
        ("app-1:8501", True),
        ("elsewhere.example", False),
        ("127.0.0.1.elsewhere.example:8501", False),
        ("localhost@elsewhere.example", False),
        ("", False),
    ],
)
def test_only_names_of_this_server_are_answered(server: Server, host: str, known: bool) -> None:
    """Else a page elsewhere has its own name lead here, and reads what is served inside a network.

    Health is told by any name: who watches may ask by one of their own.
    """
    for path in ("/", "/live/served", "/live/mnist/labels.bin"):
        assert ask(server.base, path, host=host).startswith("HTTP/1.1 200") == known
    assert ask(server.base, HEALTH, host=host or "a.example").startswith("HTTP/1.1 200")
    connection, head = handshake(server.base, host=host)
    connection.close()
    assert (" 101 " in head) == known


def test_it_ends_when_it_is_told_to_whoever_is_connected(
    served_checkpoints: Path, tmp_path: Path
) -> None:
    with (
        browser.serve(served_checkpoints, tmp_path / "log", PRELUDE) as running,
        contextlib.ExitStack() as held,
    ):
        half = held.enter_context(connect(running.base))
        half.sendall(request(CLASSIFY, "Content-Length: 40", method="POST") + b"half")
        talking, _ = handshake(running.base, f"Origin: {running.base}", host=of(running))
        held.enter_context(talking)
        slow = held.enter_context(connect(running.base))
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.sendall(request("/live/mnist/mu-vae-1/decoder.safetensors") * 40)
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(PATIENCE)


def of(server: Server) -> str:
    return server.base.removeprefix("http://")


def still_there(connection: socket.socket) -> bool:
    """Whether the server has not ended a connection, whatever it has said on it."""
    connection.setblocking(False)
    try:
        while part := connection.recv(2**16):
            del part
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def is_broken(connection: socket.socket) -> bool:
    """Whether the server has broken a connection off, whatever of it has not been read."""
    poll = select.poll()
    poll.register(connection, 0)
    return bool(poll.poll(0))


def until(condition: object) -> None:
    assert callable(condition)
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)
