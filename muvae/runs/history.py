"""Training histories as CSV, one row an epoch; every value is checked on the way back."""

import csv
import dataclasses
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from muvae.errors import CheckpointError
from muvae.runs import files
from muvae.types import EpochRecord, SplitMetrics

_EPOCH_COLUMNS = ("epoch", "seconds", "images_per_second")
_METRIC_NAMES = tuple(field.name for field in dataclasses.fields(SplitMetrics))


def format_history(history: Sequence[EpochRecord]) -> str:
    """A training history as CSV text: train_ and test_ columns beside the epoch's own."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _history_columns(), lineterminator="\n")
    writer.writeheader()
    for record in history:
        row: dict[str, float] = {name: getattr(record, name) for name in _EPOCH_COLUMNS}
        for split in ("train", "test"):
            metrics = dataclasses.asdict(getattr(record, split))
            row |= {f"{split}_{name}": value for name, value in metrics.items()}
        writer.writerow(row)
    return text.getvalue()


def read_history(path: Path, sha256: str | None = None) -> tuple[EpochRecord, ...]:
    """Read a training history; CheckpointError names the file and its faulty line."""
    return parse_history(files.read_text(path, sha256), str(path))


def parse_history(text: str, source: str) -> tuple[EpochRecord, ...]:
    """Records of CSV text; `source` names it in errors."""
    rows = csv.DictReader(io.StringIO(text))
    try:
        columns, lines = tuple(rows.fieldnames or ()), list(rows)
    except csv.Error as error:
        raise CheckpointError(f"{source} is not valid CSV ({error})") from error
    if columns != _history_columns():
        raise CheckpointError(f"{source} does not have the columns of a training history")
    records = []
    for number, row in enumerate(lines, start=1):
        try:
            values = {name: float(value) for name, value in row.items()}
        except (TypeError, ValueError):
            raise CheckpointError(f"{source}: line {number + 1} is not all numbers") from None
        if not all(map(math.isfinite, values.values())) or values["epoch"] != number:
            raise CheckpointError(f"{source}: line {number + 1} is not epoch {number}, all finite")
        records.append(
            EpochRecord(
                epoch=number,
                seconds=values["seconds"],
                images_per_second=values["images_per_second"],
                train=_split_metrics(values, "train"),
                test=_split_metrics(values, "test"),
            )
        )
    return tuple(records)


def _history_columns() -> tuple[str, ...]:
    return _EPOCH_COLUMNS + tuple(
        f"{split}_{name}" for split in ("train", "test") for name in _METRIC_NAMES
    )


def _split_metrics(values: Mapping[str, float], split: str) -> SplitMetrics:
    # All are numbers but this count; the type of ** is one for all.
    own = {name: values[f"{split}_{name}"] for name in _METRIC_NAMES}
    return SplitMetrics(**{**own, "active_units": int(own["active_units"])})  # type: ignore[arg-type]
