"""Who may ask this server, by the names that a browser sends: Host, Origin, Sec-Fetch-Site."""

import ipaddress
import socket
from functools import cache
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from app.server.asgi import base_address

READING = {"GET", "HEAD", "OPTIONS"}
HEALTH = ("_stcore/health", "_stcore/script-health-check")  # which whoever watches asks by address
DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


class KnownOrigins:
    """Refuses what pages of other servers ask for in a visitor's name, before Streamlit sees it.

    Of a foreign Origin, Streamlit looks the machine's own address up on the internet, on the event
    loop: for 20 seconds nobody is answered where the internet is not to be reached.
    """

    def __init__(self, app: ASGIApp, base_path: str = "") -> None:
        self._app = app
        self._health = {f"{base_address(base_path)}/{path}" for path in HEALTH}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        reason = self._refused(scope)
        if reason is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()  # the handshake, which so ends in a 403
            await send({"type": "websocket.close", "code": 1008, "reason": reason[:100]})
        else:
            await PlainTextResponse(reason, 403)(scope, receive, send)

    def _refused(self, scope: Scope) -> str | None:
        """Why a request is refused; None where it is not."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if scope["path"] not in self._health and not (len(hosts) == 1 and is_known(hosts[0])):
            return (
                f"This server is not known as {', '.join(hosts)!r:.80}. Whoever runs it can start "
                "it with --server.allowedHosts=NAME (docs/DEPLOY.md)."
            )
        if scope["type"] == "http" and scope["method"] in READING:
            return None
        origins = headers.getlist("origin")
        if any(not _is_ours(origin, hosts[0] if hosts else "") for origin in origins):
            return "This server answers only its own pages."
        if headers.get("sec-fetch-site") == "cross-site" and not origins:
            return "This server answers only its own pages."
        return None


def is_known(host: str) -> bool:
    """Whether a Host header is one of this server's.

    Those that server.allowedHosts names; if it names none, all but full domain names. A page of
    another server can have its own domain name lead here (DNS rebinding), but not an address, nor
    a name without a dot or a local one.
    """
    if st.get_option("server.allowedHosts"):
        return is_host_allowed(host)
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    if not name:
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        local = name.endswith((".localhost", ".local"))
        return "." not in name or local or name in _machine_names()
    return True


@cache
def _machine_names() -> frozenset[str]:
    """What this machine calls itself; no other machine is asked."""
    return frozenset({socket.gethostname().lower()})


def _is_ours(origin: str, host: str) -> bool:
    """Whether a page is of this server, by its Origin and the Host that it asks."""
    if not st.get_option("server.enableCORS"):
        return True
    if origin in {each.strip() for each in st.get_option("server.corsAllowedOrigins")}:
        return True
    try:
        page = urlsplit(origin)
        asked = urlsplit(f"//{host}")
        usual = DEFAULT_PORTS.get(page.scheme)
        same_port = (page.port or usual) == (asked.port or usual)
    except ValueError:
        return False
    return page.hostname is not None and page.hostname == asked.hostname and same_port
