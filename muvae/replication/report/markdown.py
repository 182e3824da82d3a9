"""Markdown tables, line by line."""

from collections.abc import Iterable, Mapping, Sequence

from muvae.types import Measurement


def cell(values: Mapping[str, Measurement], key: str, form: str, times: float = 1) -> str:
    """A metric, so many times, or that it was not measured."""
    return f"{values[key].times(times):{form}}" if key in values else "not measured"


def listed(values: Iterable[object]) -> str:
    """Values in order, separated by commas."""
    return ", ".join(map(str, sorted(values, key=str)))


def safe(text: str) -> str:
    """Text whose bars do not end a table's cell."""
    return text.replace("|", "\\|")


def header(words: Sequence[str], numbers: Sequence[str]) -> list[str]:
    """A table's first lines: columns of words, then columns of numbers."""
    return [row(words, numbers), "|" + " --- |" * len(words) + " ---: |" * len(numbers)]


def row(words: Sequence[str], numbers: Sequence[str]) -> str:
    """One line of a table."""
    return f"| {' | '.join([*words, *numbers])} |"
