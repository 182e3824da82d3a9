"""When two measured numbers differ: by more than the noise of the draws behind them."""

import math
from collections.abc import Iterable

from muvae.types import Measurement

SIGMAS = 2.0


def exceeds(high: Measurement, low: Measurement, *, strict: bool = True) -> bool | None:
    """Whether `high` is larger than `low`; None where the noise leaves that open.

    The noise is SIGMAS · √(sd₁² + sd₂²): of two numbers that differ by more, single draws too come
    in the same order 98 times in 100. Numbers that depend on no draw have none; where they are
    equal, `high` is larger unless `strict`.
    """
    difference = high.value - low.value
    noise = SIGMAS * math.hypot(high.sd or 0.0, low.sd or 0.0)
    if noise > 0 and abs(difference) <= noise:
        return None
    return difference > 0 or (difference == 0 and not strict)


def all_of(holds: Iterable[bool | None]) -> bool | None:
    """Whether all hold: False if one does not, else None if one is open."""
    found = list(holds)
    if False in found:
        return False
    return None if None in found else True
