"""Files are made one after another, for whoever still waits, and for nobody without end."""

import asyncio
import threading
from collections.abc import Callable

import pytest
from helpers import run_apart
from patience import PATIENCE
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from app.export import downloads
from app.export.downloads import PageFiles
from app.server.download_routes import send_file


class Visitor:
    """Somebody who asks for files, by a token, and may go away."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.gone = asyncio.Event()

    def ask(self, name: str = "file.png") -> "asyncio.Task[Response]":
        scope = {
            "type": "http",
            "method": "GET",
            "path_params": {"token": self.token, "name": name},
            "headers": [],
        }
        return asyncio.create_task(send_file(Request(scope, self.receive)))

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}


class Work:
    """What makes a file: counted, and done when it is let."""

    def __init__(self) -> None:
        self.begun = 0
        self.may_end = threading.Event()

    def __call__(self) -> bytes:
        self.begun += 1
        assert self.may_end.wait(PATIENCE)
        return b"made"

    async def until_begun(self, times: int) -> None:
        while self.begun < times:
            await asyncio.sleep(0.01)


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Work], None]:
    """Gives a session, by its token, a page of one file."""
    held = {}

    def page(token: str, work: Work) -> None:
        held[token] = PageFiles(token, {"file.png": ("image/png", work)})

    monkeypatch.setattr(downloads, "_by_token", held)
    return page


def test_a_session_waits_for_two_files_at_most(pages: Callable[[str, Work], None]) -> None:
    work = Work()
    pages("one", work)

    async def ask() -> list[Response]:
        visitor = Visitor("one")
        both = [visitor.ask(), visitor.ask()]
        await work.until_begun(1)
        third = await visitor.ask()
        work.may_end.set()
        return [third, *await asyncio.gather(*both), await visitor.ask()]

    third, *others = run_apart(ask())
    assert (third.status_code, third.body[:4], third.headers["retry-after"]) == (503, b"Two ", "20")
    assert [(each.status_code, each.body) for each in others] == [(200, b"made")] * 3


def test_who_goes_away_holds_nobody_up(pages: Callable[[str, Work], None]) -> None:
    first, left, last = Work(), Work(), Work()
    for name, work in (("first", first), ("left", left), ("last", last)):
        pages(name, work)
        work.may_end.set() if work is not first else None

    async def ask() -> tuple[Response, Response, Response]:
        being_made = Visitor("first").ask()
        await first.until_begun(1)
        leaving = Visitor("left")
        waits, behind = leaving.ask(), Visitor("last").ask()
        await asyncio.sleep(0.1)
        leaving.gone.set()
        gone = await waits  # at once: the first is still being made
        first.may_end.set()
        return gone, await being_made, await behind

    gone, made, behind = run_apart(ask())
    assert (gone.status_code, left.begun) == (499, 0)
    assert (made.body, behind.body) == (b"made", b"made")


def test_a_long_line_is_said(pages: Callable[[str, Work], None]) -> None:
    """However many sessions somebody opens: the line ends, and is one sentence from then on."""
    work = Work()

    async def ask() -> list[Response]:
        tasks = []
        for number in range(40):
            pages(str(number), work)
            tasks.append(Visitor(str(number)).ask())
        await work.until_begun(1)
        await asyncio.sleep(0.1)
        refused = [await task for task in tasks if task.done()]
        work.may_end.set()
        made = await asyncio.gather(*tasks)
        pages("later", work)
        return [*refused, *made, await Visitor("later").ask()]

    answers = run_apart(ask())
    refused = [each for each in answers if each.status_code == 503]
    assert refused
    assert all(b"ask again in a minute" in each.body for each in refused)
    assert (
        len({id(each) for each in answers if each.status_code == 200})
        + len({id(each) for each in refused})
        == 41
    )
    assert answers[-1].status_code == 200
