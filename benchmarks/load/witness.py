"""A visitor who changes much on a page and then only looks at it, while others work."""

import json
from typing import Any

from load.actions import revised
from load.page import options_of
from load.records import Records
from load.tab import Tab


class Witness:
    """Somebody who has changed much on a page, and notices when it is not as it was."""

    def __init__(self, address: str) -> None:
        self.records = Records()
        self.tab = Tab(address, self.records)
        self.replica = ""
        self.seconds = 0.0
        self.shown: dict[str, Any] = {}

    async def settle(self) -> None:
        """Open Traverse on the second dataset with two runs, and move a slider."""
        page = self.tab.page
        await self.tab.open()
        page.leave("Traverse")
        await self.tab.ask(page.rerun())
        for label, choose in (
            ("Dataset", lambda options: options[1]),
            ("Runs, side by side", lambda options: list(options[:2])),
        ):
            widget = next(it for it in page.widgets.values() if it.proto.label == label)
            page.put(widget, choose(list(options_of(widget))))
            await self.tab.ask(page.rerun())
        widget, data = next((it, data) for it, data in page.components() if "place" in data)
        place = data["place"]["value"]
        positions = [0.25, -0.5, *place["positions"][2:]]
        moved = place | {"positions": positions, "active": 1}
        page.put(widget, {"place": revised(data["place"], moved)})
        await self.tab.ask(page.rerun())
        self.replica = self.tab.cookie("replica")
        self.shown = self._now()

    async def watch(self) -> None:
        """Wait until the replica is gone, and come back."""
        await self.tab.until_closed()
        self.seconds = await self.tab.come_back()

    def lost(self) -> list[str]:
        """What is not as it was."""
        now = self._now()
        return [name for name, value in self.shown.items() if now.get(name) != value]

    def _now(self) -> dict[str, Any]:
        # Where files are to be had is the session's own affair.
        shown = self.tab.page.shown()
        return {name: values_alone(text) for name, text in shown.items() if "download" not in name}


def values_alone(text: str) -> Any:
    """What a view is told in JSON, but for how its session numbers the changes of it."""

    def alone(told: dict[str, Any]) -> Any:
        return told["value"] if {"value", "revision", "session"} <= told.keys() else told

    return json.loads(text, object_hook=alone)
