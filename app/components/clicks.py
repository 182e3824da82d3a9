"""Clicks on the points of a plotly chart."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

_clicks = st.components.v2.component(
    "muvae_clicks",
    html="<span hidden></span>",
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
)


def hear_clicks(chart: str, size: int, on_click: Callable[[int], None]) -> None:
    """Call `on_click` with the customdata, from 0 to size - 1, of a point of the chart by key."""
    key = f"{chart}-clicks"

    def hear() -> None:
        point = st.session_state[key].get("point")
        if isinstance(point, int) and not isinstance(point, bool) and 0 <= point < size:
            on_click(point)

    _clicks(key=key, data={"chart": chart}, on_point_change=hear, height=1)
