"""How long and how much a connection may keep the server waiting, below Streamlit.

Streamlit leaves uvicorn's protocols as they are, which wait for ever for the rest of a request and
for a reader who does not read, and take messages of 20 MB. `guard_connections` puts these in place.
"""

import asyncio
import contextlib
import os
import signal
import socket
import struct
import threading
from asyncio import TimerHandle
from collections.abc import AsyncIterator, Callable
from types import FrameType
from typing import Any, ClassVar

import h11
import uvicorn
from streamlit.runtime.runtime_util import get_max_widget_state_size_bytes
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

try:
    import resource
except ImportError:  # Windows, whose sockets are not counted among a process's files
    resource = None  # type: ignore[assignment]  # a module elsewhere

UNFINISHED = 30.0  # seconds for a request's head, between two parts of its body, for a message
UNREAD = 30.0  # seconds in which a reader takes nothing of what waits for it
FRAME = 2**16  # bytes of a browser's message beside the widgets' state, which Streamlit bounds
MOST_FRAGMENTS = 64  # that a message is sent in; browsers send one
MOST_UNFINISHED = 2**25  # bytes of unfinished messages, of all connections together
MOST_CONNECTIONS = 2048
RESERVED = 256  # descriptors for files, pipes and what else is opened
GRACE = 4  # seconds in which connections end by themselves once the server is told to
LAST = 8.0  # seconds after which the process ends, whatever still runs


def most_connections() -> int:
    """How many connections are held at once: as many as descriptors allow, less a reserve.

    That is half of few, as each page that is drawn or waits for its turn has an event loop of its
    own, which takes three, and gives them back when garbage is collected.
    """
    if resource is None:
        return MOST_CONNECTIONS
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return (
        MOST_CONNECTIONS
        if soft < 0
        else min(MOST_CONNECTIONS, max(16, soft - max(RESERVED, soft // 2)))
    )


def guard_connections() -> None:
    """Have uvicorn use these protocols, and bounds of our own; before it opens its sockets.

    Streamlit makes uvicorn's configuration itself, and imports the app while that is read.
    """
    if resource is not None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        enough = 2 * MOST_CONNECTIONS
        wanted = enough if hard < 0 else min(enough, hard)
        if 0 <= soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    open_sockets = uvicorn.Server.startup

    async def startup(self: uvicorn.Server, sockets: list[socket.socket] | None = None) -> None:
        self.config.http_protocol_class = GuardedHTTP
        self.config.ws_protocol_class = GuardedWebSocket
        self.config.timeout_graceful_shutdown = GRACE
        self.config.ws_max_size = get_max_widget_state_size_bytes() + FRAME
        # asyncio accepts as many in each of the rounds that it takes to close one.
        self.config.backlog = RESERVED // 8
        await open_sockets(self, sockets)
        for each in sockets or ():
            each.listen(MOST_CONNECTIONS)

    uvicorn.Server.startup = startup  # type: ignore[method-assign]


@contextlib.asynccontextmanager
async def end_in_time(app: object) -> AsyncIterator[None]:
    """While the server runs: told to end, it does within LAST seconds, whoever is connected."""
    del app
    before: dict[int, Any] = {}

    def end(number: int, frame: FrameType | None) -> None:
        timer = threading.Timer(LAST, os._exit, [128 + number])
        timer.daemon = True
        timer.start()
        if callable(handler := before[number]):
            handler(number, frame)

    in_main_thread = threading.current_thread() is threading.main_thread()
    for number in (signal.SIGTERM, signal.SIGINT) if in_main_thread else ():
        before[number] = signal.signal(number, end)
    yield


def _break_off(transport: asyncio.Transport) -> None:
    """End a connection at once; the kernel would else keep megabytes for whoever does not read."""
    if found := transport.get_extra_info("socket"):
        with contextlib.suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class _Alarm:
    """Ends a connection unless it is called off in time."""

    def __init__(self, end: Callable[[], object]) -> None:
        self._end = end
        self._timer: TimerHandle | None = None

    def set(self, seconds: float) -> None:
        """Begin, unless it has begun."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._end)

    def off(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None


class _ReadInTime(asyncio.Protocol):
    """Ends a connection whose other end does not read; before uvicorn's protocol in the bases."""

    transport: asyncio.Transport

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reader = _Alarm(self._abort)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reader.set(UNREAD)

    def resume_writing(self) -> None:
        self._reader.off()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._reader.off()
        super().connection_lost(exc)

    def _abort(self) -> None:
        _break_off(self.transport)


class GuardedHTTP(_ReadInTime, H11Protocol):
    """uvicorn's own, with time limits for requests and readers, and a number of connections."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request = _Alarm(self._abort)
        self._since = self.loop.time()

    @property
    def unfinished(self) -> bool:
        """Whether the request that comes next, or its body, is still to come."""
        return self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > most_connections():
            self._make_room()
        self._request.set(UNFINISHED)

    def data_received(self, data: bytes) -> None:
        body = self.conn.their_state is h11.SEND_BODY
        super().data_received(data)
        if body or not self.unfinished:
            self._request.off()
        # After a handshake h11 awaits a body, though what comes then is the WebSocket's affair.
        is_ours = self in self.connections
        if is_ours and self.unfinished and not self.transport.is_closing():
            self._request.set(UNFINISHED)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._since = self.loop.time()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._request.off()
        super().handle_websocket_upgrade(event)

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._reader.set(UNREAD)  # what has been answered may still not have been read

    def connection_lost(self, exc: Exception | None) -> None:
        self._request.off()
        super().connection_lost(exc)

    def _make_room(self) -> None:
        """End the connection that has owed its request the longest; if none does, the new one."""
        others = [it for it in self.connections if isinstance(it, GuardedHTTP) and it is not self]
        owing = [it for it in others if it.unfinished and not it.transport.is_closing()]
        min(owing, key=lambda it: it._since, default=self)._abort()


class GuardedWebSocket(_ReadInTime, WebSocketsSansIOProtocol):
    """uvicorn's own, with limits for what is sent in parts and for readers who do not read."""

    _waiting: ClassVar[dict["GuardedWebSocket", int]] = {}  # bytes of unfinished messages

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._message = _Alarm(self._abort)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        waiting = len(self.conn.reader.buffer) + sum(map(len, self.frames))
        if not waiting:
            self._message.off()
            self._waiting.pop(self, None)
            return
        self._message.set(UNFINISHED)
        self._waiting[self] = waiting
        if sum(self._waiting.values()) > MOST_UNFINISHED:
            max(self._waiting, key=lambda it: self._waiting[it])._abort()

    def send_receive_event_to_app(self) -> None:
        self._message.off()  # this one is whole; another may have begun
        super().send_receive_event_to_app()

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) >= MOST_FRAGMENTS:
            self._abort()
        else:
            super().handle_cont(event)

    def connection_lost(self, exc: Exception | None) -> None:
        self._message.off()
        self._waiting.pop(self, None)
        super().connection_lost(exc)

    def _abort(self) -> None:
        self._waiting.pop(self, None)
        self.frames = []
        super()._abort()
