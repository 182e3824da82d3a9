"""What the app is served through: ASGI middlewares, and the process's memory."""

import contextlib
import ctypes
import gc
import gzip
import importlib
import os
import platform
import socket
import stat
import threading
import time
from collections.abc import AsyncIterator, Set
from pathlib import Path

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.data.modules import source

# Opened at /sample, Streamlit's page asks /sample/_stcore/health, is told 404, and only then tries
# the root, with two errors in the browser's console. Told where the server is, it asks there.
_ROOT = b'<script>window.__streamlit = {BACKEND_BASE_URL: location.origin + "%s/"}</script>'

_HISTORY = b"<script>%s</script>" % source("web/dom/history.js").encode()
_LAYOUT = b"<style>%s</style>" % source("web/layout.css").encode()

STREAMLIT_PATHS = {"_stcore", "static", "media", "component"}  # what is under them is no page
PACKED = 0.9  # of a file's size; fonts and pictures stay above it
GLIBC_M_ARENA_MAX, GLIBC_M_MMAP_THRESHOLD = -8, -3
LARGE = 2**17  # bytes; pictures and activations, which come and go
TIDY_UP = 60  # seconds between two times
# What Streamlit and the pages import when they first need it.
LATE_IMPORTS = ("pandas", "plotly.graph_objects", "pyarrow")


def share_memory() -> None:
    """Let the server's threads share two heaps: with one each, glibc gives little of them back.

    And keep what is large out of them, where it would leave holes: by default glibc does so only
    until the first such block is given back.
    """
    if platform.libc_ver()[0] == "glibc":
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(GLIBC_M_ARENA_MAX, 2)
        mallopt(GLIBC_M_MMAP_THRESHOLD, LARGE)


def base_address(base_path: str) -> str:
    """What stands before the paths of all routes, by server.baseUrlPath: nothing, or "/base"."""
    return "/" + base_path.strip("/") if base_path.strip("/") else ""


def root_script(base_path: str = "") -> bytes:
    """The scripts that RootAddress puts into pages."""
    return _ROOT % base_address(base_path).encode() + _HISTORY


def spare_imports() -> None:
    """Take what imports have made out of all garbage collections to come.

    Going through the 300,000 objects of torch, pandas and plotly takes a fifth of a second, and all
    sessions stand still meanwhile; without them it takes a hundredth.
    """
    for name in LATE_IMPORTS:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def tidy_up() -> None:
    """Start giving back, once a minute, what nobody uses any more.

    Streamlit's sessions and plotly's figures are circles that only a garbage collection takes
    apart, which comes with the next visitors, if any; and glibc keeps what is free.
    """
    threading.Thread(target=_tidy_up_for_ever, name="tidy_up", daemon=True).start()


def _tidy_up_for_ever() -> None:
    while True:
        time.sleep(TIDY_UP)
        gc.collect()
        if platform.libc_ver()[0] == "glibc":
            ctypes.CDLL(None).malloc_trim(0)


@contextlib.asynccontextmanager
async def send_at_once(app: object) -> AsyncIterator[None]:
    """Let what is small go out at once; for the server's start, when it has bound its sockets.

    asyncio asks for that (TCP_NODELAY) only on sockets made with the protocol's number, and
    Streamlit makes its own without: a body waited 40 ms for its headers to be acknowledged.
    """
    del app
    folder = Path("/dev/fd")  # Windows has none, and does without
    for number in [int(path.name) for path in folder.iterdir()] if folder.is_dir() else []:
        with contextlib.suppress(OSError):  # it is closed by now, or speaks no TCP
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                with socket.socket(fileno=os.dup(number)) as bound:  # who connects to it inherits
                    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    yield


