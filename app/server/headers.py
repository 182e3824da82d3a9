"""Headers that keep a browser to what this server sends it; SECURITY.md says what each is for."""

import base64
import hashlib
import re
from pathlib import Path

import streamlit as st
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.server.asgi import root_script

_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_ALWAYS = (
    # A picture, a module or an array is what its type says, whatever is in it.
    (b"x-content-type-options", b"nosniff"),
    # Addresses hold drawings and selections, which are nobody else's business.
    (b"referrer-policy", b"same-origin"),
)


class SafeHeaders:
    """Adds them to every answer, and to pages what they may load and run: a content policy."""

    def __init__(self, app: ASGIApp, base_path: str = "") -> None:
        self._app = app
        self._policy = content_policy(base_path).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_safer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*self._safer(message.get("headers", ()))]}
            await send(message)

        await self._app(scope, receive, send_safer)

    def _safer(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        ours = dict(_ALWAYS)
        if dict(headers).get(b"content-type", b"").startswith(b"text/html"):
            ours[b"content-security-policy"] = self._policy
        kept = [(name, value) for name, value in headers if name.lower() not in ours]
        return [*kept, *ours.items()]


def content_policy(base_path: str = "") -> str:
    """What a page may load and run: this server's files, and inline scripts that are known.

    blob: is how Streamlit loads a component's script; wasm-unsafe-eval is WebAssembly's, and does
    not let JavaScript evaluate text. Streamlit styles its elements inline.
    """
    page = (Path(st.__file__).parent / "static" / "index.html").read_bytes()
    inline = [*_INLINE.findall(page), *_INLINE.findall(root_script(base_path))]
    known = " ".join(f"'sha256-{_digest(script)}'" for script in inline)
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' blob: 'wasm-unsafe-eval' {known}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _digest(script: bytes) -> str:
    return base64.b64encode(hashlib.sha256(script).digest()).decode()
