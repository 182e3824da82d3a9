"""Where the app shows what an objective's `observations` speak of: a page, and its state."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from app.selection import run_label
from muvae import Run
from muvae.data import DatasetSpec
from muvae.metrics import kl_per_dimension
from muvae.objectives.objective import View

PRIOR = {"source": "prior N(0, σ²I)"}
ORIGIN = {"range": "the paper's", "from": "the origin"}


@dataclass(frozen=True)
class Place:
    """A page (its file under views/ without .py, its title), and the widgets' values for runs.

    Values are those of the address: what the widgets show, under their keys.
    """

    page: str
    title: str
    settings: Callable[[Sequence[Run]], dict[str, str]]

    @property
    def path(self) -> str:
        """Its address, seen from any other page; Reconstruct is the app's first page."""
        return "./" if self.page == "reconstruct" else self.page


def _own_sigmas(runs: Sequence[Run]) -> dict[str, str]:
    """The paper's σ for each run."""
    own = {f"sigma-{run.name}": f"{run.objective.sample_std:.1f}" for run in runs}
    return PRIOR | {"one-sigma": "false"} | own


def _weakest_strip(runs: Sequence[Run]) -> dict[str, str]:
    """The first run's dimension with the least KL."""
    codes = runs[0].codes
    weakest = int(kl_per_dimension(codes.mean.numpy(), codes.log_var.numpy()).argmin())
    return ORIGIN | {"strip": f"z{weakest}"}


PLACES: Mapping[View, Place] = {
    "reconstructions": Place("reconstruct", "Reconstruct", lambda _: {"choose": "at random"}),
    "samples": Place("sample", "Sample", _own_sigmas),
    "samples at one σ": Place(
        "sample", "Sample", lambda _: PRIOR | {"one-sigma": "true", "sigma": "1.0"}
    ),
    "traversals": Place("traverse", "Traverse", lambda _: ORIGIN),
    "weakest traversal": Place("traverse", "Traverse", _weakest_strip),
    "maps": Place("clusters", "Clusters", lambda _: {"map": "t-SNE", "color": "class"}),
    "maps by norm": Place("clusters", "Clusters", lambda _: {"map": "t-SNE", "color": "code norm"}),
    "distributions": Place(
        "distributions",
        "Distributions",
        lambda _: {"codes": "sampled", "arrangement": "rows", "x-range": "shared"},
    ),
    "KL per dimension": Place("distributions", "Distributions", lambda _: {"kl-axis": "log"}),
    "curves": Place("training", "Training", lambda _: {"split": "test", "axes": "log"}),
    "toy planes": Place("toy_plane", "Toy plane", lambda _: {"plane": "codes"}),
}


def query(view: View, dataset: DatasetSpec, runs: Sequence[Run]) -> dict[str, str | list[str]]:
    """The address's parameters that open a view of some runs of a dataset."""
    labels = [run_label(run.name, run.objective.name) for run in runs]
    return {"dataset": dataset.title, "runs": labels, **PLACES[view].settings(runs)}


def link(view: View, dataset: DatasetSpec, runs: Sequence[Run]) -> str:
    """HTML of a link that opens a view of some runs, in the same tab.

    It loads the page anew: st.page_link stays in the session, in which a widget's last value wins
    over the one in the address. It is relative, so that it holds under any server.baseUrlPath.
    """
    place = PLACES[view]
    address = f"{place.path}?{urlencode(query(view, dataset, runs), doseq=True)}"
    labels = ", ".join(run_label(run.name, run.objective.name) for run in runs)
    return f'<a href="{escape(address)}" target="_self">{escape(f"{place.title}: {labels}")}</a>'
