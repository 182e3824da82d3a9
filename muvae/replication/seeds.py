"""How far figures differ between seeds."""

from dataclasses import dataclass

from muvae.replication.measured import Measured
from muvae.runs.config import RunConfig, differences


@dataclass(frozen=True)
class SeedSpread:
    """Test accuracy on sampled codes, in [0, 1], of runs that differ in their seed alone.

    They are compared after `epoch`, the last that all of them have: by seed, in `accuracies`.
    """

    dataset: str
    run: str
    epoch: int
    accuracies: dict[int, float]

    @property
    def range(self) -> float:
        """The largest less the smallest."""
        return max(self.accuracies.values()) - min(self.accuracies.values())


def _alike(one: RunConfig, other: RunConfig) -> bool:
    """Whether runs differ at most in what tells them apart: name, seed, epochs, precision."""
    return not differences(one, other, besides=("name", "seed", "epochs", "precision"))


def seed_spreads(measured: Measured) -> list[SeedSpread]:
    """One for each run that was trained with another seed too."""
    spreads = []
    for dataset, runs in measured.runs.items():
        for name, run in runs.items():
            others = [
                other
                for other in (*runs.values(), *measured.seeds.get(dataset, {}).values())
                if other.config.seed != run.config.seed and _alike(other.config, run.config)
            ]
            if run.config.seed != 0 or not others:
                continue
            epoch = min(len(each.history) for each in (run, *others))
            accuracies = {
                each.config.seed: each.history[epoch - 1].test.accuracy_sampled
                for each in (run, *others)
            }
            spreads.append(SeedSpread(dataset, name, epoch, accuracies))
    return spreads
