"""Attacks below the app: handshakes, messages in parts, half requests, readers who do not read."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable

from load.page import Page
from load.tab import BROKEN

from hostile.target import Target, frame, held

MESSAGE = 19 * 2**20  # bytes, of the 20 MB that Streamlit takes
FILE = 2**22  # bytes of an upload, whose limit is 5 MB
FOREIGN = "elsewhere.example"
PATHS = ("live/{}/{}/decoder.safetensors", "live/{}/{}/codes.bin")


async def foreign_origins(target: Target) -> None:
    """Handshakes from other servers' pages and to other names; requests sent across sites."""

    async def act(number: int) -> None:
        connection, _ = await target.shake_hands(f"Origin: https://{FOREIGN}")
        connection.close()
        connection, _ = await target.shake_hands(f"Origin: https://{FOREIGN}", host=FOREIGN)
        connection.close()
        headers = ("Sec-Fetch-Site: cross-site", "Content-Length: 0")
        await target.ask("live/mnist/vae/classify", *headers, method="POST")

    await target.over_and_over(act, clients=10, pause=0.2)


async def unfinished_messages(target: Target) -> None:
    """Messages of 19 MB but for their last bytes, as one frame and in fragments."""
    part = bytes(2**16)
    whole = frame(b"", said=MESSAGE)
    fragments = [frame(part, opcode=2, final=False)]
    fragments += [frame(part, opcode=0, final=False)] * (MESSAGE // len(part) - 1)
    parts = [[whole, *[part] * (MESSAGE // len(part) - 1)], fragments]

    async def act(number: int) -> None:
        connection, _ = await target.shake_hands()
        with held([connection]):
            for piece in parts[number % 2]:
                await asyncio.get_running_loop().sock_sendall(connection, piece)
                target.counts["bytes"] += len(piece)
            target.counts["messages"] += 1
            await until_ended(target, connection)

    await target.over_and_over(act, clients=40, pause=0.5)


async def slow_readers(target: Target) -> None:
    """Answers of megabytes that are asked for and not read, and sessions that read nothing."""

    async def answers(number: int) -> None:
        with held([await target.connect(slow=True)]) as (connection,):
            path = PATHS[number % 2].format("mnist", "vae")
            for _ in range(20):
                target.counts["requests"] += 1
                await asyncio.get_running_loop().sock_sendall(connection, target.request(path))
            await target.until_the_end()

    async def session(number: int) -> None:
        connection, _ = await target.shake_hands(slow=True)
        with held([connection]):
            rerun = frame(Page().rerun().SerializeToString())
            while target.left > 0:
                target.counts["requests"] += 1
                await asyncio.get_running_loop().sock_sendall(connection, rerun)
                await asyncio.sleep(0.5)

    await asyncio.gather(
        target.over_and_over(answers, clients=200, pause=1),
        target.over_and_over(session, clients=10, pause=1),
    )


async def static_names(target: Target) -> None:
    """Five thousand names under /static/ that are no file's."""
    names = iter(range(5000))

    async def act(number: int) -> None:
        if (name := next(names, None)) is None:
            await target.until_the_end()
            return
        await target.ask(f"static/{name}.js", "Accept-Encoding: gzip")

    await target.over_and_over(act, clients=8, pause=0.01)


async def half_requests(target: Target) -> None:
    """Requests and uploads whose end does not come."""
    async with target.tab(choose="upload") as tab:
        token = tab.cookie("_streamlit_xsrf")
        file = f"_stcore/upload_file/{tab.page.session}/%d"
        headers = ("Content-Type: multipart/form-data; boundary=x", f"X-Xsrftoken: {token}")
        begun = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'

        async def act(number: int) -> None:
            match number % 4:
                case 0:
                    sent = target.request("")[:-2]
                case 1:
                    length = "Content-Length: 40"
                    sent = target.request("live/mnist/vae/classify", length, method="POST")
                case 2:
                    sent = target.request("_stcore/health") + b"GET / HT"
                case _:
                    own = (*headers, f"Cookie: _streamlit_xsrf={token}", f"Content-Length: {FILE}")
                    sent = target.request(file % number, *own, method="PUT")
                    sent += begun + bytes(FILE // 2)
            with held([await target.connect()]) as (connection,):
                target.counts["requests"] += 1
                await asyncio.get_running_loop().sock_sendall(connection, sent)
                await until_ended(target, connection)

        await target.over_and_over(act, clients=200, pause=1)


async def idle_connections(target: Target) -> None:
    """More connections that say nothing than the server has descriptors."""
    await target.over_and_over(_silent(target), clients=1100, pause=1)


async def half_open(target: Target) -> None:
    """Half requests, sessions that talk, and slow readers: what a server that ends has to leave."""

    async def half(number: int) -> None:
        with held([await target.connect()]) as (connection,):
            target.counts["requests"] += 1
            await asyncio.get_running_loop().sock_sendall(connection, target.request("")[:-2])
            await until_ended(target, connection)

    async def talk(number: int) -> None:
        async with target.tab() as tab:
            while target.left > 0:
                await target.rerun(tab)

    await asyncio.gather(
        slow_readers(target),
        target.over_and_over(half, clients=20, pause=1),
        target.over_and_over(talk, clients=5, pause=1),
    )


def _silent(target: Target) -> Callable[[int], Awaitable[object]]:
    async def act(number: int) -> None:
        with held([await target.connect()]) as (connection,):
            target.counts["requests"] += 1
            await until_ended(target, connection)

    return act


async def until_ended(target: Target, connection: socket.socket) -> None:
    """Hold a connection until the server ends it, or time is up; what it says is not heard."""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, target.left)):
            try:
                while await loop.sock_recv(connection, 2**16):
                    pass
            except BROKEN:
                pass
            target.counts["ended by the server"] += 1
