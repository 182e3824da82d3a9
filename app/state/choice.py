"""The two parameters that all pages share: the dataset, and the runs that are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.state.context import Context
from app.state.parameters import Parameter, Texts
from app.ui.markdown import plain
from muvae import OBJECTIVES
from muvae.objectives import PAPER_OBJECTIVES

MOST_RUNS = 12  # side by side: more would fill the server's memory, and be too small to see


def run_label(name: str, objective: str) -> str:
    """A run's name for people: its objective's, with its own where that says more."""
    label = OBJECTIVES[objective].label
    return label if name == objective else f"{label} ({name})"


def labels(context: Context) -> dict[str, str]:
    """The labels of a dataset's runs, by name."""
    return {
        entry.name: run_label(entry.name, entry.config.objective.name)
        for entry in context.entries.values()
        if entry.config
    }


@dataclass(frozen=True, kw_only=True)
class Dataset(Parameter[str]):
    """A dataset, in addresses by its title."""

    def default(self, context: Context) -> str:
        """The first that is served; none where there is none."""
        return next(iter(context.datasets), "")

    def read(self, text: str, context: Context) -> str | None:
        """The dataset of a title."""
        folded = text.casefold()
        titles = {name: plain(spec.title) for name, spec in context.datasets.items()}
        return next((name for name, title in titles.items() if title.casefold() == folded), None)

    def write(self, value: str, context: Context) -> str:
        """Its title."""
        return plain(context.datasets[value].title) if value in context.datasets else ""

    def fit(self, value: str, context: Context) -> str | None:
        """Itself while it is served: titles may be alike."""
        return value if value in context.datasets else None


@dataclass(frozen=True, kw_only=True)
class Runs(Parameter[tuple[str, ...]]):
    """Some runs of the dataset, in the order of their choice; in addresses by their labels.

    What was chosen is kept under every dataset: those of the names that it has are shown, so that
    a run that another dataset lacks is back on the way back.
    """

    def default(self, context: Context) -> tuple[str, ...]:
        """The paper's four models, or else the first four."""
        paper = [name for name in PAPER_OBJECTIVES if name in context.entries]
        return tuple(paper or list(context.entries)[:4])

    def read(self, text: str, context: Context) -> tuple[str, ...] | None:
        """The run of a label."""
        return self._read_all([text], context)[text]

    def write(self, value: tuple[str, ...], context: Context) -> str:
        """Not as one text."""
        raise NotImplementedError("each run has a text of its own")

    def fit(self, value: tuple[str, ...], context: Context) -> tuple[str, ...] | None:
        """Those that the dataset has; the default where it has none of some."""
        found = tuple(name for name in value if name in context.entries)[:MOST_RUNS]
        return None if value and not found else found

    def take(self, asked: Texts, context: Context) -> tuple[tuple[str, ...] | None, list[str]]:
        """Each that is there, once, the first twelve; none where nothing is asked for ("runs=")."""
        texts = asked[self.name]
        if texts == [""]:
            return (), []
        read = self._read_all(texts, context)
        refused = [f"{self.name}={text}" for text in texts if not read[text]]
        return self._found(read)[:MOST_RUNS] or None, refused

    def note(self, asked: Texts, context: Context) -> str | None:
        """That there are more than can be shown."""
        count = len(self._found(self._read_all(asked[self.name], context)))
        if count <= MOST_RUNS:
            return None
        most = f"the first {MOST_RUNS}, the most there can be, are shown"
        return f"The link asks for {count} runs; {most}."

    def _read_all(
        self, texts: Sequence[str], context: Context
    ) -> dict[str, tuple[str, ...] | None]:
        known: dict[str, tuple[str, ...]] = {}
        for name, label in labels(context).items():
            known.setdefault(label, (name,))
        return {text: known.get(text) for text in texts}

    def _found(self, read: Mapping[str, tuple[str, ...] | None]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(run for runs in read.values() if runs for run in runs))

    def give(self, value: tuple[str, ...], context: Context) -> dict[str, list[str]]:
        """Their labels; an empty text where none is chosen."""
        if tuple(value) == tuple(self.default(context)):
            return {}
        known = labels(context)
        return {self.name: [known[name] for name in value if name in known] or [""]}

    def changed(
        self, before: tuple[str, ...], now: tuple[str, ...], context: Context
    ) -> tuple[str, ...]:
        """What is kept once runs `now` are chosen: with those of `before` that cannot be seen."""
        unseen = [name for name in before if name not in context.entries]
        return (*now, *unseen) if now else ()


DATASET = Dataset(name="dataset")
RUNS = Runs(name="runs")
COMMON = (DATASET, RUNS)
