"""The test image that is picked among those that a page shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.state import url, values
from app.state.context import Context
from app.state.parameters import Parameter, read_index


@dataclass(frozen=True, kw_only=True)
class Picked(Parameter[int]):
    """A test image's number; -1 until one is picked, which means the first that is shown."""

    def default(self, context: Context) -> int:
        """None."""
        del context
        return -1

    def read(self, text: str, context: Context) -> int | None:
        """From its number."""
        return read_index(text, context.size)

    def write(self, value: int, context: Context) -> str:
        """Its number."""
        del context
        return str(value)


def picked_of(parameter: Picked, indices: Sequence[int]) -> int:
    """The one of the images shown that is picked: the last, if it is there, or the first."""
    index = values.value(parameter)
    if index in indices:
        if index != indices[0]:
            values.use(parameter)
        return index
    if index >= 0 and url.was_asked(parameter):
        url.refuse([f"{parameter.name}={index}"])
    return indices[0]
