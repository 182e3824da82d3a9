"""What tells folders from changed ones, and how often they are looked at."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.data import fingerprints
from app.data.fingerprints import (
    remembered_fingerprints,
    run_fingerprint,
    runs_fingerprint,
    tree_fingerprint,
)
from muvae.errors import CheckpointError


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "mnist" / "vae"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder.parent / "test.npz").write_bytes(b"images")
    return folder


LOOKS = {
    "run": run_fingerprint,
    "images": lambda folder: fingerprints.test_fingerprint(folder.parent),
    "runs": lambda folder: runs_fingerprint(folder.parent),
    "all": lambda folder: tree_fingerprint(folder.parent.parent),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_a_change_is_seen_but_not_in_the_middle_of_a_page(
    run_folder: Path, look: Callable[[Path], str]
) -> None:
    before = look(run_folder)
    with remembered_fingerprints():
        assert look(run_folder) == before
        (run_folder.parent / "test.npz").write_bytes(b"other images")
        assert look(run_folder) == before
    assert look(run_folder) != before


CHANGED = {
    "run": ("config.json", ["run", "runs", "all"]),
    "images": ("../test.npz", ["run", "images", "runs", "all"]),
}


def longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


def copied_with_its_time(path: Path) -> None:
    """As `cp -p` and rsync do, with other content of the same length."""
    stat = path.stat()
    path.write_bytes(path.read_bytes()[::-1])
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def put_in_its_place(path: Path) -> None:
    """By renaming another file of that time and length, made before."""
    stat = path.stat()
    other = path.parent.parent.parent / "other"
    other.write_bytes(path.read_bytes()[::-1])
    os.utime(other, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    other.replace(path)


def dated_back(path: Path) -> None:
    os.utime(path, ns=(0, 0))


WAYS = {way.__name__: way for way in (longer, copied_with_its_time, put_in_its_place, dated_back)}


@pytest.mark.parametrize("file", CHANGED)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("look", LOOKS)
def test_a_change_is_seen_whatever_times_and_sizes_it_keeps(
    run_folder: Path, file: str, way: str, look: str
) -> None:
    name, seen_by = CHANGED[file]
    before = LOOKS[look](run_folder)
    WAYS[way](run_folder / name)
    assert (LOOKS[look](run_folder) != before) == (look in seen_by)


def test_a_page_looks_at_each_folder_once(
    run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []

    def scandir(folder: Path | str) -> object:
        looks.append(str(folder))
        return scan(folder)

    scan = os.scandir
    monkeypatch.setattr(fingerprints.os, "scandir", scandir)
    other = run_folder.with_name("other")
    other.mkdir()
    with remembered_fingerprints():
        for _ in range(3):
            assert run_fingerprint(run_folder) != run_fingerprint(other)
    assert looks == [str(run_folder), str(other)]


def test_what_could_not_be_read_is_looked_at_again(run_folder: Path) -> None:
    with remembered_fingerprints():
        with pytest.raises(CheckpointError, match="gone"):
            run_fingerprint(run_folder.with_name("gone"))
        run_folder.with_name("gone").mkdir()
        assert run_fingerprint(run_folder.with_name("gone"))
