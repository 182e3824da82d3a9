"""Another visitor, who goes round the pages while the server is attacked."""

import asyncio
import contextlib
import random
import time

from load.actions import possible
from load.assets import fetch
from load.records import Records
from load.tab import BROKEN, Lost, Tab

THINK = 0.2  # seconds


class Other:
    """Opens one page after the other, and moves something on each that has something to move."""

    def __init__(self, address: str) -> None:
        self.records = Records()
        self.round_done = asyncio.Event()
        self.leave = False
        self._tab = Tab(address, self.records)
        self._chance = random.Random(1)

    async def visit(self) -> None:
        """Go round until it is time to leave."""
        async with self._tab:
            started = time.monotonic()
            await self._try(self._open())
            self.records.trip("", "opened", time.monotonic() - started)
            while not self.leave:
                for title in [*self._tab.page.pages]:
                    if not self.leave:
                        await self._try(self._use(title))
                self.round_done.set()
                await asyncio.sleep(THINK)

    async def _open(self) -> None:
        await self._tab.open()

    async def _use(self, title: str) -> None:
        """Open a page, fetch what its views need, and move one of them."""
        page = self._tab.page
        page.leave(title)
        self.records.trip(title, "opened", await self._tab.ask(page.rerun()))
        await fetch(self._tab, self._chance)
        moves = [
            action
            for action in possible(page, self._chance)
            if action.widget.kind == "bidi_component" and not action.once and not action.path
        ]
        for action in self._chance.sample(moves, min(1, len(moves))):
            await asyncio.sleep(THINK)
            page.put(action.widget, action.value)
            self.records.trip(title, action.name, await self._tab.ask(page.rerun()))
        await asyncio.sleep(THINK)

    async def _try(self, act: object) -> None:
        """Do it; where the connection breaks, come back as the browser does, to the same page."""
        started = time.monotonic()
        try:
            await act  # type: ignore[misc]
        except (*BROKEN, Lost) as error:
            self.records.dropped += 1
            self.records.error(f"a connection is lost: {type(error).__name__}: {error}")
            with contextlib.suppress(Lost):
                await self._tab.come_back()
            self.records.trip(self._tab.page.titled(), "came back", time.monotonic() - started)
