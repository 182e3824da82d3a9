"""What all files of a page say: what is shown, of which dataset and runs, under which settings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.export.files import Download, Kind, Snapshot, file_name
from app.export.sheets import SheetCell, sheet_png
from app.export.tables import Column, csv_bytes, csv_rows, npz_bytes
from app.state.choice import run_label
from app.ui.colors import run_color, run_number
from muvae import Measurement, Run
from muvae.datasets.spec import DatasetSpec

PROJECT = "μ-VAE latent explorer"


def label_of(run: Run) -> str:
    """A run's name for people."""
    return run_label(run.name, run.objective.name)


def color_of(run: Run) -> str:
    """Its colour, as on the page."""
    return run_color(run_number(run.config.dataset, run.name))


def number(value: float, digits: int = 2) -> str:
    """A number as the pages write it, with a true minus."""
    return f"{value:.{digits}f}".replace("-", "−")


@dataclass(frozen=True)
class About:
    """A page and what it shows; its methods make the downloads.

    `named` names the runs where that is shorter than their list; without any, it is of no dataset.
    """

    page: str
    dataset: DatasetSpec
    runs: Sequence[Run]
    settings: Sequence[str] = ()
    named: str = ""

    @property
    def title(self) -> str:
        """What stands above a picture."""
        return " · ".join((self.page, *self._dataset()))

    def caption(self, *more: str) -> str:
        """What stands below it: dataset, runs, settings, project."""
        return " · ".join((*self._dataset(), *self._told(), *self.settings, *more, PROJECT))

    def name(self, what: str, kind: Kind) -> str:
        """What a file is called."""
        dataset = self.dataset.name if self.runs else ""
        runs = [run.name for run in self.runs]
        return file_name(kind, dataset, self.page, what, runs=runs)

    def picture(
        self,
        label: str,
        what: str,
        cells: Callable[[], Sequence[SheetCell]],
        *more: str,
        columns: int = 1,
    ) -> Download:
        """A sheet of cells as PNG; `more` goes into its caption."""
        caption = self.caption(*more)
        return Download(
            label,
            self.name(what, "png"),
            "png",
            lambda: sheet_png(cells(), title=self.title, caption=caption, columns=columns),
        )

    def table(self, label: str, what: str, columns: Callable[[], Mapping[str, Column]]) -> Download:
        """Columns as CSV."""
        return Download(label, self.name(what, "csv"), "csv", lambda: csv_bytes(columns()))

    def animation(self, label: str, what: str, make: Callable[[], bytes]) -> Download:
        """A GIF."""
        return Download(label, self.name(what, "gif"), "gif", make)

    def rows(
        self, label: str, what: str, rows: Callable[[], Sequence[Mapping[str, object]]]
    ) -> Download:
        """Rows as CSV."""
        return Download(label, self.name(what, "csv"), "csv", lambda: csv_rows(rows()))

    def arrays(
        self, label: str, what: str, arrays: Callable[[], Mapping[str, NDArray[Any]]], *more: str
    ) -> Download:
        """Arrays as NPZ, the caption with them."""
        caption = self.caption(*more)
        return Download(
            label, self.name(what, "npz"), "npz", lambda: npz_bytes(arrays(), caption=caption)
        )

    def snapshot(self, label: str, what: str, source: str, *more: str) -> Snapshot:
        """A picture that the browser makes of a chart or a live view."""
        name = self.name(what, "png")
        return Snapshot(label, name, source, self.title, self.caption(*more))

    def _dataset(self) -> list[str]:
        return [self.dataset.title] if self.runs else []

    def _told(self) -> list[str]:
        """The runs' names; epochs and seed once where they are the same of all."""
        trained = [f"{run.config.epochs} epochs, seed {run.config.seed}" for run in self.runs]
        named = self.named or ", ".join(map(label_of, self.runs))
        match sorted(set(trained)):
            case []:
                return []
            case [same]:
                return [f"{named} ({same})"]
        pairs = zip(self.runs, trained, strict=True)
        return [", ".join(f"{label_of(run)} ({told})" for run, told in pairs)]


def metrics(about: About) -> Download:
    """What is measured of the runs on the test set."""
    return about.rows("Metrics of the runs", "metrics", lambda: [*map(metrics_row, about.runs)])


def metrics_row(run: Run) -> dict[str, object]:
    """A run's settings and metrics."""
    return {
        "run": run.name,
        "objective": run.objective.name,
        "dataset": run.config.dataset,
        "seed": run.config.seed,
        "epochs": run.config.epochs,
        "latent_dim": run.config.latent.dim,
        "bound": run.config.latent.bound,
        **measured_columns(run.metrics),
    }


def measured_columns(metrics: Mapping[str, Measurement]) -> dict[str, float | None]:
    """Metrics by name; where one depends on draws, its `_sd` and how many `_draws` beside it."""
    columns: dict[str, float | None] = {}
    for name, measured in metrics.items():
        columns[name] = measured.value
        if measured.draws is not None:
            columns |= {f"{name}_sd": measured.sd, f"{name}_draws": measured.draws}
    return columns


def widened(values: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Arrays [N,D] below one another; where D is smaller than the largest, NaN, which CSV omits."""
    widest = max(each.shape[1] for each in values)
    fill = [((0, 0), (0, widest - each.shape[1])) for each in values]
    padded = [
        np.pad(each, pads, constant_values=np.nan) for each, pads in zip(values, fill, strict=True)
    ]
    return np.concatenate(padded)


def numbered(name: str, values: NDArray[np.float32]) -> dict[str, Column]:
    """An array [N,D] as columns name_0 to name_(D−1)."""
    return {f"{name}_{at}": values[:, at] for at in range(values.shape[1])}
