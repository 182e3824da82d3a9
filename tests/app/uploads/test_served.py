"""Uploads to the real server, by a session as browsers have them."""

import asyncio
import re
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from helpers import REPOSITORY, run_apart
from hostile_pictures import jpeg
from patience import PATIENCE
from streamlit.proto.Common_pb2 import UploadedFileInfo

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Streamlit's imports

MEGABYTE = 2**20


@pytest.fixture(scope="module")
def address(served_checkpoints: Path) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(REPOSITORY / "benchmarks")
        with import_module("bench.server").serve(served_checkpoints) as server:
            server.wait_listening()
            yield server.address


class Uploader:
    """A tab on Reconstruct, where a picture can be uploaded."""

    def __init__(self, tab: Any) -> None:
        self.tab = tab

    async def open(self) -> None:
        self.tab.page.query = {"choose": ["upload"]}
        await self.tab.open()

    async def put(self, file: str, data: bytes) -> tuple[int, str]:
        """Send a file, as the uploader does before it tells of it."""
        answer = await self.tab._http.put(
            f"{self.tab._address}_stcore/upload_file/{self.tab.page.session}/{file}",
            files={"f": ("cat.jpg", data, "image/jpeg")},
            headers={"X-Xsrftoken": self.tab.cookie("_streamlit_xsrf")},
        )
        return answer.status_code, answer.text

    async def choose(self, file: str) -> str:
        """Tell of a file; what the page then says of it."""
        widgets = self.tab.page.widgets.values()
        (uploader,) = (widget for widget in widgets if widget.kind == "file_uploader")
        self.tab.page.values[uploader.id] = [UploadedFileInfo(file_id=file, name="cat.jpg")]
        return await self.run()

    async def run(self) -> str:
        """Run the page; all its texts."""
        await self.tab.ask(self.tab.page.rerun())
        elements = self.tab.page.elements.values()
        return "\n".join(proto.body for kind, proto in elements if kind in ("markdown", "alert"))

    async def until_held(self, size: int) -> None:
        """Wait until the server holds that many bytes of files; metrics lag by seconds."""
        until = time.monotonic() + PATIENCE
        while True:
            metrics = await self.tab._http.get(f"{self.tab._address}_stcore/metrics")
            held = sum(map(float, re.findall(r"UploadedFileManager.*\} (\S+)", metrics.text)))
            if held == size:
                return
            assert time.monotonic() < until, held
            await asyncio.sleep(0.2)


def visit(address: str, act: Any) -> None:
    """Have a session do something on the page."""
    records = import_module("load.records").Records()

    async def run() -> None:
        async with import_module("load.tab").Tab(address, records) as tab:
            uploader = Uploader(tab)
            await uploader.open()
            await act(uploader)

    run_apart(run())


def test_a_picture_stays_when_its_file_is_let_go_of(address: str) -> None:
    async def act(uploader: Uploader) -> None:
        assert await uploader.put("one", jpeg()) == (204, "")
        await uploader.until_held(len(jpeg()))
        assert "From cat.jpg" in await uploader.choose("one")
        await uploader.until_held(0)
        assert "From cat.jpg" in await uploader.run()
        assert "choose it again" in await uploader.choose("another")

    visit(address, act)


def test_a_session_holds_its_newest_three_files(address: str) -> None:
    async def act(uploader: Uploader) -> None:
        sizes = [MEGABYTE + number for number in range(12)]
        for number, size in enumerate(sizes):
            assert await uploader.put(str(number), bytes(size)) == (204, "")
        await uploader.until_held(sum(sizes[-3:]))
        puts = (uploader.put("same", bytes(4 * MEGABYTE)) for _ in range(6))
        assert {status for status, _ in await asyncio.gather(*puts)} <= {204, 429}

    visit(address, act)
