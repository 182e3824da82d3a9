"""How far runs stay behind Table 1, and what of that training, data and noise account for."""

from dataclasses import dataclass

from muvae.objectives import PAPER_OBJECTIVES
from muvae.replication.measured import Measured
from muvae.replication.paper import TABLE_1
from muvae.types import Measurement


@dataclass(frozen=True)
class AccuracyGap:
    """A run's accuracies beside the paper's, all in percent.

    `train` and `sampled` are those of sampled codes of training and test images, `train` of one
    draw after the last epoch; `means` is that of the test images' posterior means.
    """

    dataset: str
    run: str
    paper: float
    train: float
    sampled: Measurement
    means: float

    @property
    def noise_costs(self) -> float:
        """What sampling from the posterior, in place of its mean, takes away, in points."""
        return self.means - self.sampled.value


def accuracy_gaps(measured: Measured) -> list[AccuracyGap]:
    """One for each figure of Table 1, in its order; MissingError: a run is not there."""
    return [
        AccuracyGap(
            dataset=dataset,
            run=run,
            paper=TABLE_1[dataset][run],
            train=100 * measured.run(dataset, run).history[-1].train.accuracy_sampled,
            sampled=measured.metric(dataset, run, "test_accuracy_sampled").times(100),
            means=100 * measured.metric(dataset, run, "test_accuracy_mean").value,
        )
        for dataset in TABLE_1
        for run in PAPER_OBJECTIVES
    ]
