"""A parameter that each run has a value of its own of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from app.state.context import Context, known_runs
from app.state.parameters import Parameter, Texts

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class ByRun(Parameter[dict[str, T]]):
    """A value for each run that has one, in addresses under the name with the run's, as sigma-vae.

    Runs without one have a default that the page knows.
    """

    read_one: Callable[[str], T | None]
    write_one: Callable[[T], str]

    def default(self, context: Context) -> dict[str, T]:
        """None has one."""
        del context
        return {}

    def read(self, text: str, context: Context) -> dict[str, T] | None:
        """Not from one text."""
        raise NotImplementedError(f"{self.name} stands under the runs' names")

    def write(self, value: dict[str, T], context: Context) -> str:
        """Not as one text."""
        raise NotImplementedError(f"{self.name} stands under the runs' names")

    def fit(self, value: dict[str, T], context: Context) -> dict[str, T]:
        """What was kept, for the chosen runs and others."""
        del context
        return value

    def owns(self, name: str) -> bool:
        """Whether a name is this one's, with a known run's."""
        return name.startswith(self.name) and self._run(name) in known_runs()

    def take(self, asked: Texts, context: Context) -> tuple[dict[str, T] | None, list[str]]:
        """Each run's by itself."""
        del context
        found, refused = {}, []
        for name, texts in asked.items():
            value = self.read_one(texts[-1])
            if value is None:
                refused += [f"{name}={text}" for text in texts]
            else:
                found[self._run(name)] = value
                refused += [f"{name}={text}" for text in texts[:-1]]
        return found, refused

    def give(self, value: dict[str, T], context: Context) -> dict[str, list[str]]:
        """Those of the chosen runs."""
        chosen = [run for run in context.chosen if run in value]
        return {self.name + run: [self.write_one(value[run])] for run in chosen}

    def _run(self, name: str) -> str:
        return name.removeprefix(self.name)
