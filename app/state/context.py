"""What parameters depend on: the datasets and runs that are served, and which are chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from app.data import store
from muvae import MuvaeError, RunEntry, Split
from muvae.datasets.spec import DatasetSpec


@dataclass(frozen=True)
class Context:
    """A dataset (its folder's name, "" where there is none) and the names of the chosen runs."""

    dataset: str = ""
    chosen: Sequence[str] = ()

    @cached_property
    def datasets(self) -> dict[str, DatasetSpec]:
        """The datasets that are served, by name."""
        return store.datasets()

    @cached_property
    def spec(self) -> DatasetSpec | None:
        """The dataset's description."""
        return self.datasets.get(self.dataset)

    @property
    def classes(self) -> Sequence[str]:
        """The names of its classes."""
        return self.spec.classes if self.spec else ()

    @cached_property
    def entries(self) -> dict[str, RunEntry]:
        """Its sound runs, by name."""
        try:
            found = store.run_entries(self.dataset) if self.spec else []
        except MuvaeError:  # of which the sidebar says what is wrong
            return {}
        return {entry.name: entry for entry in found if entry.config}

    @cached_property
    def test(self) -> Split | None:
        """Its test images; None where these cannot be read."""
        try:
            return store.test_split(self.dataset) if self.spec else None
        except MuvaeError:
            return None

    @property
    def size(self) -> int:
        """How many test images it has."""
        return len(self.test) if self.test else 0

    @property
    def dimensions(self) -> int:
        """The most dimensions that a chosen run's codes have; 0 without runs."""
        configs = [self.entries[name].config for name in self.chosen if name in self.entries]
        return max((config.latent.dim for config in configs if config), default=0)


def known_runs() -> set[str]:
    """The names of all runs of all datasets."""
    found = set()
    for dataset in store.datasets():
        try:
            found |= {entry.name for entry in store.run_entries(dataset)}
        except MuvaeError:
            continue
    return found