class RootAddress:
    """Tells each HTML page where the server's root is, and keeps room for what loads late."""

    def __init__(self, app: ASGIApp, base_path: str = "") -> None:
        self._app = app
        self._base = base_address(base_path)
        self._script = root_script(base_path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_get = scope["type"] == "http" and scope["method"] == "GET"
        if not is_get or not _is_page(scope["path"], self._base):
            await self._app(scope, receive, send)
            return
        headers = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        scope = {**scope, "headers": headers}  # a compressed page could not be changed
        held: list[Message] = []

        async def send_changed(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_html(message):
                held.append(message)
            elif held:
                held.append(message)
                if not message.get("more_body", False):
                    for changed in self._with_script(held):
                        await send(changed)
                    held.clear()
            else:
                await send(message)

        await self._app(scope, receive, send_changed)

    def _with_script(self, messages: list[Message]) -> list[Message]:
        start, *parts = messages
        body = b"".join(part.get("body", b"") for part in parts)
        body = body.replace(b"<head>", b"<head>" + self._script + _LAYOUT, 1)
        headers = [
            (name, value)
            for name, value in start["headers"]
            if name not in (b"content-length", b"etag", b"last-modified")
        ]
        headers.append((b"content-length", str(len(body)).encode()))
        return [{**start, "headers": headers}, {"type": "http.response.body", "body": body}]


def _is_page(path: str, base: str) -> bool:
    """Whether a path under `base` ("" or "/base") is a page's: no file's, none of Streamlit's."""
    if path != base and not path.startswith(f"{base}/"):
        return False
    parts = path.removeprefix(base).strip("/").split("/")
    return parts[0] not in STREAMLIT_PATHS and "." not in parts[-1]


def _is_html(message: Message) -> bool:
    content_type: bytes = dict(message.get("headers", ())).get(b"content-type", b"")
    return content_type.startswith(b"text/html")


class KeptStatic:
    """Compresses Streamlit's own front end once, and keeps it so.

    Streamlit sends its 10 MB of scripts as they are, and leaves compressing them to a proxy, which
    not everybody has. Their names change with their contents, so what was sent once stays right.
    Only what is a file of it is kept, by its one path: of other names there is no end.
    """

    def __init__(self, app: ASGIApp, base_path: str = "", names: Set[str] | None = None) -> None:
        self._app = app
        self._start = f"{base_address(base_path)}/static/"
        self._names = front_end() if names is None else names
        self._kept: dict[str, list[Message]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._is_static(scope):
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if path not in self._kept:
            messages: list[Message] = []

            async def keep(message: Message) -> None:
                messages.append(message)

            await self._app(scope, receive, keep)
            if messages[0].get("status") != 200:
                for message in messages:
                    await send(message)
                return
            self._kept[path] = await run_in_threadpool(_compressed, messages)
        for message in self._kept[path]:
            await send(message)

    def _is_static(self, scope: Scope) -> bool:
        """Whether a request is for a whole static file, compressed."""
        if scope["type"] != "http" or scope["method"] != "GET":
            return False
        headers = dict(scope["headers"])
        partly = any(name in headers for name in (b"range", b"if-none-match", b"if-modified-since"))
        compressed = b"gzip" in headers.get(b"accept-encoding", b"")
        path: str = scope["path"]
        known = path.startswith(self._start) and path.removeprefix(self._start) in self._names
        return known and compressed and not partly


def front_end() -> frozenset[str]:
    """The files of Streamlit's front end, by what follows /static/ in their addresses."""
    root = Path(st.__file__).parent / "static" / "static"
    return frozenset(str(it.relative_to(root).as_posix()) for it in root.rglob("*") if it.is_file())


def _compressed(messages: list[Message]) -> list[Message]:
    """A whole answer compressed, unless it is already or gains nothing by it."""
    start, *parts = messages
    body = b"".join(part.get("body", b"") for part in parts)
    small = gzip.compress(body, 6, mtime=0)
    headers = [pair for pair in start["headers"] if pair[0] != b"content-length"]
    if b"content-encoding" in dict(headers) or len(small) > PACKED * len(body):
        return messages
    headers += [
        (b"content-encoding", b"gzip"),
        (b"content-length", str(len(small)).encode()),
        (b"vary", b"accept-encoding"),
    ]
    return [{**start, "headers": headers}, {"type": "http.response.body", "body": small}]
