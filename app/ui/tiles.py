"""Grids of images that stay sharp at any size and that can be picked."""

import base64
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypedDict

import numpy as np
import streamlit as st
from numpy.typing import NDArray

_FOLDER = Path(__file__).parent
_tiles = st.components.v2.component(
    "muvae_tiles",
    html='<div class="tiles" role="group"></div>',
    css=(_FOLDER / "tiles.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "tiles.js").read_text(encoding="utf-8"),
)


class Payload(TypedDict):
    """What the grid draws; `pixels` is uint8 [count, size, size] in base 64."""

    pixels: str
    size: int
    count: int
    label: str
    alts: list[str]
    captions: list[str]
    wrong: list[int]
    columns: int
    narrowColumns: int
    width: int
    pickable: bool
    picked: int | None


def tiles(
    images: NDArray[np.uint8],
    *,
    key: str,
    label: str,
    alts: Sequence[str],
    captions: Sequence[str] = (),
    wrong: Sequence[int] = (),
    columns: int = 0,
    narrow_columns: int | None = None,
    width: int = 48,
    on_pick: Callable[[int], None] | None = None,
    picked: int | None = None,
) -> None:
    """Draw grey images uint8 [N,S,S] as a grid; `on_pick` hears of a click before the rerun.

    `columns` fixes their number (`narrow_columns` where the page is at most 640 px wide) and makes
    `width` (pixels) a tile's largest; 0 fills the row with tiles at least so wide. `alts` names
    each image to screen readers; `wrong` are those whose caption says something false.
    """

    def hear() -> None:
        # From the browser: whatever is not the number of a tile is nobody's click.
        pick = st.session_state[key].get("pick")
        is_tile = isinstance(pick, int) and not isinstance(pick, bool) and 0 <= pick < len(images)
        if on_pick and is_tile:
            on_pick(pick)

    data: Payload = {
        "pixels": base64.b64encode(np.ascontiguousarray(images).tobytes()).decode(),
        "size": images.shape[1],
        "count": len(images),
        "label": label,
        "alts": list(alts),
        "captions": list(captions),
        "wrong": list(wrong),
        "columns": columns,
        "narrowColumns": narrow_columns or columns,
        "width": width,
        "pickable": on_pick is not None,
        "picked": picked,
    }
    _tiles(key=key, data=data, on_pick_change=hear)
