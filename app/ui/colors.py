"""Colours of classes and runs, the same on every page as in the figures of docs/."""

from app.data import store
from muvae import OBJECTIVES
from muvae.colors import CLASS_COLORS, ERROR_COLORS, RUN_COLORS, class_colors, run_color, run_mark

__all__ = [
    "CLASS_COLORS",
    "ERROR_COLORS",
    "RUN_COLORS",
    "class_colors",
    "run_color",
    "run_mark",
    "run_number",
]


def run_number(dataset: str, name: str) -> int:
    """The number that a run's colour and mark go by, whichever runs it is compared with.

    A run that goes by its objective's name has that one's place in the registry, on all datasets;
    after them come the dataset's other runs, by name.
    """
    known = list(OBJECTIVES)
    if name in known:
        return known.index(name)
    names = {entry.name for entry in store.run_entries(dataset)} | {name}
    return len(known) + sorted(names.difference(known)).index(name)
