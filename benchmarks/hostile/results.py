"""What came of an attack, and whether the server held."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bench.percentile import percentile
from load.records import Records
from load.verdicts import Verdict

from hostile.attacks import Attack
from hostile.watch import Watch

HEALTH = 1.0  # seconds, a health check's longest wait
SLOWEST = 3.0  # seconds, the 95th percentile of another visitor's round trips
MEMORY = 1.5e9  # bytes
LEFT = 0.10  # of the memory before, that it may be more once all have left
ENDS = 10.0  # seconds until a server has ended that is told to


@dataclass(frozen=True)
class Phase:
    """The time before, during or after an attack, for those who do not attack."""

    trips: int
    median: float
    p95: float
    longest: float
    health: float
    unhealthy: int
    memory: int

    @classmethod
    def of(cls, begun: float, ended: float, records: Records, watch: Watch) -> "Phase":
        """What began in that time."""
        trips = [trip.seconds for trip in records.trips if begun <= trip.at - trip.seconds < ended]
        return cls(
            len(trips),
            percentile(trips, 0.5),
            percentile(trips, 0.95),
            max(trips, default=0.0),
            watch.longest(begun, ended),
            watch.failures(begun, ended),
            watch.most(begun, ended),
        )


@dataclass
class Result:
    """An attack, what the attacker says of it, and how others fared."""

    attack: Attack
    attacker: Mapping[str, Any]
    before: Phase
    during: Phase
    after: Phase | None
    memory_before: int
    memory_after: int
    temporary: int
    errors: Mapping[str, int]
    alive: bool
    memory_left: int | None = None
    ended: float | None = None
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def counts(self) -> Mapping[str, int]:
        """What the attacker did, how often."""
        found: Mapping[str, int] = self.attacker["counts"]
        return found

    @property
    def memory_most(self) -> int:
        """The most memory from the attack's beginning on, in bytes."""
        return max(self.during.memory, self.after.memory if self.after else 0)

    def judge(self) -> None:
        """Fill in the verdicts."""
        did = self.counts.get("requests", 0)
        self.verdicts = [Verdict("the attacker's requests", str(did), "some", did > 0)]
        if self.ended is not None:
            self._asked_at_most("seconds until it has ended", self.ended, ENDS, " s")
            return
        alive = "yes" if self.alive else "no"
        self.verdicts.append(Verdict("the server lives", alive, "yes", self.alive))
        errors = sum(self.errors.values())
        self._asked_at_most("another visitor's errors", errors, 0)
        self._asked_at_most("health checks without an answer", self.during.unhealthy, 0)
        self._asked_at_most("health's longest wait", self.during.health, HEALTH, " s")
        self._asked_at_most("another's 95th percentile", self.during.p95, SLOWEST, " s")
        if self.memory_before:
            self._asked_at_most("memory, most, MB", self.memory_most / 1e6, MEMORY / 1e6)
        if self.memory_left:
            grown = 100 * (self.memory_left / self.memory_before - 1)
            self._asked_at_most("memory once all have left, more than before", grown, 10, " %")
        for what, least in self.attack.least:
            found = self.counts.get(what, 0)
            self.verdicts.append(Verdict(what, str(found), f"{least}", found >= least))
        for what, seconds in self.attack.within:
            self._asked_at_most(what, self.attacker["longest"].get(what, 1e9), seconds, " s")

    def _asked_at_most(self, what: str, found: float, most: float, unit: str = "") -> None:
        self.verdicts.append(Verdict(what, f"{found:.4g}{unit}", f"{most:g}{unit}", found <= most))

    @property
    def holds(self) -> bool:
        """Whether all that is asked holds."""
        return all(verdict.holds for verdict in self.verdicts)

    def report(self) -> dict[str, Any]:
        """All numbers."""
        numbers = asdict(self)
        numbers["attack"] = self.attack.what
        numbers["verdicts"] = {each.what: each.holds for each in self.verdicts}
        return numbers

    def row(self) -> list[str]:
        """The attack's row of the table."""
        phases = [self.before, self.during, *([self.after] if self.after else [])]
        memory = [self.memory_before, self.memory_most, self.memory_after]
        if self.memory_left is not None:
            memory.append(self.memory_left)
        ended = [] if self.ended is None else [f"ended in {self.ended:.1f} s"]
        trips = [f"{phase.median:.2f} {phase.p95:.2f}" for phase in phases]
        return [
            self.attack.name,
            str(self.counts.get("requests", 0)),
            ", ".join(trips + ended),
            ", ".join(f"{phase.health:.2f}" for phase in phases),
            str(sum(self.errors.values())),
            ", ".join(f"{size / 1e6:.0f}" for size in memory),
            f"{self.temporary / 1e6:.1f}",
            "✓" if self.holds else "✗",
        ]
