"""Runs that are hidden in the legend of Training's curves: a click on a run hides it, or shows it.

The curves are plotly's, whose legend tells nobody but the page: a component without a look of its
own listens to it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypedDict

import streamlit as st

from app.state import values
from app.state.choice import Runs
from app.state.context import Context
from app.ui import live_state
from app.ui.live_view import live_component

_legend = live_component("legend", "views/training/hidden_runs")


@dataclass(frozen=True, kw_only=True)
class HiddenRuns(Runs):
    """Some of the chosen runs; none at first."""

    def default(self, context: Context) -> tuple[str, ...]:
        """None."""
        del context
        return ()

    def fit(self, value: tuple[str, ...], context: Context) -> tuple[str, ...]:
        """Those that are chosen, in their order."""
        return tuple(name for name in context.chosen if name in value)


HIDDEN_RUNS = HiddenRuns(name="hidden-runs")


class HiddenState(live_state.Numbered):
    """The names of the runs that are hidden, as Python knows them."""

    value: list[str]


class Payload(TypedDict):
    """What the listener needs: the chart's key, the runs in it, and which of them are hidden."""

    chart: str
    names: list[str]
    hidden: HiddenState


def follow_legend(
    names: Sequence[str],
    *,
    key: str,
    chart: str,
    hidden: Sequence[str],
    on_hide: Callable[[list[str]], None],
) -> None:
    """Listen to the legend of the chart with the key `chart`, of the runs `names`.

    `on_hide` hears which of them people hide; of these, `hidden` are so now.
    """

    def read(value: object) -> list[str] | None:
        if not isinstance(value, list) or not all(it in names for it in value):
            return None
        return [name for name in names if name in value]

    def hear() -> None:
        live_state.hear(f"{key}-hidden", st.session_state[key].get("hidden"), read, on_hide)

    data: Payload = {
        "chart": chart,
        "names": list(names),
        "hidden": live_state.describe(f"{key}-hidden", list(hidden)),
    }
    _legend(key=key, data=data, on_hidden_change=hear)


def set_hidden_runs(hidden: Sequence[str]) -> None:
    """Keep which of the chosen runs are hidden; others stay as they were."""
    chosen, before = values.context().chosen, values.stored(HIDDEN_RUNS) or ()
    values.put(HIDDEN_RUNS, (*hidden, *(name for name in before if name not in chosen)))
