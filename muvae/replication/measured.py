"""What runs measured, by dataset and name, looked up with names for what is missing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from muvae.datasets.builtin import DATASETS
from muvae.runs.discovery import RunRecord, read_record, read_records
from muvae.training.presets import seeds_folder, toy_folder
from muvae.types import Measurement

TOY_DATASET = "mnist"  # that Figure 1 is of


class MissingError(Exception):
    """A run or a metric that a verdict needs is not there."""


@dataclass(frozen=True)
class Measured:
    """The records of all runs: by dataset and name, those of other seeds alike; toys by name.

    `problems` says of each run that could not be read what is wrong with it.
    """

    runs: Mapping[str, Mapping[str, RunRecord]]
    seeds: Mapping[str, Mapping[str, RunRecord]]
    toys: Mapping[str, RunRecord]
    problems: tuple[str, ...] = ()

    def run(self, dataset: str, run: str) -> RunRecord:
        """A run's record; MissingError names the run."""
        if run not in self.runs.get(dataset, {}):
            raise MissingError(f"there is no run {run} of {dataset}")
        return self.runs[dataset][run]

    def metric(self, dataset: str, run: str, key: str) -> Measurement:
        """A run's metric; MissingError names the run, or what measures it over many draws."""
        return _value(self.run(dataset, run), key)

    def toy(self, run: str, key: str) -> Measurement:
        """A toy run's metric; MissingError as for `metric`."""
        if run not in self.toys:
            raise MissingError(f"there is no toy run {run}")
        return _value(self.toys[run], key)


def read_measured(
    checkpoints: Path,
    own: Sequence[str] = (),
    read: Callable[[Path], RunRecord] = read_record,
) -> Measured:
    """All that the run folders under checkpoints/ hold of it; of datasets of one's own, `own`'s.

    `read` reads the record of one folder, or has kept it.
    """
    problems: list[str] = []

    def records(folder: str) -> dict[str, RunRecord]:
        found, wrong = read_records(checkpoints / folder, read)
        problems.extend(wrong)
        return found

    return Measured(
        runs={name: records(name) for name in (*DATASETS, *own)},
        seeds={name: records(seeds_folder(name)) for name in (*DATASETS, *own)},
        toys=records(toy_folder(TOY_DATASET)),
        problems=tuple(problems),
    )


def _value(record: RunRecord, key: str) -> Measurement:
    if key not in record.metrics:
        raise MissingError(
            f"{record.name} has no {key}; measure it: python scripts/measure.py "
            f"--dataset {record.config.dataset}"
        )
    measured = record.metrics[key]
    if measured.draws == 1:
        raise MissingError(
            f"{record.name} has {key} of one draw only; measure it over many: "
            f"python scripts/measure.py --dataset {record.config.dataset}"
        )
    return measured
