"""The server that is attacked, and what a client can say to it that no browser would."""

import asyncio
import contextlib
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from load.records import Records
from load.tab import BROKEN, Lost, Tab

SMALL = 4096  # bytes that the kernel keeps for a reader who does not read
GRACE = 0.5  # seconds after which what is still unanswered at the end is let go
FIRST = 120.0  # seconds for the first thing that is done: an attack of a moment is one, too


@dataclass
class Target:
    """A server, for how long it is attacked, and what was done to it."""

    address: str
    seconds: float
    folder: Path | None = None  # of the runs that it serves, to be written to
    counts: Counter[str] = field(default_factory=Counter)
    longest: dict[str, float] = field(default_factory=dict)  # seconds, by what took them
    records: Records = field(default_factory=Records)
    until: float = 0.0

    def __post_init__(self) -> None:
        self.until = time.monotonic() + self.seconds

    @property
    def left(self) -> float:
        """Seconds until the attack ends."""
        return self.until - time.monotonic()

    @property
    def host(self) -> str:
        """What a Host header says."""
        return urlsplit(self.address).netloc

    def took(self, what: str, seconds: float) -> None:
        """Note how long something took, if nothing of its kind took longer."""
        self.longest[what] = max(seconds, self.longest.get(what, 0.0))

    @contextlib.asynccontextmanager
    async def tab(self, *, choose: str = "") -> AsyncIterator[Tab]:
        """A visitor's tab, whose first page is open."""
        async with Tab(self.address, self.records) as tab:
            if choose:
                tab.page.query = {"choose": [choose]}
            await tab.open()
            self.counts["sessions"] += 1
            yield tab

    async def rerun(self, tab: Tab, query: str = "") -> None:
        """Have a tab's page run, for another address than its own if one is given."""
        message = tab.page.rerun()
        if query:
            message.rerun_script.query_string = query
        self.counts["requests"] += 1
        await tab.ask(message)
        self.counts["runs"] += 1

    async def connect(self, *, slow: bool = False) -> socket.socket:
        """A connection on which nothing has been said; a slow one takes little at once."""
        address = urlsplit(self.address)
        connection = socket.socket()
        connection.setblocking(False)
        if slow:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        try:
            await asyncio.get_running_loop().sock_connect(
                connection, (address.hostname, address.port)
            )
        except BaseException:
            connection.close()
            raise
        self.counts["connections"] += 1
        return connection

    def request(self, path: str, *headers: str, method: str = "GET", host: str = "") -> bytes:
        """A request's head; without "Connection: close" the server keeps the connection."""
        lines = [f"{method} /{path} HTTP/1.1", f"Host: {host or self.host}", *headers, "", ""]
        return "\r\n".join(lines).encode()

    async def ask(self, path: str, *headers: str, method: str = "GET", host: str = "") -> str:
        """The status of an answer that is read to its end, empty where there is none."""
        asked = self.request(path, "Connection: close", *headers, method=method, host=host)
        loop, head = asyncio.get_running_loop(), b""
        with contextlib.closing(await self.connect()) as connection:
            self.counts["requests"] += 1
            await loop.sock_sendall(connection, asked)
            while part := await loop.sock_recv(connection, 2**16):
                head = head or part
        status = head.partition(b" ")[2][:3].decode(errors="replace")
        self.counts[f"answered {status}"] += 1
        return status

    async def shake_hands(
        self, *headers: str, host: str = "", slow: bool = False
    ) -> tuple[socket.socket, str]:
        """A WebSocket to Streamlit as far as its answer's status."""
        loop, head = asyncio.get_running_loop(), b""
        connection = await self.connect(slow=slow)
        asked = self.request(
            "_stcore/stream",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            "Sec-WebSocket-Protocol: streamlit",
            *(headers or (f"Origin: {self.address}",)),
            host=host,
        )
        try:
            self.counts["requests"] += 1
            await loop.sock_sendall(connection, asked)
            while b"\r\n\r\n" not in head and (part := await loop.sock_recv(connection, 1)):
                head += part
        except BaseException:
            connection.close()
            raise
        status = head.partition(b" ")[2][:3].decode(errors="replace")
        self.counts[f"answered {status}"] += 1
        return connection, status

    async def over_and_over(
        self, act: Callable[[int], Awaitable[object]], *, clients: int, pause: float
    ) -> None:
        """Have so many clients do something, each with a pause after it, until time is up.

        What is still unanswered then is counted and let go, but for the first client's first; who
        is broken off begins anew.
        """

        async def client(number: int) -> None:
            first = number == 0
            while self.left > 0 or first:
                patience, first = max(FIRST * first, self.left + GRACE), False
                try:
                    async with asyncio.timeout(patience) as limit:
                        await act(number)
                except (*BROKEN, Lost):
                    self.counts["unanswered" if limit.expired() else "broken off"] += 1
                await asyncio.sleep(min(pause, max(0.0, self.left)))

        async with asyncio.TaskGroup() as group:
            for number in range(clients):
                group.create_task(client(number))

    async def until_the_end(self) -> None:
        """Hold on to what one has."""
        await asyncio.sleep(max(0.0, self.left))


@contextlib.contextmanager
def held(connections: list[socket.socket]) -> Iterator[list[socket.socket]]:
    """A list of connections that are closed in the end."""
    try:
        yield connections
    finally:
        for connection in connections:
            connection.close()


def frame(payload: bytes, *, said: int | None = None, opcode: int = 2, final: bool = True) -> bytes:
    """A WebSocket frame as clients send it, its mask all zeros; `said` is the length it tells."""
    length = len(payload) if said is None else said
    first = bytes([0x80 * final | opcode, 0xFF]) + length.to_bytes(8, "big")
    return first + bytes(4) + payload
