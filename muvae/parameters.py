"""Frozen dataclasses of parameters: JSON values in and out, every value checked and named."""

import dataclasses
import functools
import reprlib
import types
import typing
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, Self

from muvae.errors import InvalidInputError

LATER = MappingProxyType({"later": True})
NOT_SAVED = MappingProxyType({"saved": False})
LONGEST = 80  # characters of a value in a message
_short = reprlib.Repr()
_short.maxstring = LONGEST


def brief(value: object) -> str:
    """A value as a message shows it: short, however large or deep it is."""
    text = _short.repr(list(value) if isinstance(value, tuple) else value)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def require(condition: bool, name: str, value: object, expected: str) -> None:
    """Where a condition does not hold, an InvalidInputError that names the value and the mend."""
    if not condition:
        raise InvalidInputError(f"{name} is {brief(value)}; it must be {expected}")


def is_int(value: object, low: int) -> bool:
    """Whether something is a whole number not under `low`."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= low


def is_number(value: object) -> bool:
    """Whether something is a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e300  # NaN is not; JSON has whole numbers too long for a float


def is_positive(value: object) -> bool:
    """Whether something is a positive, finite number."""
    return is_number(value) and typing.cast(float, value) > 0


class JsonDataclass:
    """A dataclass to JSON values and back, key by key; unknown and missing keys are errors.

    Keys that came later, and that older files lack, are fields with LATER; they have a default.
    Fields with NOT_SAVED are no keys.
    """

    @classmethod
    def from_json(cls, values: object) -> Self:
        """Build from parsed JSON; InvalidInputError names the key that is wrong."""
        return cls(**checked_keys(cls, values, cls.__name__))

    def to_json(self) -> dict[str, Any]:
        """The JSON values, nested dataclasses included."""
        return {field.name: _json(getattr(self, field.name)) for field in saved_fields(type(self))}


def saved_fields(cls: type) -> tuple["dataclasses.Field[Any]", ...]:
    """The fields of a dataclass that are keys of its JSON."""
    return tuple(f for f in dataclasses.fields(cls) if f.metadata != NOT_SAVED)


def checked_keys(cls: type, values: object, title: str) -> dict[str, Any]:
    """JSON values for the saved fields of `cls`; InvalidInputError names an unknown or missing key.

    `title` is what the error calls the object.
    """
    if not isinstance(values, Mapping):
        raise InvalidInputError(f"{title} must be a JSON object, not {values!r:.40}")
    known = {field.name: field for field in saved_fields(cls)}
    if unknown := sorted(set(values) - set(known)):
        raise InvalidInputError(f"{title} has an unknown key {unknown[0]!r}")
    needed = {name for name, field in known.items() if field.metadata != LATER}
    if missing := sorted(needed - set(values)):
        raise InvalidInputError(f"{title} lacks the key {missing[0]!r}")
    return dict(values)


def checked(name: str, value: object, kind: Any) -> Any:
    """A parameter's value as its annotation `kind` wants it; else an InvalidInputError names it.

    Numbers are finite, whole numbers will do for floats, and lists for tuples.
    """
    if kind is float:
        require(is_number(value), name, value, _expected(kind))
        return float(typing.cast(float, value))
    if typing.get_origin(kind) is tuple:
        require(isinstance(value, list | tuple), name, value, _expected(kind))
        (each, _) = typing.get_args(kind)
        return tuple(checked(name, item, each) for item in typing.cast(tuple[object, ...], value))
    if (inner := _optional(kind)) is not None:
        return None if value is None else checked(name, value, inner)
    if typing.get_origin(kind) is Literal:
        require(value in typing.get_args(kind), name, value, _expected(kind))
    elif kind in (int, bool, str):
        require(type(value) is kind, name, value, _expected(kind))
    return value


def parsed(name: str, text: str, kind: Any) -> Any:
    """A parameter's value from a text, such as a command line's, by its annotation `kind`."""
    if (inner := _optional(kind)) is not None:
        return None if text.lower() in ("none", "null") else parsed(name, text, inner)
    if typing.get_origin(kind) is tuple:
        (each, _) = typing.get_args(kind)
        return tuple(parsed(name, item, each) for item in text.split(",") if item)
    if kind is bool:
        require(text.lower() in ("true", "false"), name, text, _expected(kind))
        return text.lower() == "true"
    if kind in (int, float):
        try:
            return checked(name, kind(text), kind)
        except ValueError:
            require(False, name, text, _expected(kind))
    return checked(name, text, kind)


def annotations(cls: type) -> dict[str, Any]:
    """The annotated type of each field of a dataclass."""
    hints = _hints(cls)
    return {field.name: hints[field.name] for field in dataclasses.fields(cls)}


@functools.cache  # of a thousand runs, it would take half of the time
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _optional(kind: Any) -> Any:
    """X of the annotation `X | None`; None of any other."""
    if typing.get_origin(kind) not in (types.UnionType, typing.Union):
        return None
    rest = [each for each in typing.get_args(kind) if each is not types.NoneType]
    return rest[0] if len(rest) == 1 else None


def _expected(kind: Any) -> str:
    """What a value has to be, in words."""
    if typing.get_origin(kind) is Literal:
        return f"one of {', '.join(map(str, typing.get_args(kind)))}"
    if typing.get_origin(kind) is tuple:
        return "a list"
    return {float: "a number", int: "a whole number", bool: "true or false", str: "a text"}[kind]


def _json(value: Any) -> Any:
    if isinstance(value, JsonDataclass):
        return value.to_json()
    return [_json(item) for item in value] if isinstance(value, tuple) else value
