"""How a server is while others use it: its health check's waits, its memory, its files."""

import contextlib
import http.client
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bench.server import proportional, temporary_bytes

HEALTH = "/_stcore/health"
PATIENCE = 60.0  # seconds
EVERY = 0.2  # seconds between two looks


@dataclass
class Watch:
    """What was seen: when (time.monotonic(), at a wait's start), and what."""

    health: list[tuple[float, float]] = field(default_factory=list)  # seconds of each wait
    unhealthy: list[float] = field(default_factory=list)
    memory: list[tuple[float, int]] = field(default_factory=list)  # bytes
    temporary: list[tuple[float, int]] = field(default_factory=list)  # bytes

    def longest(self, begun: float, ended: float) -> float:
        """The health check's longest wait that began in a time; 0 without any."""
        return max((wait for at, wait in self.health if begun <= at < ended), default=0.0)

    def failures(self, begun: float, ended: float) -> int:
        """How many health checks that began in a time had no answer."""
        return sum(begun <= at < ended for at in self.unhealthy)

    def most(self, begun: float, ended: float) -> int:
        """The most memory in a time; 0 where it is not known."""
        return max((size for at, size in self.memory if begun <= at < ended), default=0)

    def most_temporary(self, begun: float, ended: float) -> int:
        """The most bytes of temporary files in a time."""
        return max((size for at, size in self.temporary if begun <= at < ended), default=0)


@contextlib.contextmanager
def watched(address: str, pid: int | None, served: Path) -> Iterator[Watch]:
    """Look at a server from threads of its own until the end; `served` are the runs it shows."""
    watch, done = Watch(), threading.Event()

    def health() -> None:
        while not done.wait(EVERY / 2):
            started = time.monotonic()
            if not _is_healthy(address):
                watch.unhealthy.append(started)
            watch.health.append((started, time.monotonic() - started))

    def memory() -> None:
        while not done.wait(EVERY):
            if (size := proportional(pid)) is not None:
                watch.memory.append((time.monotonic(), size))
            watch.temporary.append((time.monotonic(), temporary_bytes(pid, served)))

    threads = [threading.Thread(target=look, daemon=True) for look in (health, memory)]
    for thread in threads:
        thread.start()
    try:
        yield watch
    finally:
        done.set()


def _is_healthy(address: str) -> bool:
    """Whether the server answers, on a connection of its own, that it is well."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=PATIENCE)
    try:
        connection.request("GET", HEALTH)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
