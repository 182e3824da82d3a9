"""Sums of codes, a − b + c, decoded in the browser in every run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.components.live import live_component

_component = live_component("arithmetic")


@dataclass(frozen=True)
class Terms:
    """A run's a, b, c, codes [D]; the distance within which 99 % of its codes have another."""

    codes: tuple[Sequence[float], Sequence[float], Sequence[float]]
    spacing: float


def arithmetic(
    runs: Sequence[dict[str, Any]],
    *,
    key: str,
    images: Mapping[str, str],
    terms: Mapping[str, Terms],
    names: tuple[str, str, str],
    clip: bool,
    note: str,
    classes: Sequence[str],
) -> None:
    """Draw a − b + c as an equation of images, one a run, with a slider for how much of c − b.

    `runs` and `images` are as app/live.py describes them, `terms` by run name; `names` are those
    of a, b and c. `clip` scales results back to the run's bound. `note` stands below.
    """
    _component(
        key=key,
        data={
            "runs": [
                run
                | {
                    "terms": [list(code) for code in terms[run["name"]].codes],
                    "spacing": terms[run["name"]].spacing,
                }
                for run in runs
            ],
            "images": dict(images),
            "names": list(names),
            "clip": clip,
            "note": note,
            "classes": list(classes),
        },
    )
