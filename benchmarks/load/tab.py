"""A browser tab's connection to the app: Streamlit's WebSocket, and HTTP as a browser does it."""

import asyncio
import time
from collections import OrderedDict
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin

import httpx2
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from load.page import Page
from load.records import Records

PATIENCE = 60.0  # seconds that a run may take before it counts as lost
CONNECTIONS = 6  # at once, as browsers have them
IDLE = 4.0  # seconds until an idle one is closed, before the server does, after 5
KEPT_RUNS = 2  # how long the browser keeps a large message that is not drawn again
PINGS = (0.0, 0.5, 1, 2, 4, 8, 15, 30)  # seconds before each attempt to come back
BROKEN = (WebSocketException, OSError, httpx2.HTTPError, TimeoutError)
Finished = ForwardMsg.ScriptFinishedStatus


class Lost(Exception):  # noqa: N818 - what happened, and no fault of the code
    """The server does not answer any more."""


class Tab:
    """One tab: loads the app, keeps its page, and waits for what it asks."""

    def __init__(self, address: str, records: Records) -> None:
        self.page = Page()
        self._address = address.rstrip("/") + "/"
        self._records = records
        limits = httpx2.Limits(max_connections=CONNECTIONS, keepalive_expiry=IDLE)
        self._http = httpx2.AsyncClient(timeout=PATIENCE, trust_env=False, limits=limits)
        self._socket: ClientConnection | None = None
        self._kept: OrderedDict[str, tuple[ForwardMsg, int]] = OrderedDict()
        self._loaded: set[str] = set()
        self._runs = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._drop()
        await self._http.aclose()

    async def _drop(self) -> None:
        if self._socket:
            await self._socket.close()
            self._socket = None

    async def open(self) -> None:
        """Load the first page's files, connect, and wait for its first run."""
        html = await self.load("", kept=False)
        for part in html.decode(errors="replace").split('"'):
            if part.startswith("./static/"):
                await self.load(part.removeprefix("./"))
        await self._connect()
        await self.ask(self.page.rerun())

    async def _connect(self) -> None:
        """What the browser does before it speaks: health, the host's settings, the socket."""
        await self.load("_stcore/health", kept=False)
        await self.load("_stcore/host-config", kept=False)
        token = self.cookie("_streamlit_xsrf") or "PLACEHOLDER_AUTH_TOKEN"
        protocols = ["streamlit", token, *([self.page.session] if self.page.session else [])]
        cookies = "; ".join(f"{name}={value}" for name, value in self._http.cookies.items())
        # websockets has names of their own for these types of text.
        self._socket = await connect(
            urljoin(self._address, "_stcore/stream").replace("http", "ws", 1),
            subprotocols=protocols,  # type: ignore[arg-type]
            origin=self._address.rstrip("/"),  # type: ignore[arg-type]
            additional_headers={"Cookie": cookies} if cookies else {},
            max_size=None,
            compression=None,
            proxy=None,
            open_timeout=PATIENCE,
        )

    def cookie(self, name: str) -> str:
        """A cookie that the server has set; empty where it has not."""
        return self._http.cookies.get(name) or ""

    async def until_closed(self) -> None:
        """Wait until the connection breaks."""
        assert self._socket is not None
        await self._socket.wait_closed()

    async def load(self, path: str, *, kept: bool = True) -> bytes:
        """What lies at a path under the server's root; nothing again of what the browser keeps."""
        if kept and path in self._loaded:
            return b""
        answer = await self.request("GET", path)
        if kept:
            self._loaded.add(path)
        return answer

    async def request(self, method: str, path: str, **options: Any) -> bytes:
        """Ask over HTTP; an answer that is no success is recorded as an error."""
        started = time.perf_counter()
        headers = {"Accept-Encoding": "gzip", **options.pop("headers", {})}
        url = urljoin(self._address, path)
        async with self._http.stream(method, url, headers=headers, **options) as answer:
            # As it came: unpacking megabytes for fifty visitors would be this machine's work.
            packed = answer.headers.get("content-type", "").startswith(
                ("text/", "application/json")
            )
            read = answer.aiter_bytes() if packed else answer.aiter_raw()
            body = b"".join([part async for part in read])
        self._records.http(time.perf_counter() - started, len(body))
        if answer.status_code >= 400:
            self._records.error(f"{method} /{path.partition('?')[0]}: {answer.status_code}")
        return body

    async def upload(self, file: str, name: str, data: bytes) -> None:
        """Send a file, as the uploader does before it tells of it."""
        path = f"_stcore/upload_file/{self.page.session}/{file}"
        headers = {"X-Xsrftoken": self.cookie("_streamlit_xsrf")}
        await self.request("PUT", path, files={"file": (name, data)}, headers=headers)

    async def ask(self, message: BackMsg) -> float:
        """Send a message, take all that its run draws; seconds until the run had ended."""
        assert self._socket is not None
        if message.WhichOneof("type") == "rerun_script":
            message.rerun_script.cached_message_hashes.extend(self._kept)
        started = time.perf_counter()
        try:
            await self._socket.send(message.SerializeToString())
            async with asyncio.timeout(PATIENCE):
                await self._until_finished()
        except (WebSocketException, OSError, TimeoutError) as error:
            self._socket = None
            raise Lost(f"{type(error).__name__}: {error}") from error
        return time.perf_counter() - started

    async def _until_finished(self) -> None:
        while True:
            message = await self.receive()
            match message.WhichOneof("type"):
                case "new_session":
                    self.page.begin()
                    self.page.take(message)
                case "script_finished":
                    status = message.script_finished
                    if status == Finished.FINISHED_WITH_COMPILE_ERROR:
                        self._records.error("a page does not compile")
                    if status != Finished.FINISHED_EARLY_FOR_RERUN:
                        whole = status == Finished.FINISHED_SUCCESSFULLY
                        self.page.end(whole=whole)
                        self._forget(whole=whole)
                        return
                case _:
                    self.page.take(message)

    async def receive(self) -> ForwardMsg:
        """The next message; one that refers to a kept one is that one, in its new place."""
        assert self._socket is not None
        message = ForwardMsg()
        message.ParseFromString(await self._socket.recv(decode=False))
        self._records.received += 1
        if message.WhichOneof("type") == "ref_hash":
            known = self._kept.get(message.ref_hash)
            if known is None:
                self._records.error("the server refers to a message that it never sent")
                return message
            full = ForwardMsg()
            full.CopyFrom(known[0])
            full.metadata.CopyFrom(message.metadata)
            self._kept[message.ref_hash] = (known[0], self._runs)
            message = full
        elif message.metadata.cacheable:
            self._kept[message.hash] = (message, self._runs)
        self._check(message)
        return message

    def _check(self, message: ForwardMsg) -> None:
        if message.WhichOneof("type") != "delta":
            return
        element = message.delta.new_element
        match element.WhichOneof("type"):
            case "exception":
                self._records.error(
                    f"exception on {self.page.titled()}: {element.exception.message}"
                )
            case "alert" if element.alert.format == Alert.Format.ERROR:
                self._records.error(f"error on {self.page.titled()}: {element.alert.body}")

    def _forget(self, *, whole: bool) -> None:
        """Let go of large messages that were not drawn in the last runs, as the browser does."""
        if not whole:
            return
        self._runs += 1
        for hash, (_, run) in list(self._kept.items()):
            if self._runs - run > KEPT_RUNS:
                del self._kept[hash]

    async def come_back(self) -> float:
        """Connect again after the connection broke, ask for the page as it was; seconds it took."""
        started = time.perf_counter()
        for pause in PINGS:
            await asyncio.sleep(pause)
            with suppress(*BROKEN):
                await self._connect()
                await self.ask(self.page.rerun())
                return time.perf_counter() - started
        raise Lost("the server did not come back")
