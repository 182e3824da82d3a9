"""An order of two measured numbers: decided, or within their noise."""

import pytest

from muvae import Measurement
from muvae.replication.noise import all_of, exceeds


@pytest.mark.parametrize(
    ("high", "low", "expected"),
    [
        (Measurement(1.001), Measurement(1.0), True),  # no draws, no noise
        (Measurement(1.0), Measurement(1.001), False),
        (Measurement(1.0), Measurement(1.0), False),
        # The noise of 0.3 and 0.4 together is 0.5, and twice that 1.
        (Measurement(2.1, 0.3, 32), Measurement(1.0, 0.4, 32), True),
        (Measurement(1.9, 0.3, 32), Measurement(1.0, 0.4, 32), None),
        (Measurement(1.0, 0.4, 32), Measurement(1.9, 0.3, 32), None),
        (Measurement(1.0, 0.4, 32), Measurement(2.1, 0.3, 32), False),
        (Measurement(2.0), Measurement(1.0, 0.4, 32), True),
        (Measurement(1.7), Measurement(1.0, 0.4, 32), None),
    ],
)
def test_a_difference_counts_where_it_exceeds_the_noise(
    high: Measurement, low: Measurement, expected: bool | None
) -> None:
    assert exceeds(high, low) is expected


def test_equal_numbers_without_noise() -> None:
    assert exceeds(Measurement(1.0), Measurement(1.0), strict=False) is True
    level = Measurement(1.0, 0.1, 32)
    assert exceeds(level, level, strict=False) is None


def test_of_several_one_that_does_not_hold_decides() -> None:
    assert all_of([True, True]) is True
    assert all_of([True, None]) is None
    assert all_of([None, False, True]) is False
    assert all_of([]) is True
