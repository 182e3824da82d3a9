"""Pages in states worth seeing: as links, and opened within the session."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from app.pages import find_page
from app.state import url
from app.state.choice import run_label
from app.ui.markdown import plain
from app.ui.objective_cards.card import View
from muvae import Run
from muvae.analysis.metrics import kl_per_dimension
from muvae.datasets.spec import DatasetSpec

# Values of addresses (views/<page>/parameters.py), which tests/app/state/test_links.py has read.
PRIOR = {"source": "prior N(0, σ²I)"}
ORIGIN = {"range": "the paper's", "from": "the origin"}


@dataclass(frozen=True)
class State:
    """A page (its folder under views/) and values of its address; all else has its default."""

    page: str
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The page's title."""
        return find_page(self.page).title


def _own_sigmas(runs: Sequence[Run]) -> State:
    """The paper's σ for each run."""
    own = {f"sigma-{run.name}": f"{run.objective.sample_std:.1f}" for run in runs}
    return State("sample", PRIOR | {"one-sigma": "false"} | own)


def _weakest_strip(runs: Sequence[Run]) -> State:
    """The first run's dimension with the least KL."""
    codes = runs[0].codes
    weakest = int(kl_per_dimension(codes.mean.numpy(), codes.log_var.numpy()).argmin())
    return State("traverse", ORIGIN | {"strip": f"z{weakest}"})


STATES: Mapping[View, Callable[[Sequence[Run]], State]] = {
    "reconstructions": lambda _: State("reconstruct", {"choose": "at random"}),
    "samples": _own_sigmas,
    "samples at one σ": lambda _: State("sample", PRIOR | {"one-sigma": "true", "sigma": "1.0"}),
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
    """The address's values that open a state with some runs of a dataset."""
    labels = [run_label(run.name, run.objective.name) for run in runs]
    return {"dataset": plain(dataset.title), "runs": labels, **state.query}


def visit(state: State, dataset: DatasetSpec, runs: Sequence[Run]) -> NoReturn:
    """Open a state with some runs within the session; only before the sidebar is drawn."""
    url.open_page(state.page, query(state, dataset, runs))
