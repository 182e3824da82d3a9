"""Linear, logarithmic and signed logarithmic axes whose ticks name the values themselves."""

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Scale = Literal["linear", "log", "signed"]


def signed_log(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """sign(v) log10|v| for large |v|, and linear where |v| is below about 1: arsinh(v / 2)."""
    return np.arcsinh(values / 2) / math.log(10)


def axis(scale: Scale, low: float, high: float) -> dict[str, Any]:
    """An axis from low to high; but for linear ones, with ticks that name the values themselves."""
    if scale == "linear":
        return {"type": "linear", "exponentformat": "power"}
    ticks = signed_ticks(low, high) if scale == "signed" else log_ticks(low, high)
    values = np.array(ticks)
    return {
        "type": "linear" if scale == "signed" else "log",
        "tickvals": signed_log(values) if scale == "signed" else values,
        "ticktext": [_tick_text(tick) for tick in ticks],
    }


def log_ticks(low: float, high: float, most: int = 8) -> list[float]:
    """Round values between two positive ones for a log axis, at most about `most`.

    Powers of ten where the axis is long; 1, 2 and 5 times those, or even steps, where it is short.
    """
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    powers = [10.0**k for k in exponents if low <= 10.0**k <= high]
    if len(powers) > 3:
        return powers[:: math.ceil(len(powers) / most)]
    finer = [value for k in exponents for f in (1, 2, 5) if low <= (value := f * 10.0**k) <= high]
    return finer if len(finer) >= 3 else even_ticks(low, high)


def signed_ticks(low: float, high: float, most: int = 8) -> list[float]:
    """Round values between two for a signed log axis: 0 and powers of ten, at most about `most`.

    Even steps where fewer than three of these lie between.
    """
    powers = [10.0**k for k in range(1, 19)]
    inside = sum(low <= tick <= high for power in powers for tick in (power, -power))
    step = max(1, math.ceil(inside / most))
    kept = powers[step - 1 :: step]
    ticks = [-power for power in reversed(kept)] + [0.0] + kept
    ticks = [tick for tick in ticks if low <= tick <= high]
    return ticks if len(ticks) >= 3 else even_ticks(low, high)


def even_ticks(low: float, high: float) -> list[float]:
    """Some five values between two, in steps of 1, 2 or 5 times a power of ten."""
    if low == high:
        return [low]
    rough = (high - low) / 4
    unit = 10.0 ** math.floor(math.log10(rough))
    width = unit * min((1, 2, 5, 10), key=lambda factor: abs(factor * unit - rough))
    return [width * count for count in range(math.ceil(low / width), math.floor(high / width) + 1)]


def _tick_text(value: float) -> str:
    size, sign = abs(value), "−" if value < 0 else ""
    if size >= 10_000 and math.log10(size).is_integer():
        return f"{sign}10<sup>{round(math.log10(size))}</sup>"
    return f"{sign}{size:.6g}"
