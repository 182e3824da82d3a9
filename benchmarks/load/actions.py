"""What a visitor can do on a page: a new value for a control, a click, a move in a live view."""

import base64
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from load.page import CLICKED, Page, Widget, options_of, several

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
        for part, move in MOVES.get(name, {}).items():
            if (value := move(data, chance)) is not None:
                said = {SAID_AS.get(part, part): revised(data[part], value)}
                yield Action(widget, page.values[widget.id] | said)
        if name in _EVENTS and (event := _EVENTS[name](data, chance)):
            yield Action(widget, event, once=True)
        elif name == "downloads":
            paths = [item["address"] for item in data["items"] if item["address"]]
            if paths and chance.random() < SAVED:
                yield Action(widget, None, path=chance.choice(paths))


def revised(state: Mapping[str, Any], value: Any) -> dict[str, Any]:
    """What a view says of a value that it changes (app/web/dom/state.js)."""
    return {**state, "value": value, "revision": state["revision"] + 1}


def _place(data: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    place = data["place"]["value"]
    positions = [*place["positions"]]
    active = chance.randrange(len(positions))
    positions[active] = round(chance.uniform(-1, 1), 3)
    return {**place, "positions": positions, "active": active}


def _sigmas(data: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    return {name: round(chance.uniform(0, 5), 1) for name in data["sigmas"]["value"]}


def _drawing(data: Mapping[str, Any], chance: random.Random) -> str | None:
    """A bar, somewhere on the pad; None where nobody can draw."""
    if not data["drawable"]:
        return None
    height, width = (data["images"]["image"][side] for side in ("height", "width"))
    pixels = bytearray(height * width)
    thick, long = width // 9, 2 * height // 3
    left, top = chance.randrange(width - thick), chance.randrange(height - long)
    for row in range(top, top + long):
        pixels[width * row + left : width * row + left + thick] = b"\xff" * thick
    return base64.b64encode(bytes(pixels)).decode()


def _selected(data: Mapping[str, Any], chance: random.Random) -> list[int]:
    """A point, or a lasso around some."""
    count = 1 if chance.random() < 0.5 else chance.randint(2, 200)
    # The tests' folders have 60 test images, a dataset 10,000: the first are in both.
    return chance.sample(range(60 if count < 60 else 10_000), count)


def _shown(data: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    """A class hidden, a map zoomed."""
    run = chance.choice(data["runs"])["name"]
    part = [round(chance.uniform(1, 4), 2), 0.5, 0.5]
    return {"hidden": [chance.randrange(len(data["classes"]))], "parts": {run: part}}


def _pointed(data: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    pointed = data["pointed"]["value"]
    return {**pointed, "place": [round(chance.uniform(-2, 2), 2) for _ in "xy"]}


def _hidden(data: Mapping[str, Any], chance: random.Random) -> list[str]:
    return [name for name in data["names"] if chance.random() < 0.3]


# By component: the values that it may change, by what it is told of each, and another value.
MOVES: Mapping[str, Mapping[str, Callable[[Mapping[str, Any], random.Random], Any]]] = {
    "traverse": {"place": _place},
    "samples": {"sigmas": _sigmas},
    "interpolate": {"share": lambda data, chance: round(chance.random(), 3)},
    "arithmetic": {"amount": lambda data, chance: round(chance.uniform(0, 2), 2)},
    "draw": {"picture": _drawing},
    "maps": {"selected": _selected, "shown": _shown},
    "plane": {"pointed": _pointed},
    "legend": {"hidden": _hidden},
}
SAID_AS = {"picture": "drawing"}  # where the view's word for it is another


def _pick(data: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    return {"pick": chance.randrange(data["count"])} if data["pickable"] else {}


_EVENTS: Mapping[str, Callable[[Mapping[str, Any], random.Random], dict[str, Any]]] = {
    "tiles": _pick,
    "plane": lambda data, chance: {"enlarge": chance.choice(data["panels"])["name"]},
}
