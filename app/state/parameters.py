"""What a page can be asked for: its parameters, each with its default, its text, its dataset rule.

A page lists its own in views/<page>/parameters.py. Widgets' keys, live views' values, addresses,
links and tests go by these lists. What a switch of the dataset does with a value is its `scope`:

- none: it is a setting, and stays as it is (where the dataset lacks it, its default is shown until
  one is back that has it);
- the dataset: it names something in the dataset, and each dataset has a value of its own, the
  default at first.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from app.state.context import Context

T = TypeVar("T")
Texts = Mapping[str, list[str]]  # an address's values, by name
MOST_DIGITS = 9


@dataclass(frozen=True, kw_only=True)
class Parameter(ABC, Generic[T]):
    """A value of a page under a name; for each value of the parameters of `scope`, its own."""

    name: str
    scope: tuple["Parameter[Any]", ...] = ()

    @abstractmethod
    def default(self, context: Context) -> T:
        """What it is when nothing else is asked."""

    @abstractmethod
    def read(self, text: str, context: Context) -> T | None:
        """The value that a text of an address names; None where it names none."""

    @abstractmethod
    def write(self, value: T, context: Context) -> str:
        """The value as text."""

    def fit(self, value: T, context: Context) -> T | None:
        """What is shown of a value that was kept, under this context; None: the default."""
        return self.read(self.write(value, context), context)

    @property
    def names(self) -> tuple[str, ...]:
        """The names under which it stands in addresses."""
        return (self.name,)

    def owns(self, name: str) -> bool:
        """Whether it stands in addresses under a name."""
        return name in self.names

    def take(self, asked: Texts, context: Context) -> tuple[T | None, list[str]]:
        """The value that an address asks for, None where it is none; and what is refused of it.

        `asked` are the address's values under the names that it owns, at least one.
        """
        texts = asked[self.name]
        value = self.read(texts[-1], context)
        refused = texts[:-1] if value is not None else texts
        return value, [f"{self.name}={text}" for text in refused]

    def note(self, asked: Texts, context: Context) -> str | None:
        """A sentence on what is taken of an address where that is less than it asks for."""
        del asked, context
        return None

    def give(self, value: T, context: Context) -> dict[str, list[str]]:
        """The value as it stands in the address; nothing where it is the default."""
        if value == self.default(context):
            return {}
        return {self.name: [self.write(value, context)]}


@dataclass(frozen=True, kw_only=True)
class Option(Parameter[T]):
    """One of a few options, at first `initial`, or else the first; in addresses by its label."""

    options: Sequence[T]
    label: Callable[[T], str] = str
    initial: Callable[[Context], T] | None = None

    def default(self, context: Context) -> T:
        """The first."""
        return self.initial(context) if self.initial else self.options[0]

    def read(self, text: str, context: Context) -> T | None:
        """The option of a label, in whatever case."""
        del context
        folded = text.casefold()
        return next((it for it in self.options if self.label(it).casefold() == folded), None)

    def write(self, value: T, context: Context) -> str:
        """Its label; of what is no option, no text that reads as one."""
        del context
        return self.label(value) if value in self.options else "\0"


@dataclass(frozen=True, kw_only=True)
class ClassLabel(Parameter[int]):
    """A class of the dataset, in addresses by its name."""

    initial: Callable[[Context], int] | None = None

    def default(self, context: Context) -> int:
        """The first."""
        return self.initial(context) if self.initial else 0

    def read(self, text: str, context: Context) -> int | None:
        """The class of a name."""
        return next((at for at, name in enumerate(context.classes) if name == text), None)

    def write(self, value: int, context: Context) -> str:
        """Its name."""
        return context.classes[value] if 0 <= value < len(context.classes) else ""


@dataclass(frozen=True, kw_only=True)
class Switch(Parameter[bool]):
    """Something that is on or off; at first off."""

    def default(self, context: Context) -> bool:
        """Off."""
        del context
        return False

    def read(self, text: str, context: Context) -> bool | None:
        """From true or false."""
        del context
        return {"true": True, "false": False}.get(text.lower())

    def write(self, value: bool, context: Context) -> str:
        """As true or false."""
        del context
        return "true" if value is True else "false"


@dataclass(frozen=True, kw_only=True)
class Whole(Parameter[int]):
    """A whole number from `low` to `high`; both may depend on what is chosen."""

    low: int = 0
    high: int | Callable[[Context], int]
    initial: int | Callable[[Context], int] = 0

    def most(self, context: Context) -> int:
        """The highest; below `low` where there is none at all."""
        return self.high if isinstance(self.high, int) else self.high(context)

    def default(self, context: Context) -> int:
        """As it was given, or the highest."""
        wanted = self.initial if isinstance(self.initial, int) else self.initial(context)
        return max(self.low, min(wanted, self.most(context)))

    def read(self, text: str, context: Context) -> int | None:
        """From decimal digits, also where the number is written with a point, as in 5.0."""
        number = read_number(text, self.low, self.most(context))
        return None if number is None or number != int(number) else int(number)

    def write(self, value: int, context: Context) -> str:
        """In digits."""
        del context
        return str(value)


@dataclass(frozen=True, kw_only=True)
class Real(Parameter[float]):
    """A number from `low` to `high`, on a slider."""

    low: float
    high: float
    initial: float
    step: float = 0.1

    def default(self, context: Context) -> float:
        """As it was given."""
        del context
        return self.initial

    def read(self, text: str, context: Context) -> float | None:
        """From a number in the range."""
        del context
        return read_number(text, self.low, self.high)

    def write(self, value: float, context: Context) -> str:
        """Short, as in 2.5."""
        del context
        return f"{value:g}"

    def fit(self, value: float, context: Context) -> float | None:
        """As it was kept, to the last digit."""
        del context
        return value if self.low <= value <= self.high else None


def read_number(text: str, low: float, high: float) -> float | None:
    """A number from low to high; None where the text is none."""
    if not text.isascii() or "_" in text:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and low <= value <= high else None


def read_index(text: str, size: int) -> int | None:
    """A whole number under `size`; None where the text is none."""
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        return None
    return int(text) if int(text) < size else None
