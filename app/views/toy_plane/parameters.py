"""What Toy plane can be asked for."""

from dataclasses import dataclass

from app.data.toy_planes import FARTHEST, OWN, SHARED, TITLES, epochs, toy_runs
from app.state.choice import DATASET
from app.state.context import Context
from app.state.parameters import Option, Parameter, Whole, read_number
from muvae import Run

CODES, TILES = "codes", "decoded plane"
EXTENTS = {OWN: "each its own", SHARED: "shared"}
NONE = "none"

Marked = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Marker(Parameter[Marked]):
    """A place in the plane of codes; at first its origin."""

    def default(self, context: Context) -> Marked:
        """The origin."""
        del context
        return (0.0, 0.0)

    def read(self, text: str, context: Context) -> Marked | None:
        """From two numbers with a comma between them."""
        del context
        numbers = [read_number(part, -FARTHEST, FARTHEST) for part in text.split(",", 2)]
        match numbers:
            case [float(x), float(y)]:
                return (x, y)
        return None

    def write(self, value: Marked, context: Context) -> str:
        """As two numbers with a comma between them."""
        del context
        return ",".join(f"{number:.5g}" for number in value)


def last_epoch(context: Context) -> int:
    """The last epoch whose codes some toy run of the dataset has kept; 1 where none has."""
    runs = toy_runs(context.dataset) if context.spec else {}
    return max([1, *(epochs(run) for run in runs.values() if isinstance(run, Run))])


PLANE = Option(name="plane", options=(CODES, TILES))
EXTENT = Option(name="extent", options=tuple(EXTENTS), label=EXTENTS.__getitem__)
ENLARGE = Option(name="enlarge", options=(NONE, *TITLES), label=lambda name: TITLES.get(name, name))
MARKER = Marker(name="marker", scope=(DATASET,))
PANEL = Option(name="panel", options=("", *TITLES))
EPOCH = Whole(name="epoch", scope=(DATASET,), low=1, high=last_epoch, initial=last_epoch)
PARAMETERS = (PLANE, EXTENT, ENLARGE, MARKER, PANEL, EPOCH)
