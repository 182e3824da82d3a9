"""One visitor: opens the app, goes from page to page, uses what is there, thinks in between."""

import asyncio
import random
import time
from collections.abc import Coroutine
from dataclasses import dataclass

from load.actions import Action, possible
from load.assets import fetch
from load.records import Records
from load.tab import BROKEN, Lost, Tab

ACTIONS = (2, 5)  # on a page before the next one


@dataclass
class Habits:
    """How visitors behave: seconds of thought between two acts, from and to; until when."""

    think: tuple[float, float]
    until: float  # time.monotonic()


class Visitor:
    """A visitor with a will of its own, the same for the same number."""

    def __init__(self, number: int, address: str, records: Records, habits: Habits) -> None:
        self.tab = Tab(address, records)
        self.records = records
        self._habits = habits
        self._chance = random.Random(number)

    async def visit(self) -> None:
        """Use the app until it is time to leave."""
        async with self.tab:
            try:
                await self.tab.open()
                while time.monotonic() < self._habits.until:
                    await self._page()
            except (*BROKEN, Lost) as error:
                self.records.dropped += 1
                self.records.error(f"a visitor gives up: {type(error).__name__}: {error}")

    async def _page(self) -> None:
        """Go to another page, and do some things there."""
        page = self.tab.page
        others = [title for title, hash in page.pages.items() if hash != page.current]
        await self._think()
        await self._switch(self._chance.choice(others))
        for _ in range(self._chance.randint(*ACTIONS)):
            await self._think()
            if time.monotonic() >= self._habits.until:
                return
            if actions := possible(page, self._chance):
                await self._act(self._chance.choice(actions))

    async def _think(self) -> None:
        await asyncio.sleep(self._chance.uniform(*self._habits.think))

    async def _switch(self, title: str) -> None:
        self.tab.page.leave(title)
        await self._try(self._ask(title, "opened"))

    async def _act(self, action: Action) -> None:
        page = self.tab.page
        if action.path:
            await self._try(self.tab.load(action.path, kept=False))
            return
        trigger = {action.widget.id: action.value} if action.once else None
        if not action.once:
            page.put(action.widget, action.value)
        await self._try(self._ask(page.titled(), action.name, trigger))

    async def _ask(self, title: str, name: str, trigger: dict[str, object] | None = None) -> None:
        """A round trip, and what the page then fetches."""
        seconds = await self.tab.ask(self.tab.page.rerun(trigger))
        self.records.trip(title, name, seconds)
        await fetch(self.tab, self._chance)

    async def _try(self, act: Coroutine[None, None, object]) -> None:
        """Do it; where the connection breaks, come back as the browser does, to the same page."""
        try:
            await act
        except (*BROKEN, Lost):
            self.records.dropped += 1
            self.records.returns.append(await self.tab.come_back())


async def visit_all(
    count: int, address: str, records: Records, habits: Habits, *, arrival: float = 0.0
) -> None:
    """Let so many visitors come, in `arrival` seconds, and wait until all have left."""
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(Visitor(number, address, records, habits).visit())
            await asyncio.sleep(arrival / count)
