"""What visitors' uploads may hold: how many arrive at once, for how long, and what is kept of them.

Streamlit takes an upload from whoever has a session, waits for its end for ever, writes more than a
megabyte of it to /tmp, and keeps all that a session sends until that ends. Here the newest files
are kept until they are read (app/uploads/session.py), and older ones let go of.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime

from app.server.asgi import base_address
from app.uploads.limits import (
    BYTES_ARRIVING,
    BYTES_HELD,
    FILES_A_SESSION,
    LONGEST_SILENCE,
    LONGEST_UPLOAD,
    MOST_BYTES,
    UPLOADS_A_SESSION,
)

TOO_MANY = f"A session uploads at most {UPLOADS_A_SESSION} files at once: wait for the others."
BUSY = "The server takes in many other uploads: try again in a moment."
SILENT = "The upload has stopped: send it again."


class Files(Protocol):
    """What Streamlit keeps uploaded files in, as far as it is needed here."""

    def get_files(self, session_id: str, file_ids: list[str]) -> list[object]:
        """The files that there are of those."""

    def remove_file(self, session_id: str, file_id: str) -> None:
        """Let go of a file."""

    def remove_session_files(self, session_id: str) -> None:
        """Let go of all files of a session."""


class UploadBudget:
    """Bounds uploads before Streamlit sees them, and lets go of old ones after it has them."""

    def __init__(
        self,
        app: ASGIApp,
        base_path: str = "",
        served: Callable[[], tuple[Files, Callable[[str], bool]]] | None = None,
    ) -> None:
        self._app = app
        self._start = f"{base_address(base_path)}/_stcore/upload_file/"
        self._served = served or _of_streamlit
        self._arriving: Counter[str] = Counter()  # uploads, by session
        self._bytes_arriving = 0
        self._held: dict[tuple[str, str], int] = {}  # bytes by session and file, oldest first
        # Whole files fit into memory, which is bounded here; nothing is to fill the disk.
        MultiPartParser.spool_max_size = MOST_BYTES + 2**20

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_upload = scope["type"] == "http" and scope["method"] == "PUT"
        if not is_upload or not scope["path"].startswith(self._start):
            await self._app(scope, receive, send)
            return
        session, _, file = scope["path"].removeprefix(self._start).partition("/")
        if self._arriving[session] >= UPLOADS_A_SESSION:
            await PlainTextResponse(TOO_MANY, 429)(scope, receive, send)
            return
        self._arriving[session] += 1
        body = _Body(receive, self._room_for)
        status = 0

        async def note_status(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, body.receive, note_status)
        finally:
            self._bytes_arriving -= body.size
            self._arriving[session] -= 1
            if not self._arriving[session]:
                del self._arriving[session]
            if status == 204:
                self._hold(session, file, body.size)

    def _room_for(self, size: int) -> bool:
        """Make room for bytes that arrive, if there is any."""
        self._bytes_arriving += size
        return self._bytes_arriving <= BYTES_ARRIVING

    def _hold(self, session: str, file: str, size: int) -> None:
        """Note a file that has been taken in, and let go of the oldest that are too many."""
        files, is_active = self._served()
        if not is_active(session):  # it has ended meanwhile, and nobody else would
            files.remove_session_files(session)
        self._held.pop((session, file), None)
        self._held[session, file] = size
        self._held = {key: size for key, size in self._held.items() if files.get_files(*_one(key))}
        of_session = [key for key in self._held if key[0] == session]
        for key in of_session[:-FILES_A_SESSION]:
            self._let_go(files, key)
        for key in [*self._held]:
            if sum(self._held.values()) <= BYTES_HELD:
                break
            self._let_go(files, key)

    def _let_go(self, files: Files, key: tuple[str, str]) -> None:
        files.remove_file(*key)
        del self._held[key]


class _Body:
    """The body of an upload while it arrives: how much, whether there is room, and whether on."""

    def __init__(self, receive: Receive, room_for: Callable[[int], bool]) -> None:
        self._receive = receive
        self._room_for = room_for
        self._until = asyncio.get_running_loop().time() + LONGEST_UPLOAD
        self.size = 0

    async def receive(self) -> Message:
        """The next part. HTTPException, which Streamlit's route answers with: why there is none."""
        left = self._until - asyncio.get_running_loop().time()
        try:
            if left <= 0:
                raise TimeoutError  # what is there already does not wait, and is not timed
            async with asyncio.timeout(min(LONGEST_SILENCE, left)):
                message = await self._receive()
        except TimeoutError:
            # After other refusals the server takes in the rest and forgets it: a connection that
            # is closed while something comes is reset, and its sender never reads why.
            raise HTTPException(408, SILENT, {"Connection": "close"}) from None
        size = len(message.get("body", b""))
        self.size += size
        if not self._room_for(size):
            raise HTTPException(503, BUSY, {"Retry-After": "10"})
        return message


def _one(key: tuple[str, str]) -> tuple[str, list[str]]:
    session, file = key
    return session, [file]


def _of_streamlit() -> tuple[Files, Callable[[str], bool]]:
    """Where Streamlit keeps uploaded files, and what tells whether a session is still there."""
    instance = runtime.get_instance()
    # It is typed as any manager; the one in memory, which a server has, can remove a file too.
    return instance.uploaded_file_mgr, instance.is_active_session  # type: ignore[return-value]
