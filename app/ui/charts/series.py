"""What tells runs apart in figures that lay them over one another, and their one legend."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.ui.colors import run_color
from muvae import OBJECTIVES

MUTED = "#808495"  # reads on a light page and on a dark one
LEGEND_LINE = 24  # pixels


@dataclass(frozen=True)
class Series:
    """How a run is drawn: its name, which its legend entry goes by, its label, its colour.

    `repeat` counts the runs of the same objective before it, such as those of other seeds.
    """

    name: str
    label: str
    color: str
    repeat: int = 0


def series(runs: Iterable[tuple[str, str, str]]) -> list[Series]:
    """A series for each (name, objective, label): the objective's colour, paler for each repeat."""
    seen: Counter[str] = Counter()
    result = []
    for name, objective, label in runs:
        repeat = seen[objective]
        seen[objective] += 1
        color = run_color(list(OBJECTIVES).index(objective))
        result.append(Series(name, label, _paler(color, repeat), repeat))
    return result


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


def _paler(color: str, repeat: int) -> str:
    # Towards a grey of middle brightness it stays apart from a light page and from a dark one.
    share = 1 - 0.6**repeat
    parts = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    mixed = (round((1 - share) * part + share * 190) for part in parts)
    return "#" + "".join(f"{part:02x}" for part in mixed)
