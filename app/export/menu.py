"""Buttons that save files: made by the server, or by the browser of what it shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from app.ui.live_view import live_component

_component = live_component("downloads", "export/menu")
ROW = 44  # pixels


@dataclass(frozen=True)
class MenuItem:
    """A file: what it is, for people; its kind; its name.

    The server has it at `address`; or the browser makes it of `source`, a live view or a chart,
    with a title and a caption.
    """

    label: str
    kind: str
    name: str
    address: str = ""
    source: str = ""
    title: str = ""
    caption: str = ""


class ItemPayload(TypedDict):
    """A file; see MenuItem."""

    label: str
    kind: str
    name: str
    address: str
    source: str
    title: str
    caption: str


class Payload(TypedDict):
    """What the menu lists."""

    items: list[ItemPayload]


def draw_menu(items: Sequence[MenuItem], *, key: str) -> None:
    """Draw a button for each."""
    data: Payload = {"items": [_describe(item) for item in items]}
    _component(key=key, data=data)


def _describe(item: MenuItem) -> ItemPayload:
    return {
        "label": item.label,
        "kind": item.kind,
        "name": item.name,
        "address": item.address,
        "source": item.source,
        "title": item.title,
        "caption": item.caption,
    }
