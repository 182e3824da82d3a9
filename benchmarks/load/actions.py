"""What a visitor can do on a page: a new value for a control, a click, a move in a live view."""

import base64
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from load.page import CLICKED, Page, Widget, options_of, several

PIXELS = 784
SAVED = 0.3  # how often somebody thinks of saving a file at all


@dataclass(frozen=True)
class Action:
    """Something to do: with what, and the value it gets, for good or (a click) for this once."""

    widget: Widget
    value: Any
    once: bool = False
    path: str = ""  # in place of all that: a file to be saved

    @property
    def name(self) -> str:
        """What is done, for reports."""
        proto = self.widget.proto
        return str(getattr(proto, "component_name", "") or proto.label).rpartition("muvae_")[2]


def possible(page: Page, chance: random.Random) -> list[Action]:
    """One action for each control of the page and each live view on it."""
    found = [*_live(page, chance)]
    for widget in page.widgets.values():
        if getattr(widget.proto, "disabled", False):
            continue
        if widget.kind in CLICKED:
            found.append(Action(widget, True, once=True))
        elif widget.kind in _VALUES:
            found.append(Action(widget, _VALUES[widget.kind](page, widget, chance)))
    return found


def _group(page: Page, widget: Widget, chance: random.Random) -> list[str]:
    options = options_of(widget)
    return _some(options, chance) if several(widget.proto) else [chance.choice(options)]


def _some(options: list[str], chance: random.Random) -> list[str]:
    """Some of the options, in their order; at least one, and four at most, as people compare."""
    chosen = chance.sample(options, chance.randint(1, min(4, len(options))))
    return [option for option in options if option in chosen]


def _number(page: Page, widget: Widget, chance: random.Random) -> float:
    """A step up or down, or any number that the input takes."""
    it = widget.proto
    low, high = it.min if it.has_min else -1000, it.max if it.has_max else 1000
    near = page.values[widget.id] + chance.choice((-1, 1)) * it.step
    value = near if low <= near <= high and chance.random() < 0.5 else chance.uniform(low, high)
    return float(round(value))


def _slider(page: Page, widget: Widget, chance: random.Random) -> list[float]:
    it = widget.proto
    steps = round((it.max - it.min) / it.step)
    ends = sorted(it.min + it.step * chance.randint(0, steps) for _ in page.values[widget.id])
    return [min(max(end, it.min), it.max) for end in ends]


def _text(page: Page, widget: Widget, chance: random.Random) -> str:
    """Test images' numbers: what every text field of this app takes."""
    start = chance.randrange(50)
    return f"{start}-{start + chance.randint(0, 9)}"


_VALUES: Mapping[str, Callable[[Page, Widget, random.Random], Any]] = {
    "button_group": _group,
    "multiselect": lambda page, widget, chance: _some(list(widget.proto.options), chance),
    "selectbox": lambda page, widget, chance: chance.choice(list(widget.proto.options)),
    "radio": lambda page, widget, chance: chance.choice(list(widget.proto.options)),
    "number_input": _number,
    "slider": _slider,
    "checkbox": lambda page, widget, chance: not page.values[widget.id],
    "text_input": _text,
}


def _live(page: Page, chance: random.Random) -> Iterator[Action]:
    """A move in each live view: a value that it tells, or an event."""
    for widget, data in page.components():
        name = widget.proto.component_name.rpartition("muvae_")[2]
        if name in _STATES:
            yield Action(widget, _STATES[name](data, chance))
        elif name in _EVENTS and (event := _EVENTS[name](data, chance)):
            yield Action(widget, event, once=True)
        elif name == "downloads":
            paths = [item["address"] for item in data["items"] if item["address"]]
            if paths and chance.random() < SAVED:
                yield Action(widget, None, path=chance.choice(paths))


def _place(data: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    place = data["place"]
    count = len(place["positions"])
    positions = [*place["positions"]]
    active = chance.randrange(count)
    positions[active] = round(chance.uniform(-1, 1), 3)
    return {"place": {"positions": positions, "active": active, "axes": place["axes"]}}


def _sigmas(data: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    return {"sigmas": {name: round(chance.uniform(0, 5), 1) for name in data["sigmas"]}}


def _drawing(data: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    """A bar, somewhere on the pad."""
    if not data["drawable"]:
        return {}
    pixels = bytearray(PIXELS)
    left, top = chance.randint(4, 20), chance.randint(2, 8)
    for row in range(top, top + 18):
        pixels[28 * row + left : 28 * row + left + 3] = b"\xff" * 3
    return {"drawing": base64.b64encode(bytes(pixels)).decode()}


_STATES: Mapping[str, Callable[[Mapping[str, Any], random.Random], dict[str, Any]]] = {
    "traverse": _place,
    "samples": _sigmas,
    "interpolate": lambda data, chance: {"share": round(chance.random(), 3)},
    "arithmetic": lambda data, chance: {"amount": round(chance.uniform(0, 2), 2)},
    "draw": _drawing,
}


def _pick(data: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    return {"pick": chance.randrange(data["count"])} if data["pickable"] else {}


def _selection(data: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    """A point, or a lasso around some."""
    count = 1 if chance.random() < 0.5 else chance.randint(2, 200)
    # The tests' folders have 60 test images, a dataset 10,000: the first are in both.
    indices = chance.sample(range(60 if count < 60 else 10_000), count)
    return {"selected": {"indices": indices, "turn": data["turn"] + 1}}


_EVENTS: Mapping[str, Callable[[Mapping[str, Any], random.Random], dict[str, Any]]] = {
    "tiles": _pick,
    "maps": _selection,
    "plane": lambda data, chance: {"enlarge": chance.choice(data["panels"])["name"]},
}
