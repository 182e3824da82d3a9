"""What the app is served through: ASGI middlewares, and the process's memory."""

import ctypes
import platform
import posixpath

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Opened at /sample, Streamlit's page asks /sample/_stcore/health, is told 404, and only then tries
# the root, with two errors in the browser's console. Told where the server is, it asks there.
_ROOT = b'<script>window.__streamlit = {BACKEND_BASE_URL: location.origin + "%s/"}</script>'

GLIBC_M_ARENA_MAX = -8


def share_memory() -> None:
    """Let the server's threads share two heaps: with one each, glibc gives little of them back."""
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).mallopt(GLIBC_M_ARENA_MAX, 2)


class RootAddress:
    """Tells each HTML page where the server's root is, so that links to pages load cleanly."""

    def __init__(self, app: ASGIApp, base_path: str = "") -> None:
        self._app = app
        base = "/" + base_path.strip("/") if base_path.strip("/") else ""
        self._script = _ROOT % base.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not _is_page(scope["path"]):
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
        body = body.replace(b"<head>", b"<head>" + self._script, 1)
        headers = [
            (name, value)
            for name, value in start["headers"]
            if name not in (b"content-length", b"etag", b"last-modified")
        ]
        headers.append((b"content-length", str(len(body)).encode()))
        return [{**start, "headers": headers}, {"type": "http.response.body", "body": body}]


def _is_page(path: str) -> bool:
    """Whether a path is a page's, not a file's or one of Streamlit's own."""
    return not path.startswith(("/_stcore", "/static", "/media", "/component")) and "." not in path


def _is_html(message: Message) -> bool:
    content_type: bytes = dict(message.get("headers", ())).get(b"content-type", b"")
    return content_type.startswith(b"text/html")


class KeptStatic:
    """Keeps Streamlit's own front end as it was first sent, compressed.

    Streamlit compresses its 10 MB of scripts for every visitor anew, half a second of a core's
    time. Their names change with their contents, so what was sent once stays right.
    """

    def __init__(self, app: ASGIApp, base_path: str = "") -> None:
        self._app = app
        base = "/" + base_path.strip("/") if base_path.strip("/") else ""
        self._start = f"{base}/static/"
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
            self._kept[path] = messages
        for message in self._kept[path]:
            await send(message)

    def _is_static(self, scope: Scope) -> bool:
        """Whether a request is for a whole static file, compressed."""
        if scope["type"] != "http" or scope["method"] != "GET":
            return False
        headers = dict(scope["headers"])
        partly = any(name in headers for name in (b"range", b"if-none-match", b"if-modified-since"))
        compressed = b"gzip" in headers.get(b"accept-encoding", b"")
        # One file, one path: who asks for it by many would fill the memory.
        plain = posixpath.normpath(scope["path"]) == scope["path"]
        return scope["path"].startswith(self._start) and plain and compressed and not partly
