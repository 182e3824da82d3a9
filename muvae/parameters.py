"""Frozen dataclasses of parameters: JSON values in and out, every value checked and named."""

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Self

from muvae.errors import InvalidInputError

LATER = MappingProxyType({"later": True})


def require(condition: bool, name: str, value: object, expected: str) -> None:
    """Where a condition does not hold, an InvalidInputError that names the value and the mend."""
    if not condition:
        raise InvalidInputError(f"{name} is {value!r}; it must be {expected}")


def is_int(value: object, low: int) -> bool:
    """Whether something is a whole number not under `low`."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= low


def is_positive(value: object) -> bool:
    """Whether something is a positive, finite number."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and 0 < value < 1e300  # NaN is not; JSON has whole numbers too long for a float
    )


class JsonDataclass:
    """A dataclass to JSON values and back, key by key; unknown and missing keys are errors.

    Keys that came later, and that older files lack, are fields with LATER; they have a default.
    """

    @classmethod
    def from_json(cls, values: object) -> Self:
        """Build from parsed JSON; InvalidInputError names the key that is wrong."""
        if not isinstance(values, Mapping):
            raise InvalidInputError(f"{cls.__name__} must be a JSON object, not {values!r:.40}")
        # That all who inherit this are dataclasses is more than its type can say.
        fields = dataclasses.fields(cls)  # type: ignore[arg-type]
        known = {f.name for f in fields}
        if unknown := sorted(set(values) - known):
            raise InvalidInputError(f"{cls.__name__} has an unknown key {unknown[0]!r}")
        later = {f.name for f in fields if f.metadata == LATER}
        if missing := sorted(known - later - set(values)):
            raise InvalidInputError(f"{cls.__name__} lacks the key {missing[0]!r}")
        return cls(**values)

    def to_json(self) -> dict[str, Any]:
        """The JSON values, nested dataclasses included."""
        # As above: they are dataclasses.
        return dataclasses.asdict(self)  # type: ignore[call-overload,no-any-return]
