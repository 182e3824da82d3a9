"""Grids of images that stay sharp at any size and that can be picked."""

import base64
from collections.abc import Sequence
from pathlib import Path

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
    pickable: bool = False,
    picked: int | None = None,
) -> int | None:
    """Draw grey images uint8 [N,S,S] as a grid; return the one picked in this rerun, if any.

    `columns` fixes their number (`narrow_columns` where the page is at most 640 px wide) and makes
    `width` (pixels) a tile's largest; 0 fills the row with tiles at least so wide. `alts` names each image to screen readers; `wrong` are those whose
    caption says something false.
    """
    result = _tiles(
        key=key,
        data={
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
            "pickable": pickable,
            "picked": picked,
        },
        on_pick_change=lambda: None,
    )
    pick = result.pick
    valid = isinstance(pick, int) and not isinstance(pick, bool) and 0 <= pick < len(images)
    return pick if pickable and valid else None
