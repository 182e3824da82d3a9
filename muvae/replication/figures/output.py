"""A figure and the numbers behind it, and how both are written: the same bytes at each call."""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from muvae import Run
from muvae.runs.files import atomic_path, write_text

Row = Mapping[str, str | int | float]
WIDTH = 7.4  # inches: the text of a page
DPI = 160  # of images of the decoders, whose pixels are the file's own
STYLE: Any = {  # its keys are checked by matplotlib itself
    "font.family": "DejaVu Sans",  # comes with matplotlib, so that all machines have it
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "figure.titlesize": 10,
    "axes.linewidth": 0.6,
    "axes.edgecolor": "#555555",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": "#333333",
    "ytick.color": "#333333",
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "svg.hashsalt": "muvae",
}


@dataclass(frozen=True)
class Result:
    """A figure or table: its numbers as rows of one shape, its drawing, and that one's format.

    `grey` and `palette` are PNGs of grey levels and of 256 colours.
    """

    rows: Sequence[Row]
    figure: Figure | None = None
    form: Literal["svg", "grey", "palette"] = "svg"


@contextmanager
def style() -> Iterator[None]:
    """Draw in this project's style, whatever the user's own matplotlibrc says."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        yield


def write(result: Result, folder: Path, name: str) -> list[Path]:
    """Write <name>.csv and the drawing beside it; returns the files."""
    written = [folder / f"{name}.csv"]
    write_text(written[0], csv_text(result.rows))
    if result.figure is not None:
        suffix = "svg" if result.form == "svg" else "png"
        written.append(folder / f"{name}.{suffix}")
        with atomic_path(written[-1]) as temporary:
            if result.form == "svg":
                result.figure.savefig(temporary, format="svg", metadata={"Date": None})
            else:
                picture = _picture(result.figure, grey=result.form == "grey")
                picture.save(temporary, format="PNG", optimize=True)
    return written


def csv_text(rows: Sequence[Row]) -> str:
    """Rows as CSV; numbers that are not whole to 4 significant digits."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _cell(value) for key, value in row.items()})
    return text.getvalue()


def _cell(value: str | int | float) -> str:
    if isinstance(value, float):
        # Adding 0 makes -0.0 a plain 0: that sign is noise of the arithmetic.
        return f"{value + 0.0:.4g}"
    return str(value)


def _picture(figure: Figure, *, grey: bool) -> Image.Image:
    canvas: Any = FigureCanvasAgg(figure)  # its methods have no types
    canvas.draw()
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    if grey:
        return image.convert("L")
    return image.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)


def title(figure: Figure, text: str, note: str = "") -> None:
    """The figure's title at the top left, and in smaller grey type what else the caption says."""
    inches = figure.get_figheight()
    figure.text(0.012, 1 - 0.08 / inches, text, size=10, weight="bold", va="top")
    if note:
        figure.text(0.012, 1 - 0.27 / inches, note, size=8, color="#555555", va="top")


def bound_text(run: Run) -> str:
    """The bound of a run's means in words, in units of √D as in Eq. 5."""
    if run.config.latent.bound is None:
        return "means not clipped"
    dim = run.config.latent.dim
    return f"‖μ‖ ≤ {run.config.latent.bound / math.sqrt(dim):.3g}√{dim}"
