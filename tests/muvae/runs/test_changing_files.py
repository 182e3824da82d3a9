"""Files that others write while they are read, and files that say more than a run can have."""

import dataclasses
import json
import os
import resource
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from helpers import make_run, python, seal

from muvae import CheckpointError, load_run
from muvae.runs import files
from muvae.runs.folder import check_files
from muvae.runs.replay import Replay
from muvae.runs.writing import write_run
from muvae.types import Posterior

READS, CHECKS = 60, 4000
MOST_MEMORY = 60  # MB that reading may take beside what the process has
GIB = 2**30

READER = """
import sys
from muvae.errors import MuvaeError
from muvae.runs.folder import check_files, load_run
print("ready", flush=True)
for number in range(int(sys.argv[2])):
    for read in (check_files, load_run) if len(sys.argv) == 3 else (check_files,):
        try:
            read(sys.argv[1])
        except MuvaeError as error:
            assert str(error).startswith(sys.argv[1]), error
print("done", flush=True)
"""


# A file emptied and written again, as often as can be: by a mapped one, a reader died within 20 s.
REWRITER = """
import os, sys
with open(sys.argv[1], "rb") as file:
    content = file.read()
while True:
    file = os.open(sys.argv[1], os.O_WRONLY | os.O_TRUNC)
    os.write(file, content)
    os.close(file)
"""


@contextmanager
def repeated(*command: str | Path) -> Iterator[None]:
    """A command without an end that another process runs meanwhile."""
    loop = subprocess.Popen(command)
    try:
        yield
        assert loop.poll() is None, "the other process has ended before"
    finally:
        loop.kill()
        loop.wait()


WRITERS = {
    "copied over itself": "cp -r {its}/. {own}/",
    "emptied and copied": "for f in {own}/*; do : > $f; done; cp {its}/* {own}/",
    "cut short in place": "truncate -s 100 {own}/*.safetensors; cp {its}/* {own}/",
}


@pytest.mark.parametrize("way", WRITERS)
def test_what_is_written_in_place_does_not_end_a_reader(
    run_folder: Path, tmp_path: Path, way: str
) -> None:
    """A mapped file that shrinks would kill it by SIGBUS, without a word."""
    own = tmp_path / "own"
    subprocess.run(["/bin/cp", "-r", run_folder, own], check=True)
    command = WRITERS[way].format(its=run_folder, own=own)
    with python("-c", READER, str(own), str(READS)) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
        with repeated("/bin/bash", "-c", f"while {command}; do :; done"):
            assert reader.stdout.readline() == "done\n", reader.wait()


def test_a_file_that_is_emptied_does_not_end_who_checks_it(run_folder: Path) -> None:
    with python("-c", READER, str(run_folder), str(CHECKS), "only") as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
        with repeated(sys.executable, "-c", REWRITER, run_folder / "model.safetensors"):
            assert reader.stdout.readline() == "done\n", reader.wait()


@pytest.mark.parametrize("read", [load_run, check_files])
def test_each_file_is_opened_once(
    run_folder: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[Path], object]
) -> None:
    opened: list[str] = []
    open_once = os.open

    def counting(path: Path, flags: int) -> int:
        opened.append(path.name)
        return open_once(path, flags)

    monkeypatch.setattr(files.os, "open", counting)
    read(run_folder)
    assert sorted(opened) == sorted(file.name for file in run_folder.iterdir())


@pytest.mark.parametrize("longer", [True, False])
def test_a_file_that_changes_between_its_size_and_its_bytes_is_named(
    run_folder: Path, monkeypatch: pytest.MonkeyPatch, longer: bool
) -> None:
    """However long it has become, no more of it is read than its size was."""
    model = run_folder / "model.safetensors"
    fstat = os.fstat

    def changing(descriptor: int) -> os.stat_result:
        status = fstat(descriptor)
        if Path(f"/proc/self/fd/{descriptor}").readlink() == model:
            os.truncate(model, 100 * GIB if longer else status.st_size - 1)
        return status

    monkeypatch.setattr(files.os, "fstat", changing)
    before = peak()
    with pytest.raises(CheckpointError, match="was changed while it was read") as caught:
        load_run(run_folder)
    assert str(caught.value).startswith(str(model))
    assert peak() - before < MOST_MEMORY


def peak() -> float:
    """The most memory that the process has had so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def sparse(path: Path, name: str, shape: tuple[int, ...], dtype: str, **metadata: str) -> None:
    """A file of one tensor that is sound, and all holes."""
    size = {"F32": 4, "F16": 2}[dtype]
    for side in shape:
        size *= side
    entry = {"dtype": dtype, "shape": list(shape), "data_offsets": [0, size]}
    header = json.dumps({"__metadata__": metadata, name: entry}).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        file.truncate(8 + len(header) + size)


def large_replay(folder: Path) -> Path:
    path = folder / "replay.safetensors"
    sparse(path, "mean", (1, GIB // 4 - 100, 2), "F16", epochs="[1]")
    return path


def replay_of_more_images(folder: Path) -> Path:
    path = folder / "replay.safetensors"
    sparse(path, "mean", (1, GIB // 16, 2), "F16", epochs="[1]")
    return path


def codes_of_more_images(folder: Path) -> Path:
    path = folder / "codes.safetensors"
    sparse(path, "mean", (GIB // 32, 2), "F32")
    return path


def weights_of_other_networks(folder: Path) -> Path:
    path = folder / "model.safetensors"
    sparse(path, "mean_head.weight", (GIB // 16,), "F32")
    return path


def long_history(folder: Path) -> Path:
    path = folder / "history.csv"
    header = path.read_text().splitlines()[0]
    row = ",1" * header.count(",")
    lines = (f"{epoch}{row}\n" for epoch in range(1, 600_001))
    path.write_text(f"{header}\n{''.join(lines)}")
    return path


def history_of_blank_lines(folder: Path) -> Path:
    path = folder / "history.csv"
    path.write_text(path.read_text() + "\n" * 1_000_000)
    return path


def long_manifest(folder: Path) -> Path:
    path = folder / "run.json"
    values = json.loads(path.read_text())
    values["provenance"] = {"notes": [[]] * (2**23 - 2**10)}
    path.write_text(json.dumps(values, separators=(",", ":")))
    return path


def long_networks(folder: Path) -> Path:
    path = folder / "networks.json"
    path.write_text('{"a":[' + "{}," * 2**23 + "0]}")
    return path


OVERGROWN = {
    make.__name__: make
    for make in (
        *(large_replay, replay_of_more_images, codes_of_more_images, weights_of_other_networks),
        *(long_history, history_of_blank_lines, long_manifest, long_networks),
    )
}


@pytest.mark.parametrize("kind", OVERGROWN)
def test_sizes_are_checked_before_memory_is_taken(tmp_path: Path, kind: str) -> None:
    """What a run can have follows from its configuration, its networks and its test set."""
    run = make_run()
    codes = Posterior(run.codes.mean, run.codes.log_var)
    folder = tmp_path / "vae"
    write_run(folder, dataclasses.replace(run, replay=Replay.of_epoch(1, codes, None)))
    load_run(folder, images=len(run.codes))
    path = OVERGROWN[kind](folder)
    if path.suffix != ".safetensors":  # of those, the digest would take as long as the test
        seal(folder)
    before = peak()
    with pytest.raises(CheckpointError) as caught:
        load_run(folder, images=len(run.codes))
    assert str(caught.value).startswith(str(path))
    assert peak() - before < MOST_MEMORY
