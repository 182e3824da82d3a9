"""Try the proxy with many who read slowly: how much memory it takes, and whether others notice."""

import asyncio
import contextlib
import fcntl
import math
import os
import re
import resource
import socket
import struct
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from bench.percentile import percentile
from bench.proxy import REPLICAS, Proxy, serve_proxy
from bench.server import REPOSITORY
from common import Parser, whole_number
from process import run_main
from rich.console import Console

EPILOG = """\
Nginx is Debian's, its configuration that of compose.yaml (deploy/), but for addresses and ports, in
a network of its own (`unshare`). The replicas are a server of this program's own, which answers
everything with 8 MB at once. So many readers each ask for that and then read 1 kB a second; another
visitor asks for something short, again and again.

  asked   nginx takes less than the 256 MB that its container has, the system's own memory for its
          connections included, and the other visitor is answered within a second (95 % of times)

Ends with exit status 1 where that is not so.
"""
ANSWER = bytes(8 << 20)
SHORT = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\nContent-Length: %d\r\n\r\n"
LIMIT = 256 << 20  # bytes that nginx's container has
INSIDE = "MUVAE_TRY_NETWORK"  # set where the network is already this program's own
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1  # of netdevice(7)
PAGE = 4096  # bytes, as /proc/net/sockstat counts


def parse_arguments() -> Any:
    """The command line's flags."""
    parser = Parser(__doc__ or "", EPILOG)
    parser.add_argument("--readers", type=whole_number(1), default=400, help="(default: 400)")
    parser.add_argument("--seconds", type=whole_number(1), default=20, help="(default: 20)")
    parser.add_argument(
        "--patience", type=float, default=1.0, help="of the other visitor, in seconds (default: 1)"
    )
    return parser.parse_args()


def main() -> None:
    """Try it, and say what came of it."""
    flags, console = parse_arguments(), Console(highlight=False)
    enter_network()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    problems = asyncio.run(attempt(flags, console))
    for problem in problems:
        console.print(f"not so: {problem}", markup=False, soft_wrap=True)
    if problems:
        sys.exit(1)


def enter_network() -> None:
    """Go on in a network of its own, as a container has one, with the limits of compose.yaml's."""
    if os.environ.get(INSIDE) is None:
        options = "--net" if os.geteuid() == 0 else "--map-root-user --net"
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", *options.split(), sys.executable, *sys.argv])
    bring_up_loopback()
    for name, value in proxy_sysctls().items():
        Path("/proc/sys", *name.split(".")).write_text(value, encoding="ascii")


def bring_up_loopback() -> None:
    """What `ip link set lo up` does."""
    with socket.socket() as any_socket:
        request = struct.pack("16sh22x", b"lo", IFF_UP)
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, request)


def proxy_sysctls() -> dict[str, str]:
    """The network limits that compose.yaml gives the proxy's container."""
    text = (REPOSITORY / "compose.yaml").read_text(encoding="utf-8")
    return dict(re.findall(r"^ +(net\.\S+): \"(.*)\"$", text, re.M))


async def attempt(flags: Any, console: Console) -> list[str]:
    """Let them read, and look at nginx meanwhile; what was not as it should be."""
    async with serve_bytes() as port:
        with serve_proxy([port] * len(REPLICAS)) as proxy:
            before, kept_before = proxy.memory(), kernel_memory()
            slow = [asyncio.create_task(read_slowly(proxy.port)) for _ in range(flags.readers)]
            most, kept, waits = 0, 0, list[float]()
            until = time.monotonic() + flags.seconds
            while time.monotonic() < until:
                waits.append(await ask(proxy))
                most = max(most, proxy.memory())
                kept = max(kept, kernel_memory() - kept_before)
                await asyncio.sleep(0.2)
            reading = sum(not task.done() for task in slow)
            for task in slow:
                task.cancel()
            await asyncio.gather(*slow, return_exceptions=True)
    wait = percentile(waits, 0.95)
    console.print(
        f"{reading} slow readers: nginx {before / 1e6:.0f} MB before, {most / 1e6:.0f} MB at most, "
        f"and {kept / 1e6:.0f} MB of the system's for connections, both ends of each; "
        f"another visitor: {wait:.2f} s (95 % of {len(waits)})"
    )
    problems = []
    if reading < flags.readers:
        problems.append(f"{flags.readers - reading} readers were sent away")
    if most + kept / 2 > LIMIT:  # of each connection one end is nginx's
        problems.append(f"nginx needs more than {LIMIT >> 20} MB")
    if wait > flags.patience:
        problems.append(f"another visitor waits {wait:.2f} s")
    return problems


@contextlib.asynccontextmanager
async def serve_bytes() -> AsyncIterator[int]:
    """A server that sends ANSWER, or SHORT to whoever asks for /short; its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # At the end those who still answer are cancelled, which is no fault.
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"GET /short"):
                    writer.write(SHORT)
                else:
                    writer.write(HEAD % len(ANSWER))
                    for start in range(0, len(ANSWER), 1 << 16):
                        writer.write(ANSWER[start : start + (1 << 16)])
                        await writer.drain()
                await writer.drain()
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=4096)
    port: int = server.sockets[0].getsockname()[1]
    try:
        yield port
    finally:
        server.close()


async def read_slowly(port: int) -> None:
    """Ask for the long answer and read it at 1 kB a second, until cancelled or sent away."""
    loop = asyncio.get_running_loop()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setblocking(False)
        await loop.sock_connect(connection, ("127.0.0.1", port))
        await loop.sock_sendall(connection, b"GET /static/long.js HTTP/1.1\r\nHost: a\r\n\r\n")
        status = await loop.sock_recv(connection, 12)
        while status == b"HTTP/1.1 200":
            if not await loop.sock_recv(connection, 1024):
                break
            await asyncio.sleep(1)


async def ask(proxy: Proxy) -> float:
    """Seconds until another visitor's short question is answered; inf if it is refused."""
    started = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"GET /short HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    answered = (await reader.read()).endswith(b"ok")
    writer.close()
    return time.monotonic() - started if answered else math.inf


def kernel_memory() -> int:
    """Bytes that the system keeps for TCP connections, of all programs in this network."""
    table = Path("/proc/net/sockstat").read_text(encoding="ascii").splitlines()
    words = next(line for line in table if line.startswith("TCP:")).split()
    return PAGE * int(words[words.index("mem") + 1])


if __name__ == "__main__":
    run_main(main)
