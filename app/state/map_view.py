"""What of the maps people have hidden and enlarged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.state import values
from app.state.by_run import ByRun
from app.state.choice import DATASET
from app.state.context import Context
from app.state.parameters import Parameter, read_index, read_number

MOST_ZOOM = 60  # as app/views/clusters/frame.js has it

Part = tuple[float, float, float]


@dataclass(frozen=True)
class Shown:
    """What of the maps is to be seen: all but the `hidden` classes, and of runs the `parts`.

    A part is the zoom, from 1 to MOST_ZOOM, and the canvas's middle in shares of the map's box from
    its left and low ends; a run without one shows its whole map.
    """

    hidden: Sequence[int] = ()
    parts: Mapping[str, Part] = field(default_factory=dict)


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


def zooms(method: Parameter[str]) -> ByRun[Part]:
    """The parts that are seen of the runs' maps, for each kind of map."""
    return ByRun(name="zoom-", scope=(DATASET, method), read_one=_read_part, write_one=_write_part)


def keep_shown(zoom: ByRun[Part], shown: Shown) -> None:
    """Keep what of the chosen runs' maps is shown; of other runs', what was."""
    values.put(HIDDEN, tuple(shown.hidden))
    chosen = values.context().chosen
    others = {run: part for run, part in values.value(zoom).items() if run not in chosen}
    values.put(zoom, others | dict(shown.parts))


def kept_shown(zoom: ByRun[Part]) -> Shown:
    """What is shown of the chosen runs' maps."""
    chosen, parts = values.context().chosen, values.use(zoom)
    hidden = values.use(HIDDEN)
    return Shown(hidden, {run: parts[run] for run in chosen if run in parts})


def _read_part(text: str) -> Part | None:
    """A part's three numbers between commas; None where the text is none."""
    texts = text.split(",")
    if len(texts) != 3:
        return None
    zoom = read_number(texts[0], 1, MOST_ZOOM)
    across, up = (read_number(share, 0, 1) for share in texts[1:])
    return None if zoom is None or across is None or up is None else (zoom, across, up)


def _write_part(part: Part) -> str:
    return ",".join(f"{number:g}" for number in part)
