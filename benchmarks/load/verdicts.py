"""What is asked of the server under load, and whether what was measured is within it."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from load.records import Records

SLOWEST = 1.0  # seconds, the 95th percentile of round trips
GROWTH = 0.03  # of the memory after the first minute
SETTLED = 60.0  # seconds until then
WINDOW = 60.0  # seconds over which memory is compared


@dataclass(frozen=True)
class Moment:
    """A look at the server: seconds since the start, bytes of memory where they are known."""

    seconds: float
    memory: int | None


@dataclass(frozen=True)
class Verdict:
    """Something that is asked, in words, and whether it holds."""

    what: str
    measured: str
    asked: str
    holds: bool


def verdicts(
    records: Records, alone: Records, moments: Sequence[Moment], left: int | None
) -> list[Verdict]:
    """All that is asked; of memory only what could be measured."""
    errors = records.errors.total() + alone.errors.total()
    slow = records.share(0.95)
    found = [
        Verdict("errors", str(errors), "0", errors == 0),
        Verdict("connections lost", str(records.dropped), "0", records.dropped == 0),
        Verdict("round trip, 95th percentile", f"{slow:.2f} s", f"{SLOWEST:g} s", slow <= SLOWEST),
    ]
    known = [(it.seconds, it.memory) for it in moments if it.memory is not None]
    first = [memory for seconds, memory in known if SETTLED <= seconds < SETTLED + WINDOW]
    last = [memory for seconds, memory in known if seconds >= known[-1][0] - WINDOW]
    if first and known[-1][0] >= SETTLED + 2 * WINDOW:
        grown = median(last) / median(first) - 1
        found.append(
            Verdict(
                "memory's growth after the first minute",
                f"{100 * grown:+.1f} % of {median(first) / 1e6:.0f} MB",
                f"{100 * GROWTH:g} %",
                grown <= GROWTH,
            )
        )
    if left is not None and last:
        gone = median(last) - left
        found.append(
            Verdict(
                "memory given back by those who left",
                f"{gone / 1e6:.0f} MB of {median(last) / 1e6:.0f} MB",
                "more than 0",
                gone > 0,
            )
        )
    return found
