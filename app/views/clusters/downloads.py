"""What Clusters shows: the maps, all codes, and the points that are selected."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from app.export.captions import About, color_of, label_of, number
from app.export.codes import SCALE, code_downloads, codes_arrays, codes_table, reconstructions
from app.export.files import Download, Snapshot
from app.export.sheets import Part, SheetCell, strip
from app.export.tables import Column
from muvae import Split
from muvae.analysis.latent import nearest


def map_downloads(
    about: About, test: Split, method: str, maps: Mapping[str, Tensor]
) -> list[Download | Snapshot]:
    """The maps as the browser shows them; all codes, with the maps [N,2] of those runs."""
    whole = range(len(test))
    mapped = About(
        about.page, about.dataset, [run for run in about.runs if run.name in maps], about.settings
    )

    def table() -> dict[str, Column]:
        places = np.concatenate([maps[run.name].numpy() for run in mapped.runs])
        columns = codes_table(mapped, test, whole)
        return {**columns, f"{method}_x": places[:, 0], f"{method}_y": places[:, 1]}

    def arrays() -> dict[str, NDArray[Any]]:
        found = codes_arrays(mapped, test, whole)
        del found["images"]  # test.npz has them
        return found | {f"{name}_{method}": places.numpy() for name, places in maps.items()}

    if not mapped.runs:
        return []
    return [
        mapped.snapshot("The maps as they are shown", "maps", "maps"),
        mapped.table("All codes and their places", "codes", table),
        mapped.arrays("All codes and their places", "codes", arrays),
    ]


def selection_downloads(
    about: About,
    test: Split,
    indices: Sequence[int],
    *,
    shown: Sequence[int],
    focus: int,
    neighbours: int,
) -> list[Download]:
    """The selected points: pictures of those that are `shown`, codes of all, focus's neighbours."""
    return [
        about.picture(
            "The selected images",
            "selected",
            lambda: reconstructions(about, test, shown),
            f"{len(indices)} selected" + f", the first {len(shown)}" * (len(shown) < len(indices)),
        ),
        about.picture(
            f"The neighbours of test image {focus}",
            f"neighbours-{focus}",
            lambda: _neighbours(about, test, focus, neighbours),
            "Euclidean distance between posterior means; in red, neighbours of another class",
        ),
        *code_downloads(about, test, indices, what="selected", told="the selected images"),
    ]


def _neighbours(about: About, test: Split, focus: int, count: int) -> list[SheetCell]:
    """A test image, and those nearest to it in each run's code space."""
    label = int(test.labels[focus])
    own = strip(
        test.images[focus].numpy(),
        scale=SCALE,
        captions=[f"#{focus}\n{about.dataset.classes[label]}"],
    )
    parts = [Part(own, "Test image")]
    for run in about.runs:
        distances, found = nearest(run.codes.mean, run.codes.mean[focus], count + 1)
        kept = [
            (int(index), float(distance))
            for index, distance in zip(found, distances, strict=True)
            if int(index) != focus
        ][:count]
        indices = [index for index, _ in kept]
        row = strip(
            test.images[indices].squeeze(1).numpy(),
            scale=SCALE,
            captions=[f"#{index}\n{number(distance)}" for index, distance in kept],
            wrong=[at for at, index in enumerate(indices) if int(test.labels[index]) != label],
        )
        parts.append(Part(row, label_of(run), color_of(run)))
    return [SheetCell(parts)]
