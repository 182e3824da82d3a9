"""What tells runs apart in figures that lay them over one another, and their one legend."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from muvae.colors import run_color, run_mark

MUTED = "#808495"  # reads on a light page and on a dark one
LEGEND_LINE = 24  # pixels
SYMBOLS = (
    "circle", "square-open", "diamond-open", "x-thin-open", "triangle-up-open", "cross-open",
    "star-open", "hexagon-open", "triangle-down-open", "pentagon-open", "hourglass-open",
    "bowtie-open", "asterisk-open", "hash-open", "y-up-open", "triangle-left-open",
    "triangle-right-open", "star-square-open", "star-triangle-up-open", "star-diamond-open",
)  # fmt: skip
PATTERNS = ("", ".", "x", "-", "|", "+", "\\")  # dead dimensions have "/"


@dataclass(frozen=True)
class Series:
    """How a run is drawn: its name, which its legend entry goes by, its label, its colour.

    `mark` tells it from runs whose colour is near (muvae.colors.run_mark); 0 is none.
    """

    name: str
    label: str
    color: str
    mark: int = 0

    @property
    def dash(self) -> str:
        """The dash of a line with that mark, as plotly writes it: another for each mark."""
        return "9px,3px" + (self.mark - 1) * ",2px,3px" if self.mark else "solid"

    @property
    def symbol(self) -> str:
        """The symbol of a point with that mark."""
        return SYMBOLS[self.mark % len(SYMBOLS)]

    @property
    def pattern(self) -> str:
        """The pattern that a bar with that mark is filled with."""
        return PATTERNS[self.mark % len(PATTERNS)]


def series(name: str, label: str, number: int) -> Series:
    """The series of the run of that number (app.ui.colors.run_number)."""
    return Series(name, label, run_color(number), run_mark(number))


def legend_above(
    labels: Sequence[str], *, gap: int, plot_height: int, narrow: bool
) -> tuple[dict[str, Any], int]:
    """A legend above a plot of that height, and the top margin that it takes, in pixels.

    `gap` is kept between the two. The lines are counted as plotly will break them, about.
    """
    lines, used = 1, 0.0
    room = 330 if narrow else 1000
    for label in labels:
        width = 55 + 7.5 * len(label)
        if used and used + width > room:
            lines, used = lines + 1, 0.0
        used += width
    legend = {
        "orientation": "h", "x": 0, "xanchor": "left",
        "y": 1 + gap / plot_height, "yanchor": "bottom",
    }  # fmt: skip
    return legend, gap + LEGEND_LINE * lines + 8
