"""Histories: every value back bit for bit, and one sentence for each faulty line."""

import dataclasses
from pathlib import Path

import pytest
from helpers import make_record

from muvae import CheckpointError
from muvae.runs.history import format_history, parse_history, read_history

RECORDS = tuple(make_record(epoch) for epoch in (1, 2, 3))
TEXT = format_history(RECORDS)


def test_a_history_comes_back_exactly(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text(TEXT)
    back = read_history(path, 3)
    assert back == RECORDS
    assert isinstance(back[0].test.active_units, int)


def test_there_is_a_row_an_epoch_and_a_column_a_value() -> None:
    header, *rows = TEXT.splitlines()
    assert header.startswith("epoch,seconds,images_per_second,train_reconstruction,")
    assert len(rows) == 3
    fields = dataclasses.fields(RECORDS[0].train)
    assert len(set(header.split(","))) == 3 + 2 * len(fields)
    assert [row.split(",")[0] for row in rows] == ["1", "2", "3"]


def test_a_history_may_be_empty() -> None:
    assert parse_history(format_history(()), "x") == ()


def edit(line: int, column: int, value: str) -> str:
    lines = TEXT.splitlines()
    cells = lines[line].split(",")
    cells[column] = value
    lines[line] = ",".join(cells)
    return "\n".join(lines) + "\n"


SPOILT_HISTORIES = {
    "empty": ("", "does not have the columns"),
    "other header": (edit(0, 3, "loss"), "does not have the columns"),
    "no header": (TEXT.split("\n", 1)[1], "does not have the columns"),
    "word": (edit(2, 4, "low"), "line 3 is not all numbers"),
    "nothing": (edit(3, 4, ""), "line 4 is not all numbers"),
    "cell too few": (TEXT.rstrip().rpartition(",")[0], "line 4 is not all numbers"),
    "cell too many": (TEXT.rstrip() + ",1\n", "line 4 is not all numbers"),
    "NaN": (edit(1, 5, "nan"), "line 2 is not epoch 1, all finite"),
    "infinity": (edit(1, 5, "-inf"), "line 2 is not epoch 1, all finite"),
    "epoch twice": (edit(2, 0, "1"), "line 3 is not epoch 2"),
    "half epoch": (edit(1, 0, "0.5"), "line 2 is not epoch 1"),
    "first epoch lost": (TEXT.replace(TEXT.splitlines()[1] + "\n", ""), "line 2 is not epoch 1"),
    "endless cell": (edit(1, 3, "1" * 200_000), "is not valid CSV"),
    "bare return": (TEXT.replace("\n", "\r", 1), "is not valid CSV"),
}


@pytest.mark.parametrize("kind", SPOILT_HISTORIES)
def test_a_spoilt_history_is_named(kind: str) -> None:
    text, message = SPOILT_HISTORIES[kind]
    assert text != TEXT
    with pytest.raises(CheckpointError, match=message) as caught:
        parse_history(text, "runs/mnist/vae/history.csv")
    assert str(caught.value).startswith("runs/mnist/vae/history.csv")


def test_a_history_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    with pytest.raises(CheckpointError, match=r"cannot be read \(No such file") as caught:
        read_history(path, 3)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_history(path, 3)
    assert str(path) in str(caught.value)
