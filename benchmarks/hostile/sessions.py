"""Attacks by those who have a session: bursts, uploads, downloads, long addresses."""

import asyncio
import io
import itertools
import time
from collections.abc import Callable, Coroutine
from urllib.parse import urlencode

from load.tab import BROKEN, Lost, Tab
from PIL import Image

from hostile.target import Target

SCANS = 2000
END = b"\xff\xd9"  # of a JPEG
PARAMETERS = 1000  # unknown ones
PARAMETER = 500  # bytes
FILE = 49 * 2**20 // 10  # bytes, under the limit of 5 MB
PATIENCE = 90.0  # seconds for a burst's first pages


def picture_of_scans(scans: int) -> bytes:
    """A progressive JPEG of that many scans: but for the first few, the last one over and over."""
    picture = Image.new("L", (4000, 4000), 255)
    picture.paste(0, (1000, 1000, 2000, 2000))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=20, progressive=True)
    data = file.getvalue()
    last, own = data.rindex(b"\xff\xda"), data.count(b"\xff\xda")
    return data[: -len(END)] + (scans - own) * data[last : -len(END)] + END


async def scans(target: Target) -> None:
    """A progressive JPEG of 2,000 scans, uploaded and looked at."""
    picture, numbers = picture_of_scans(SCANS), itertools.count()

    async def act(number: int) -> None:
        async with target.tab(choose="upload") as tab:
            while True:
                file = f"scans-{next(numbers)}"
                await tab.upload(file, "cat.jpg", picture)
                target.counts["uploads"] += 1
                tab.page.choose_file(file, "cat.jpg")
                await target.rerun(tab)
                if target.left <= 0:
                    return

    await target.over_and_over(act, clients=4, pause=0.5)


async def uploads(target: Target) -> None:
    """Three hundred files of 4.9 MB by one session that looks at none."""
    numbers = iter(range(300))
    async with target.tab(choose="upload") as tab:

        async def act(number: int) -> None:
            if (file := next(numbers, None)) is None:
                await target.until_the_end()
                return
            target.counts["requests"] += 1
            await tab.upload(f"file-{file}", "cat.jpg", bytes(FILE))
            target.counts["bytes"] += FILE

        await target.over_and_over(act, clients=4, pause=0.02)


def burst(sessions: int) -> Callable[[Target], Coroutine[None, None, None]]:
    """That many sessions at once, each of which wants to see its first page."""

    async def attack(target: Target) -> None:
        async def come(tab: Tab) -> None:
            started = time.monotonic()
            target.counts["sessions"] += 1
            try:
                async with asyncio.timeout(PATIENCE) as limit:
                    await tab.open()
            except (*BROKEN, Lost):
                target.counts["unanswered" if limit.expired() else "broken off"] += 1
                return
            if tab.page.titled():
                target.counts["first pages"] += 1
            target.took("until a first page", time.monotonic() - started)

        tabs = [Tab(target.address, target.records) for _ in range(sessions)]
        try:
            await asyncio.gather(*map(come, tabs))
            await target.until_the_end()
        finally:
            await asyncio.gather(*(tab.__aexit__(None, None, None) for tab in tabs))

    return attack


async def downloads(target: Target) -> None:
    """Sixty pictures that one session asks for at once, while another asks for one."""
    async with target.tab() as many, target.tab() as one:
        theirs, own = _picture(many), _picture(one)

        async def ask_many(number: int) -> None:
            await target.ask(theirs)

        async def ask_one(number: int) -> None:
            started = time.monotonic()
            try:
                status = await target.ask(own)
            except BaseException:
                target.took("another's PNG, which did not come", time.monotonic() - started)
                raise
            done = "another's PNG" if status == "200" else f"another's answer {status}"
            target.counts[done] += 1
            target.took(done, time.monotonic() - started)

        async def later() -> None:
            await asyncio.sleep(min(1.0, target.seconds / 4))
            await target.over_and_over(ask_one, clients=1, pause=0.5)

        await asyncio.gather(target.over_and_over(ask_many, clients=60, pause=1), later())


def _picture(tab: Tab) -> str:
    """Where a page's first PNG is to be had."""
    for _, data in tab.page.components():
        for item in data.get("items", ()):
            if isinstance(item, dict) and str(item.get("address", "")).endswith(".png"):
                return str(item["address"])
    raise Lost("the page offers no PNG")


async def addresses(target: Target) -> None:
    """An address of 500 kB of parameters that no page knows."""
    query = urlencode({f"x{number}": PARAMETER * "x" for number in range(PARAMETERS)})

    async def act(number: int) -> None:
        async with target.tab() as tab:
            while True:
                target.counts["bytes"] += len(query)
                await target.rerun(tab, query)
                if target.left <= 0:
                    return

    await target.over_and_over(act, clients=2, pause=0.5)
