"""What visitors' uploads may hold, by Streamlit's own route: memory, the disk, and for how long."""

import asyncio
import tempfile
from collections.abc import Iterable
from typing import Any

import pytest
from helpers import run_apart
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.web.server.starlette import starlette_routes

from app.server import upload_budget
from app.server.upload_budget import UploadBudget

MEGABYTE = 2**20
BOUNDARY = "b0undary"
HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="f"; filename="cat.jpg"\r\n'
    "Content-Type: image/jpeg\r\n\r\n"
).encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()


class Sessions:
    """What of Streamlit's runtime its route asks: which sessions there are."""

    def __init__(self) -> None:
        self.gone: set[str] = set()

    def is_active_session(self, session: str) -> bool:
        return session not in self.gone


@pytest.fixture
def files() -> MemoryUploadedFileManager:
    return MemoryUploadedFileManager("/_stcore/upload_file")


@pytest.fixture
def sessions() -> Sessions:
    return Sessions()


@pytest.fixture
def app(
    monkeypatch: pytest.MonkeyPatch, files: MemoryUploadedFileManager, sessions: Sessions
) -> Starlette:
    """Streamlit's route for uploads behind the budget; it asks for no token here."""
    monkeypatch.setattr(starlette_routes, "is_xsrf_enabled", lambda: False)
    routes = starlette_routes.create_upload_routes(sessions, files, "explorer")  # type: ignore
    served = lambda: (files, sessions.is_active_session)  # noqa: E731
    budget = Middleware(UploadBudget, base_path="explorer", served=served)
    return Starlette(routes=routes, middleware=[budget])


@pytest.fixture
def client(app: Starlette) -> TestClient:
    return TestClient(app, base_url="http://test/")


def address(session: str, file: str) -> str:
    return f"/explorer/_stcore/upload_file/{session}/{file}"


def put(client: TestClient, session: str, file: str, data: bytes) -> Any:
    return client.put(address(session, file), files={"f": ("cat.jpg", data, "image/jpeg")})


def held(files: MemoryUploadedFileManager, session: str) -> list[str]:
    return [*files.file_storage.get(session, {})]


class Upload:
    """An upload whose parts come when they are told to."""

    def __init__(self, app: ASGIApp, session: str, parts: Iterable[bytes], file: str = "f") -> None:
        self.sent: list[Message] = []
        self._parts = [*parts]
        self.taken = asyncio.Event()
        self.go_on = asyncio.Event()
        scope = {
            "type": "http",
            "method": "PUT",
            "path": address(session, file),
            "query_string": b"",
            "headers": [
                (b"content-type", f"multipart/form-data; boundary={BOUNDARY}".encode()),
                (b"host", b"test"),
            ],
        }
        self.task = asyncio.create_task(app(scope, self._receive, self._send))  # type: ignore

    async def _receive(self) -> Message:
        if self._parts:
            return {"type": "http.request", "body": self._parts.pop(0), "more_body": True}
        self.taken.set()
        await self.go_on.wait()
        return {"type": "http.request", "body": TAIL, "more_body": False}

    async def _send(self, message: Message) -> None:
        self.sent.append(message)

    async def answer(self) -> tuple[int, str]:
        """How it was answered; its rest comes if nobody has refused it yet."""
        self.go_on.set()
        await self.task
        text = b"".join(each.get("body", b"") for each in self.sent).decode()
        return self.sent[0]["status"], text


def test_a_file_comes_through_as_it_was(
    client: TestClient, files: MemoryUploadedFileManager
) -> None:
    data = bytes(range(256)) * 16_000
    assert put(client, "one", "a", data).status_code == 204
    (record,) = files.get_files("one", ["a"])
    assert (record.name, record.data) == ("cat.jpg", data)


def test_a_session_holds_its_newest_three(
    client: TestClient, files: MemoryUploadedFileManager
) -> None:
    put(client, "other", "first", b"other")
    for number in range(300):
        assert put(client, "one", str(number), bytes(1000)).status_code == 204
    assert held(files, "one") == ["297", "298", "299"]
    assert held(files, "other") == ["first"]
    assert put(client, "one", "299", bytes(1000)).status_code == 204  # again
    assert len(held(files, "one")) == 3


def test_all_sessions_hold_no_more_than_the_server_has_room_for(
    monkeypatch: pytest.MonkeyPatch, client: TestClient, files: MemoryUploadedFileManager
) -> None:
    assert upload_budget.BYTES_HELD <= 300 * MEGABYTE
    monkeypatch.setattr(upload_budget, "BYTES_HELD", 10 * MEGABYTE)
    for number in range(9):
        put(client, f"session {number}", "a", bytes(3 * MEGABYTE))
    assert [number for number in range(9) if held(files, f"session {number}")] == [6, 7, 8]


