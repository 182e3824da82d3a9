"""What Reconstruct can be asked for."""

from dataclasses import dataclass

from app.data.random_images import IMAGES
from app.state import values
from app.state.choice import DATASET
from app.state.context import Context
from app.state.drawing import DRAWING
from app.state.parameters import ClassLabel, Option, Parameter, Whole
from app.state.picked import Picked
from app.ui.widgets import seed_parameter

RANDOM, BY_CLASS, BY_INDEX = "at random", "by class", "by index"
DRAW, UPLOAD = "draw", "upload"
MOST = 24
MOST_LETTERS = 200


@dataclass(frozen=True, kw_only=True)
class Indices(Parameter[str]):
    """Numbers and ranges of test images as people type them (indices.py)."""

    def default(self, context: Context) -> str:
        """The first ten."""
        del context
        return "0-9"

    def read(self, text: str, context: Context) -> str | None:
        """Any text that is not too long: the page says what is wrong with it."""
        del context
        return text if len(text) <= MOST_LETTERS else None

    def write(self, value: str, context: Context) -> str:
        """As it was typed."""
        del context
        return value


def last_of_class(context: Context) -> int:
    """The place of the last test image of the chosen class among those of the class."""
    if context.test is None:
        return 0
    return int((context.test.labels == values.value(CLASS)).sum()) - 1


CHOOSE = Option(name="choose", options=(RANDOM, BY_CLASS, BY_INDEX, DRAW, UPLOAD))
COUNT = Whole(name="count", low=1, high=MOST, initial=IMAGES)
SEED = seed_parameter("reconstruct-seed")
CLASS = ClassLabel(name="class", scope=(DATASET,))
START = Whole(name="start", scope=(DATASET, CLASS), high=last_of_class)
INDICES = Indices(name="indices", scope=(DATASET,))
IMAGE = Picked(name="image", scope=(DATASET,))
PARAMETERS = (CHOOSE, COUNT, SEED, CLASS, START, INDICES, IMAGE)
HELD = (DRAWING,)
