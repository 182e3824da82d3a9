"""Maps of all runs' codes as linked canvases: pointed at and selected in one, marked in all."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeGuard

import streamlit as st

from app.components.live import live_component

_maps = live_component("maps")


def maps(
    runs: Sequence[Mapping[str, Any]],
    *,
    key: str,
    images: Mapping[str, str],
    size: int,
    method: str,
    title: str,
    values: tuple[str, str] | None,
    thumbnails: bool,
    classes: Sequence[str],
    colors: Sequence[str],
    selected: Sequence[int],
    on_select: Callable[[list[int]], None],
) -> None:
    """Draw a map of each run, as described by app.live; `on_select` hears of a selection.

    `method` names the map among a run's parts, `title` it for people; `images` describes the
    dataset's `size` test images, of `classes` drawn in `colors`. `values` colours points by what
    they measure, "errors" or "norms", under a title. `thumbnails` draws images where there is room.
    """
    # Selections are numbered, so that the browser tells the answer to its last one from older ones.
    turn = f"{key}-turn"

    def hear() -> None:
        sent = parse_selection(st.session_state[key].get("selected"), size)
        if sent is not None:
            indices, st.session_state[turn] = sent
            on_select(indices)

    _maps(
        key=key,
        data={
            "runs": list(runs),
            "images": images,
            "method": method,
            "title": title,
            "values": values and {"kind": values[0], "title": values[1]},
            "thumbnails": thumbnails,
            "classes": list(classes),
            "colors": list(colors),
            "selected": list(selected),
            "turn": st.session_state.get(turn, 0),
        },
        on_selected_change=hear,
    )


def parse_selection(sent: object, size: int) -> tuple[list[int], int] | None:
    """What the browser says is selected of `size` images, and its number; None if that cannot be.

    The images' numbers, each at most once, in the order of their selection.
    """
    if not isinstance(sent, Mapping):
        return None
    indices, turn = sent.get("indices"), sent.get("turn")
    if not isinstance(indices, list) or len(indices) > size or not _is_whole(turn):
        return None
    if not all(_is_whole(index) and index < size for index in indices):
        return None
    return (indices, turn) if len(set(indices)) == len(indices) else None


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
