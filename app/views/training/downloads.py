"""What Training shows: curves, and what was measured in the end."""

import dataclasses
from collections.abc import Sequence

from app.export.captions import About, metrics
from app.export.files import Download, Snapshot
from app.views.training.charts import SplitName
from muvae import Run


def training_downloads(about: About, splits: Sequence[SplitName]) -> list[Download | Snapshot]:
    """The curves as a picture and as numbers, all of them; what was measured in the end."""
    return [
        about.snapshot("The curves", "curves", "chart:curves"),
        about.rows("The curves", "curves", lambda: history_rows(about.runs, splits)),
        metrics(about),
    ]


def history_rows(runs: Sequence[Run], splits: Sequence[SplitName]) -> list[dict[str, object]]:
    """What was measured after every epoch on these splits."""
    return [
        {
            "run": run.name,
            "split": split,
            "epoch": record.epoch,
            **dataclasses.asdict(getattr(record, split)),
            "seconds": record.seconds,
            "images_per_second": record.images_per_second,
        }
        for run in runs
        for split in splits
        for record in run.history
    ]
