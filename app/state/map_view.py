"""The view of the maps: which classes are hidden, and where each map is zoomed to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.state import values
from app.state.by_run import ByRun
from app.state.choice import DATASET
from app.state.context import Context
from app.state.parameters import Parameter, read_index, read_number

MOST_ZOOM = 60  # as in app/views/clusters/frame.js

MapPart = tuple[float, float, float]


@dataclass(frozen=True)
class MapView:
    """What is seen of the maps: all but the `hidden` classes, and of runs the `parts`.

    A part is the zoom, from 1 to MOST_ZOOM, and the canvas's middle in shares of the map's box from
    its left and low ends; a run without one shows its whole map.
    """

    hidden: Sequence[int] = ()
    parts: Mapping[str, MapPart] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class HiddenClasses(Parameter[tuple[int, ...]]):
    """Classes that the maps leave out; none at first."""

    def default(self, context: Context) -> tuple[int, ...]:
        """None."""
        del context
        return ()

    def read(self, text: str, context: Context) -> tuple[int, ...] | None:
        """From the classes' numbers between dots."""
        labels = [read_index(part, len(context.classes)) for part in text.split(".")]
        known = tuple(label for label in labels if label is not None)
        return known if len(known) == len(labels) == len(set(known)) else None

    def write(self, value: tuple[int, ...], context: Context) -> str:
        """Their numbers between dots."""
        del context
        return ".".join(map(str, value))


HIDDEN = HiddenClasses(name="hidden", scope=(DATASET,))


def zoom_parameter(method: Parameter[str]) -> ByRun[MapPart]:
    """The parts that are seen of the runs' maps, for each kind of map."""
    return ByRun(
        name="zoom-", scope=(DATASET, method), read_one=_read_map_part, write_one=_write_map_part
    )


def set_map_view(zoom: ByRun[MapPart], view: MapView) -> None:
    """Keep the view of the chosen runs' maps; other runs' maps stay as they were."""
    values.put(HIDDEN, tuple(view.hidden))
    chosen = values.context().chosen
    others = {run: part for run, part in values.value(zoom).items() if run not in chosen}
    values.put(zoom, others | dict(view.parts))


def map_view(zoom: ByRun[MapPart]) -> MapView:
    """The view of the chosen runs' maps, which the page shows: it stands in the address."""
    chosen, parts = values.context().chosen, values.use(zoom)
    hidden = values.use(HIDDEN)
    return MapView(hidden, {run: parts[run] for run in chosen if run in parts})


def _read_map_part(text: str) -> MapPart | None:
    """A part's three numbers between commas; None where the text is none."""
    texts = text.split(",")
    if len(texts) != 3:
        return None
    zoom = read_number(texts[0], 1, MOST_ZOOM)
    across, up = (read_number(share, 0, 1) for share in texts[1:])
    return None if zoom is None or across is None or up is None else (zoom, across, up)


def _write_map_part(part: MapPart) -> str:
    return ",".join(f"{number:g}" for number in part)
