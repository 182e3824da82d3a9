"""Percentiles; a module of its own, so that attackers need not import torch."""

import math


def percentile(values: list[float], share: float) -> float:
    """The smallest of the values that at least `share` of them do not exceed; 0 without any."""
    if not values:
        return 0.0
    return sorted(values)[math.ceil(share * len(values)) - 1]