def test_what_streamlit_has_let_go_of_no_longer_counts(
    client: TestClient, files: MemoryUploadedFileManager
) -> None:
    for name in ("a", "b", "c"):
        put(client, "one", name, b"x")
    files.remove_file("one", "c")
    put(client, "one", "d", b"x")
    assert held(files, "one") == ["a", "b", "d"]


def test_a_session_that_has_ended_meanwhile_holds_nothing(
    app: Starlette, sessions: Sessions, files: MemoryUploadedFileManager
) -> None:
    async def run() -> tuple[int, str]:
        upload = Upload(app, "one", [HEAD + bytes(1000)])
        await upload.taken.wait()
        sessions.gone.add("one")
        files.remove_session_files("one")
        return await upload.answer()

    assert run_apart(run())[0] == 204
    assert held(files, "one") == []


@pytest.mark.parametrize("size", [5 * MEGABYTE + 1, 8 * MEGABYTE])
def test_what_is_too_large_is_refused(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(starlette_routes.config, "get_option", lambda name: 5)
    assert put(client, "one", "a", bytes(size)).status_code == 413


def test_nothing_is_written_to_the_disk(
    app: Starlette, monkeypatch: pytest.MonkeyPatch, files: MemoryUploadedFileManager
) -> None:
    """Neither of a whole upload nor of half a one."""
    written: list[object] = []
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda *_, **__: written.append(None))

    async def run() -> tuple[int, str]:
        upload = Upload(app, "one", [HEAD, *5 * [bytes(MEGABYTE)]])
        await upload.taken.wait()
        return await upload.answer()

    assert run_apart(run())[0] == 204
    assert len(files.get_files("one", ["f"])[0].data) == 5 * MEGABYTE
    assert written == []


def test_an_upload_that_stops_is_ended(app: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    assert upload_budget.LONGEST_SILENCE <= 30
    monkeypatch.setattr(upload_budget, "LONGEST_SILENCE", 0.05)

    async def run() -> Upload:
        upload = Upload(app, "one", [HEAD + bytes(1000)])
        await upload.task
        return upload

    sent = run_apart(run()).sent
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]
    assert sent[1]["body"] == b"The upload has stopped: send it again."


def test_an_upload_that_dribbles_is_ended(app: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_budget, "LONGEST_UPLOAD", 0.0)

    async def run() -> tuple[int, str]:
        return await Upload(app, "one", [HEAD, *9 * [b"."]]).answer()

    assert run_apart(run())[0] == 408


def test_a_session_uploads_two_at_once(app: Starlette) -> None:
    async def run() -> list[int]:
        uploads = [Upload(app, "one", [HEAD], file) for file in ("a", "b")]
        for upload in uploads:
            await upload.taken.wait()
        third = await Upload(app, "one", [HEAD], "c").answer()
        assert third == (429, "A session uploads at most 2 files at once: wait for the others.")
        other = await Upload(app, "other", [HEAD], "c").answer()
        answers = [await upload.answer() for upload in uploads]
        again = await Upload(app, "one", [HEAD], "c").answer()
        return [status for status, _ in (other, *answers, again)]

    assert run_apart(run()) == [204] * 4


def test_uploads_that_arrive_share_the_room_there_is(
    app: Starlette, monkeypatch: pytest.MonkeyPatch, files: MemoryUploadedFileManager
) -> None:
    monkeypatch.setattr(upload_budget, "BYTES_ARRIVING", 4 * MEGABYTE)

    async def run() -> None:
        part = bytes(MEGABYTE)
        half = [Upload(app, f"session {n}", [HEAD, part]) for n in range(3)]
        for upload in half:
            await upload.taken.wait()
        refused = await Upload(app, "late", [HEAD, part, part]).answer()
        assert refused == (503, "The server takes in many other uploads: try again in a moment.")
        for upload in half:
            assert (await upload.answer())[0] == 204
        assert (await Upload(app, "late", [HEAD, part, part]).answer())[0] == 204

    run_apart(run())
    assert held(files, "late") == ["f"]


def test_an_upload_whose_sender_goes_leaves_nothing(
    app: Starlette, files: MemoryUploadedFileManager
) -> None:
    async def run() -> None:
        for _ in range(3):
            upload = Upload(app, "one", [HEAD + bytes(1000)])
            await upload.taken.wait()
            upload.task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await upload.task
        assert (await Upload(app, "one", [HEAD], "g").answer())[0] == 204

    run_apart(run())
    assert held(files, "one") == ["g"]


def test_other_requests_are_left_alone() -> None:
    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope["path"], receive))

    seen: list[Any] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def run() -> None:
        budget = UploadBudget(inner)
        for method, path in (("GET", "/_stcore/upload_file/a/b"), ("PUT", "/live/mnist/vae")):
            await budget({"type": "http", "method": method, "path": path}, receive, receive)  # type: ignore
        await budget({"type": "websocket", "path": "/_stcore/stream"}, receive, receive)  # type: ignore

    run_apart(run())
    assert [each is receive for _, each in seen] == [True] * 3
