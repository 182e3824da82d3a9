"""What Traverse can be asked for."""

from dataclasses import dataclass, replace

from app.state.choice import DATASET
from app.state.context import Context
from app.state.drawing import DRAWING
from app.state.parameters import Option, Parameter, Texts, Whole, read_index, read_number

PAPER, QUANTILES = "the paper's", "measured quantiles"
INDEX, BY_KL = "by index", "by KL"
AT_ORIGIN, AT_IMAGE, AT_DRAWING = "the origin", "a test image", "the drawing"


@dataclass(frozen=True)
class Place:
    """Where the sliders stand: a position in [-1, 1] each, the one moved last, the pad's two."""

    positions: tuple[float, ...]
    active: int = 0
    axes: tuple[int, int] = (0, 1)

    def of(self, count: int) -> "Place":
        """The same for `count` sliders: others than these stand at 0."""
        positions = (*self.positions, *(0.0,) * count)[:count]
        axes = self.axes if max(self.axes) < count else _first_axes(count)
        return Place(positions, self.active if self.active < count else 0, axes)


@dataclass(frozen=True, kw_only=True)
class Sliders(Parameter[Place]):
    """The place of as many sliders as the chosen runs have dimensions; at first all at 0.

    In addresses, z holds their positions, strip the one moved last, pad the two of the planes.
    """

    def default(self, context: Context) -> Place:
        """The base point."""
        return Place((), 0, _first_axes(context.dimensions)).of(context.dimensions)

    def read(self, text: str, context: Context) -> Place | None:
        """Not from one text."""
        raise NotImplementedError("a place stands under three names")

    def write(self, value: Place, context: Context) -> str:
        """Not as one text."""
        raise NotImplementedError("a place stands under three names")

    def fit(self, value: Place, context: Context) -> Place:
        """For as many sliders as there are now."""
        return value.of(context.dimensions)

    @property
    def names(self) -> tuple[str, ...]:
        """The names under which it stands in addresses."""
        return ("z", "strip", "pad")

    def take(self, asked: Texts, context: Context) -> tuple[Place, list[str]]:
        """Of each name what can be used."""
        count, place, refused = context.dimensions, self.default(context), list[str]()
        for name, texts in asked.items():
            found = _read(name, texts[-1], count, place)
            place = found or place
            unused = texts[:-1] if found else texts
            refused += [f"{name}={text}" for text in unused]
        return place, refused

    def give(self, value: Place, context: Context) -> dict[str, list[str]]:
        """What is not at its default."""
        moved = max((at + 1 for at, it in enumerate(value.positions) if it), default=0)
        texts = {
            "z": ",".join(f"{position:g}" for position in value.positions[:moved]),
            "strip": f"z{value.active}" if value.active else "",
            "pad": ",".join(map(str, value.axes))
            if value.axes != _first_axes(len(value.positions))
            else "",
        }
        return {name: [text] for name, text in texts.items() if text}


def _first_axes(count: int) -> tuple[int, int]:
    return (0, min(1, max(0, count - 1)))


def _read(name: str, text: str, count: int, place: Place) -> Place | None:
    """A place with what a text says under a name; None where it says nothing."""
    if name == "z":
        numbers = [read_number(part, -1, 1) for part in text.split(",", count)]
        found = tuple(number for number in numbers if number is not None)
        sound = len(found) == len(numbers) <= count
        return replace(place, positions=found).of(count) if sound else None
    if name == "strip":
        active = read_index(text.removeprefix("z"), count)
        return None if active is None else replace(place, active=active)
    match [read_index(part, count) for part in text.split(",", 2)]:
        case [int(across), int(up)]:
            return replace(place, axes=(across, up))
    return None


RANGE = Option(name="range", options=(PAPER, QUANTILES))
ORDER = Option(name="order", options=(INDEX, BY_KL))
FROM = Option(name="from", options=(AT_ORIGIN, AT_IMAGE, AT_DRAWING))
IMAGE = Whole(name="image", scope=(DATASET,), high=lambda context: context.size - 1)
SLIDERS = Sliders(name="z")
PARAMETERS = (RANGE, ORDER, FROM, IMAGE, SLIDERS)
HELD = (DRAWING,)
