"""Training histories as CSV, one row an epoch; every value is checked on the way back."""

import csv
import dataclasses
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from muvae.errors import CheckpointError
from muvae.runs import files
from muvae.types import EpochRecord, SplitMetrics

MOST_ROW = 512  # bytes; a row of numbers written in full has 420
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


def read_history(path: Path, epochs: int, sha256: str | None = None) -> tuple[EpochRecord, ...]:
    """Read a training history of at most so many epochs.

    CheckpointError names the file and its faulty line.
    """
    text = files.read_text(path, sha256, most=MOST_ROW * (epochs + 1))
    return parse_history(text, str(path), epochs)


def parse_history(text: str, source: str, epochs: int | None = None) -> tuple[EpochRecord, ...]:
    """Records of CSV text, of at most so many epochs; `source` names it in errors."""
    try:
        return tuple(_records(text, source, epochs))
    except csv.Error as error:
        raise CheckpointError(f"{source} is not valid CSV ({error})") from error


def _records(text: str, source: str, epochs: int | None) -> Iterator[EpochRecord]:
    rows = csv.DictReader(io.StringIO(text))
    if tuple(rows.fieldnames or ()) != _history_columns():
        raise CheckpointError(f"{source} does not have the columns of a training history")
    for number, row in enumerate(rows, start=1):
        if epochs is not None and number > epochs:
            raise CheckpointError(f"{source} has more epochs than the {epochs} of run.json")
        try:
            values = {name: float(value) for name, value in row.items()}
        except (TypeError, ValueError):
            raise CheckpointError(f"{source}: line {number + 1} is not all numbers") from None
        if not all(map(math.isfinite, values.values())) or values["epoch"] != number:
            raise CheckpointError(f"{source}: line {number + 1} is not epoch {number}, all finite")
        yield EpochRecord(
            epoch=number,
            seconds=values["seconds"],
            images_per_second=values["images_per_second"],
            train=_split_metrics(values, "train"),
            test=_split_metrics(values, "test"),
        )


def _history_columns() -> tuple[str, ...]:
    return _EPOCH_COLUMNS + tuple(
        f"{split}_{name}" for split in ("train", "test") for name in _METRIC_NAMES
    )


def _split_metrics(values: Mapping[str, float], split: str) -> SplitMetrics:
    # All are numbers but this count; the type of ** is one for all.
    own = {name: values[f"{split}_{name}"] for name in _METRIC_NAMES}
    return SplitMetrics(**{**own, "active_units": int(own["active_units"])})  # type: ignore[arg-type]
