"""Fields of an op that check their own values, so that every op is a plain dataclass."""

import dataclasses
import math
import re
from collections.abc import Callable
from typing import Any

Shape = tuple[int, ...]
Pair = tuple[int, int]

MOST_NUMBERS = 2**24  # values in one op's output, for one image
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
# The dotted names of PyTorch's state_dict. Leading double underscores name internals of Python
# and of JavaScript ("__proto__").
TENSOR_NAME = re.compile(r"(?!__)[A-Za-z0-9_-]+(\.(?!__)[A-Za-z0-9_-]+)*")

Check = Callable[[object], bool]


def batched(shape: Shape) -> str:
    """A shape with its batch dimension, as a message shows it: [N, 64, 7, 7]."""
    return f"[{', '.join(('N', *map(str, shape)))}]"


def first_line(error: Exception) -> str:
    """The first line of an error of someone else's code, cut where it is long."""
    text = str(error).strip().partition("\n")[0] or type(error).__name__
    return text if len(text) <= 300 else text[:297] + "..."


def is_whole(value: object, low: int, high: int) -> bool:
    """Whether a value is a whole number from `low` to `high`; True and False are not."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def is_name(value: object) -> bool:
    """Whether a value can name an op, an input or an output."""
    return isinstance(value, str) and NAME.fullmatch(value) is not None


def is_tensor_name(value: object) -> bool:
    """Whether a value can name a tensor: the dotted names of PyTorch's state_dict."""
    return isinstance(value, str) and len(value) <= 200 and TENSOR_NAME.fullmatch(value) is not None


def is_shape(value: object) -> bool:
    """Whether a value is the shape of features [F] or of maps [C,H,W], within the limits."""
    return (
        isinstance(value, tuple)
        and len(value) in (1, 2, 3)
        and all(is_whole(side, 1, MOST_NUMBERS) for side in value)
        and math.prod(value) <= MOST_NUMBERS
    )


def _is_number(value: object, low: float, high: float) -> bool:
    # NaN fails the comparison.
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _field(check: Check, expected: str, tensor: bool = False) -> Any:
    return dataclasses.field(metadata={"check": check, "expected": expected, "tensor": tensor})


def tensor() -> Any:
    """A field that holds the name of a tensor."""
    return _field(is_tensor_name, "the name of a tensor", tensor=True)


def optional_tensor() -> Any:
    """A field that holds the name of a tensor, or None."""
    return _field(
        lambda value: value is None or is_tensor_name(value),
        "the name of a tensor, or null",
        tensor=True,
    )


def pair(low: int, high: int = 1024) -> Any:
    """A field that holds two whole numbers, for height and width."""
    return _field(
        lambda value: (
            isinstance(value, tuple)
            and len(value) == 2
            and all(is_whole(side, low, high) for side in value)
        ),
        f"two whole numbers from {low} to {high}",
    )


def whole(low: int, high: int) -> Any:
    """A field that holds a whole number."""
    expected = str(low) if low == high else f"a whole number from {low} to {high}"
    return _field(lambda value: is_whole(value, low, high), expected)


def number(low: float = -1e6, high: float = 1e6) -> Any:
    """A field that holds a finite number."""
    return _field(lambda value: _is_number(value, low, high), f"a number from {low:g} to {high:g}")


def flag() -> Any:
    """A field that holds True or False."""
    return _field(lambda value: isinstance(value, bool), "true or false")


def choice(*names: str) -> Any:
    """A field that holds one of a few names."""
    expected = " or ".join(f'"{name}"' for name in names)
    return _field(lambda value: isinstance(value, str) and value in names, expected)
