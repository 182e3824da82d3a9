"""Where the figures get their numbers: run folders and test images, each read once."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from muvae import Run, Split, load_run
from muvae.datasets.test_split import read_test_split
from muvae.errors import CheckpointError
from muvae.objectives import PAPER_OBJECTIVES
from muvae.runs.leftovers import run_path
from muvae.training.presets import toy_configs, toy_folder


class Sources:
    """The folder of finished runs; what is missing there is an error that says how to make it."""

    def __init__(self, checkpoints: Path) -> None:
        self.checkpoints = checkpoints
        self._run = cache(load_run)
        self._test = cache(read_test_split)

    def test(self, dataset: str) -> Split:
        """A dataset's test images."""
        return self._test(self.checkpoints / dataset)

    def paper_runs(self, dataset: str) -> list[Run]:
        """The four runs of the paper, in its order."""
        names = list(PAPER_OBJECTIVES)
        return self._runs(dataset, dataset, names, "--objective {missing}")

    def toy_runs(self, dataset: str) -> list[Run]:
        """The nine runs of Figure 1, row by row."""
        names = [config.name for config in toy_configs(dataset, epochs=1, precision="float32")]
        return self._runs(dataset, toy_folder(dataset), names, "--toy")

    def _runs(self, dataset: str, folder: str, names: Sequence[str], flags: str) -> list[Run]:
        missing = []
        for name in names:
            try:
                run_path(self.checkpoints / folder / name)
            except CheckpointError:
                missing.append(name)
        if missing:
            flags = flags.format(missing=" ".join(missing))
            raise CheckpointError(
                f"{self.checkpoints / folder} has no run {', '.join(missing)}; "
                f"make with: python scripts/train.py --dataset {dataset} {flags}"
            )
        images = len(self.test(dataset))
        runs = [self._run(self.checkpoints / folder / name) for name in names]
        for run in runs:
            if len(run.codes) != images:
                raise CheckpointError(
                    f"{self.checkpoints / folder / run.name / 'codes.safetensors'} is of "
                    f"{len(run.codes)} images and {self.checkpoints / dataset / 'test.npz'} of "
                    f"{images}; train that run anew: scripts/train.py --overwrite"
                )
        return runs
