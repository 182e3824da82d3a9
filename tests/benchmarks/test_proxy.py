"""The proxy (deploy/): the real nginx, before replicas that tell their name."""

import contextlib
import http.client
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
from helpers import REPOSITORY
from patience import PATIENCE

FASTER = 5  # its time limits are so many times shorter here: 4 seconds for an answer
LATE = 6  # seconds, which is past that


class Replica(ThreadingHTTPServer):
    """Answers with its name: after LATE seconds where a path ends in /late."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, name: str) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if self.path.endswith("/late"):
                    time.sleep(LATE)
                self.send_response(200)
                self.send_header("Content-Length", str(len(name)))
                self.end_headers()
                self.wfile.write(name.encode())

            def do_PUT(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.do_GET()

            def log_message(self, *words: Any) -> None:
                """Say nothing."""

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


@pytest.fixture
def proxies(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
    found = import_module("bench.proxy")
    try:
        found.find_nginx()
    except import_module("muvae.errors").InvalidInputError:
        pytest.fail("no nginx: install it or name one in $NGINX; make test does", False)
    return found


@pytest.fixture
def replicas() -> Iterator[list[Replica]]:
    started = [Replica(name) for name in ("first", "second", "third")]
    yield started
    for replica in started:
        replica.shutdown()
        replica.server_close()


@pytest.fixture
def proxy(proxies: ModuleType, replicas: list[Replica]) -> Iterator[Any]:
    with proxies.serve_proxy([replica.server_port for replica in replicas], FASTER) as started:
        yield started


def ask(port: int, path: str, cookie: int = 0, source: str = "127.0.0.1", **more: Any) -> Any:
    """Status and text of an answer, to who was on a replica (or on none), from an address."""
    connection = http.client.HTTPConnection("127.0.0.1", port, PATIENCE, source_address=(source, 0))
    with contextlib.closing(connection):
        method = "PUT" if "body" in more else "GET"
        headers = {"Cookie": f"replica={cookie}"} if cookie else {}
        connection.request(method, path, headers=headers, **more)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def all_at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    found: list[Any] = []
    threads = [threading.Thread(target=lambda c=call: found.append(c())) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return found


def test_the_log_names_no_session_token_or_query(proxy: Any, replicas: list[Replica]) -> None:
    secret = "5f0c6d5e-aaaa-bbbb-cccc-0123456789ab"
    paths = [
        f"/download/{secret}/grid.png",
        f"/download%2F{secret}/grid.png",
        f"//download//{secret}",
        f"/_stcore/upload_file/{secret}/{secret}",
        f"/media/{secret}.png",
        f"/sample?selection={secret}",
        f"/_stcore/stream?session={secret}",
        f"/_stcore/metrics?of={secret}",
        f"/live/?of={secret}",
    ]
    for path in paths:
        ask(proxy.port, path, 1)
        ask(proxy.port, path, 1, body=b"x" * 70_000)  # which is too much but for an upload
    replicas[0].shutdown()
    replicas[0].server_close()
    for path in paths:  # and where the replica is gone, of which nginx itself would tell
        ask(proxy.port, path, 1)
    log = wait_for_log(proxy, 3 * len(paths))
    assert secret[-8:] not in log
    assert "GET /download/*** 200" in log
    assert "PUT /_stcore/upload_file/*** 200" in log
    assert "GET /sample 200" in log


def wait_for_log(proxy: Any, lines: int) -> str:
    """The log, once it has so many lines of requests."""
    until = time.monotonic() + PATIENCE
    while True:
        log: str = proxy.log.read_text(encoding="utf-8")
        if log.count(" from ") >= lines:
            return log
        assert time.monotonic() < until, log
        time.sleep(0.05)


def test_a_download_that_takes_long_does_not_disable_its_replica(proxy: Any) -> None:
    late: list[Any] = []
    download = threading.Thread(target=lambda: late.append(ask(proxy.port, "/download/a/late", 1)))
    download.start()
    while download.is_alive():
        assert ask(proxy.port, "/sample", 1) == (200, "first")
        time.sleep(0.1)
    assert late == [(200, "first")]
    assert [ask(proxy.port, "/sample", 1) for _ in range(20)] == [(200, "first")] * 20


def test_an_answer_that_is_late_once_moves_no_one_else(proxy: Any) -> None:
    """Who asked is answered by none or another; all others stay where their session is."""
    ask(proxy.port, "/sample/late", 1)
    assert [ask(proxy.port, "/sample", 1) for _ in range(20)] == [(200, "first")] * 20


def test_a_session_s_files_are_asked_of_no_other_replica(
    proxy: Any, replicas: list[Replica]
) -> None:
    replicas[1].shutdown()
    replicas[1].server_close()
    assert ask(proxy.port, "/sample", 2)[0] == 200
    for _ in range(5):
        assert ask(proxy.port, "/download/a/b", 2)[0] == 502
        assert ask(proxy.port, "/_stcore/upload_file/a/b", 2, body=b"x")[0] == 502
    assert ask(proxy.port, "/sample", 3) == (200, "third")


def test_it_starts_though_no_replica_is_there(proxies: ModuleType) -> None:
    server = import_module("bench.server")
    with proxies.serve_proxy([server.free_port() for _ in range(3)], FASTER) as proxy:
        assert ask(proxy.port, "/proxy-health") == (200, "ok\n")
        assert ask(proxy.port, "/")[0] == 502


def test_half_a_request_is_closed(proxy: Any) -> None:
    for half in (b"GET / HT", b"PUT /live/x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx"):
        with socket.create_connection(("127.0.0.1", proxy.port), PATIENCE) as connection:
            connection.sendall(half)
            connection.settimeout(PATIENCE)
            with contextlib.suppress(ConnectionResetError):  # as nginx ends them
                while connection.recv(1024):
                    pass


def test_bodies_have_limits(proxy: Any) -> None:
    """What the app takes passes, and no more: 64 drawings in float32, 5 MB and their form."""
    drawings = 64 * 28 * 28 * 4
    assert ask(proxy.port, "/live/a", 1, body=bytes(drawings))[0] == 200
    assert ask(proxy.port, "/_stcore/upload_file/a/b", 1, body=bytes(5_300_000))[0] == 200
    assert ask(proxy.port, "/live/a", 1, body=bytes(1_000_000))[0] == 413
    assert ask(proxy.port, "/sample", 1, body=bytes(100_000))[0] == 413
    assert ask(proxy.port, "/_stcore/upload_file/a/b", 1, body=bytes(8_000_000))[0] == 413


def test_one_address_has_limits_and_a_class_has_room(proxy: Any) -> None:
    """Sixty who each ask for two files at once are served; more of it is refused, to them alone."""

    def times(path: str, count: int) -> list[int]:
        calls = [lambda: ask(proxy.port, path, 1)[0] for _ in range(count)]
        return all_at_once(calls)

    assert times("/download/a/b", 60) + times("/download/a/c", 60) == [200] * 120
    assert 429 in times("/download/a/b", 250)
    assert ask(proxy.port, "/download/a/b", 1, source="127.0.0.2") == (200, "first")
    assert times("/static/a.js", 100) == [200] * 100


def test_a_class_of_sixty_behind_one_address_can_open_the_app() -> None:
    """A browser has 6 connections and a WebSocket, and a page some 130 files."""
    text = (REPOSITORY / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    server = text[text.index("  server {") :]

    def number(pattern: str) -> int:
        return int(re.findall(pattern, server)[0])

    assert number(r"limit_conn connections (\d+)") >= 60 * 7
    assert number(r"limit_req zone=requests burst=(\d+)") >= 60 * 130
    assert number(r"limit_req zone=sessions burst=(\d+)") >= 2 * 60


def test_400_slow_readers_fit_its_memory(proxies: ModuleType) -> None:
    options = ["--net"] if os.geteuid() == 0 else ["--map-root-user", "--net"]
    attempt = "test -w /proc/sys/net/ipv4/tcp_rmem"
    possible = subprocess.run(["unshare", *options, "sh", "-c", attempt], check=False)
    if possible.returncode:
        pytest.skip("this system lets nobody make a network of its own")
    program = REPOSITORY / "benchmarks" / "try_slow_readers.py"
    command = [sys.executable, str(program), "--seconds", "8", "--patience", str(PATIENCE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "400 slow readers" in done.stdout
