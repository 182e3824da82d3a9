"""Pages in states worth seeing: as links that load them anew, and opened within the session."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import NoReturn
from urllib.parse import urlencode

import streamlit as st

from app.pages import page_file
from app.state import url
from app.state.sidebar import run_label
from app.ui.markdown import plain
from app.ui.objective_cards.card import View
from muvae import Run
from muvae.analysis.metrics import kl_per_dimension
from muvae.datasets.spec import DatasetSpec

Widgets = Mapping[str, str | int | bool]
PRIOR: dict[str, str | int | bool] = {"source": "prior N(0, σ²I)"}
ORIGIN: dict[str, str | int | bool] = {"range": "the paper's", "from": "the origin"}


@dataclass(frozen=True)
class State:
    """A page (its folder under views/) and what it shows.

    `widgets` are values by key, texts being options as they are shown; `live` is what its live
    views keep in the address.
    """

    page: str
    widgets: Widgets = field(default_factory=dict)
    live: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Its address, seen from any other page; Reconstruct is the app's first page."""
        return "./" if self.page == "reconstruct" else self.page

    @property
    def title(self) -> str:
        """The page's title."""
        return self.page.replace("_", " ").capitalize()


def _own_sigmas(runs: Sequence[Run]) -> State:
    """The paper's σ for each run."""
    own = {f"sigma-{run.name}": f"{run.objective.sample_std:.1f}" for run in runs}
    return State("sample", PRIOR | {"one-sigma": False}, own)


def _weakest_strip(runs: Sequence[Run]) -> State:
    """The first run's dimension with the least KL."""
    codes = runs[0].codes
    weakest = int(kl_per_dimension(codes.mean.numpy(), codes.log_var.numpy()).argmin())
    return State("traverse", ORIGIN, {"strip": f"z{weakest}"})


STATES: Mapping[View, Callable[[Sequence[Run]], State]] = {
    "reconstructions": lambda _: State("reconstruct", {"choose": "at random"}),
    "samples": _own_sigmas,
    "samples at one σ": lambda _: State("sample", PRIOR | {"one-sigma": True}, {"sigma": "1.0"}),
    "traversals": lambda _: State("traverse", ORIGIN),
    "weakest traversal": _weakest_strip,
    "maps": lambda _: State("clusters", {"map": "t-SNE", "color": "class"}),
    "maps by norm": lambda _: State("clusters", {"map": "t-SNE", "color": "code norm"}),
    "distributions": lambda _: State(
        "distributions", {"codes": "sampled", "arrangement": "rows", "x-range": "shared"}
    ),
    "KL per dimension": lambda _: State("distributions", {"kl-axis": "log"}),
    "curves": lambda _: State("training", {"split": "test", "axes": "log"}),
    "toy planes": lambda _: State("toy_plane", {"plane": "codes"}),
}


def query(state: State, dataset: DatasetSpec, runs: Sequence[Run]) -> dict[str, str | list[str]]:
    """The address's parameters that open a state with some runs of a dataset."""
    labels = [run_label(run.name, run.objective.name) for run in runs]
    return {"dataset": plain(dataset.title), "runs": labels, **_texts(state), **state.live}


def link(state: State, dataset: DatasetSpec, runs: Sequence[Run]) -> str:
    """HTML of a link that opens a state with some runs, in the same tab.

    It loads the page anew, so that nothing of the session is in it. It is relative, so that it
    holds under any server.baseUrlPath.
    """
    target = f"{state.path}?{urlencode(query(state, dataset, runs), doseq=True)}"
    labels = ", ".join(run_label(run.name, run.objective.name) for run in runs)
    return f'<a href="{escape(target)}" target="_self">{escape(f"{state.title}: {labels}")}</a>'


def choose_runs(dataset: DatasetSpec, runs: Sequence[Run]) -> None:
    """Choose a dataset and runs of it; only before the sidebar is drawn."""
    st.session_state["dataset"] = dataset.name
    st.session_state["runs"] = [run.name for run in runs]


def visit(state: State, here: str) -> NoReturn:
    """Open a state within the session; only before the widgets of its page, if it is that `here`.

    Widgets that are there only in this state have to have their usual values in it: Streamlit
    writes no others into the address, unless they come with another page.
    """
    st.session_state.update(state.widgets)
    url.ask(state.live)
    query_params = {} if state.title == here else _texts(state)
    st.switch_page(page_file(state.page), query_params=query_params)


def _texts(state: State) -> dict[str, str]:
    """Its widgets' values as addresses write them."""
    return {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in state.widgets.items()
    }
