"""What the visitors measured, and what went wrong."""

import math
import time
from collections import Counter
from dataclasses import dataclass, field

from bench.percentile import percentile


@dataclass(frozen=True)
class RoundTrip:
    """A message to the server and its answer: what was done, where, when it ended, how long."""

    page: str
    action: str
    at: float
    seconds: float


@dataclass
class Records:
    """Everything that is counted over all visitors."""

    trips: list[RoundTrip] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    requests: list[float] = field(default_factory=list)
    received: int = 0
    bytes: int = 0
    dropped: int = 0
    returns: list[float] = field(default_factory=list)

    def trip(self, page: str, action: str, seconds: float) -> None:
        """A round trip has ended."""
        self.trips.append(RoundTrip(page, action, time.monotonic(), seconds))

    def share(self, share: float) -> float:
        """Seconds that this share of the round trips did not exceed; infinite without any."""
        return percentile([trip.seconds for trip in self.trips] or [math.inf], share)

    def by_page(self) -> dict[str, dict[str, float]]:
        """Of each page how many round trips there were, their median and 95th percentile."""
        pages: dict[str, list[float]] = {}
        for trip in self.trips:
            pages.setdefault(trip.page, []).append(trip.seconds)
        return {
            page: {
                "count": len(seconds),
                "median": percentile(seconds, 0.5),
                "p95": percentile(seconds, 0.95),
            }
            for page, seconds in sorted(pages.items())
        }

    def http(self, seconds: float, size: int) -> None:
        """A request over HTTP has been answered."""
        self.requests.append(seconds)
        self.bytes += size

    def error(self, text: str) -> None:
        """Something went wrong."""
        self.errors[text[:300]] += 1
