"""A disk without room: one sentence, nothing that was there is lost, and nothing lies about after.

Room is lacking in two ways: files may not grow past so many bytes, which anybody can have the
system see to; and a disk that is really full, which only root can mount.
"""

import contextlib
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from helpers import SHIPPED, make_run, make_split, python

from muvae import load_run
from muvae.datasets.builtin import DATASETS
from muvae.datasets.test_split import write_dataset
from muvae.runs.writing import write_run


@dataclass(frozen=True)
class Result:
    """What came of a script: its exit status, and what it wrote."""

    status: int
    output: str
    errors: str


Script = Callable[..., Result]
MEND = "; make room there, then give the same command again\n"
TRAIN = "--objective vae --latent-dim 2 --precision float32 --limit 20 --epochs 2 --threads 1"
RUN, STATE = "checkpoints/mnist/vae-z2-limit20", "runs/mnist/vae-z2-limit20/state.safetensors"


@pytest.fixture(scope="module")
def process() -> "Iterator[subprocess.Popen[str]]":
    with python("script_process.py", OPENBLAS_NUM_THREADS="1", COLUMNS="200") as started:
        yield started


@pytest.fixture
def script(tmp_path: Path, process: "subprocess.Popen[str]") -> Script:
    """Runs a script in `folder`, where files may have so many bytes at most."""

    def call(name: str, flags: str, most: int | None = None, folder: Path = tmp_path) -> Result:
        assert process.stdin is not None
        assert process.stdout is not None
        asked = {"name": name, "flags": flags.split(), "most": most, "folder": str(folder)}
        process.stdin.write(json.dumps(asked) + "\n")
        process.stdin.flush()
        return Result(**json.loads(process.stdout.readline()))

    return call


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a folder by name, hidden ones too."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def said(result: Result, name: str, file: str) -> None:
    """The script has failed with one sentence, which names the file and the mend."""
    assert result.status == 1, result.output + result.errors
    assert result.errors.startswith(f"{name}.py: {file} could not be written")
    assert result.errors.endswith(MEND)
    assert result.errors.count("\n") == 1


def make_runs(folder: Path) -> None:
    """Two runs of MNIST, without maps."""
    for seed, name in enumerate(("vae", "beta-vae")):
        write_run(folder / "mnist" / name, make_run(seed, images=20, name=name, objective=name))
    write_dataset(folder / "mnist", DATASETS["mnist"], make_split(20))


def test_training_without_room_loses_no_epoch(script: Script, tmp_path: Path) -> None:
    assert script("train", TRAIN.replace("epochs 2", "epochs 1")).status == 0
    # The state of the second epoch has no room.
    one_epoch = contents(tmp_path)
    said(script("train", TRAIN, 1_000_000), "train", STATE)
    assert contents(tmp_path) == one_epoch
    assert script("train", TRAIN).status == 0
    # The state is whole, but the run's folder has none.
    weights = load_run(tmp_path / RUN).vae.state_dict()
    shutil.rmtree(tmp_path / RUN)
    state = tmp_path / STATE
    state.with_name("finished.safetensors").rename(state)
    before = contents(tmp_path)
    said(script("train", TRAIN, 1_000_000), "train", RUN)
    assert contents(tmp_path) == before
    assert script("train", TRAIN).status == 0
    for name, value in load_run(tmp_path / RUN).vae.state_dict().items():
        assert torch.equal(value, weights[name]), name


@pytest.mark.parametrize(
    ("name", "flags", "most", "file"),
    [
        ("embed", "--overwrite", 600, "checkpoints/mnist/vae"),  # its files are replaced together
        ("measure", "--run vae", 600, "checkpoints/mnist/vae/run.json"),
    ],
)
def test_what_cannot_be_added_to_a_run_leaves_it_as_it_was(
    script: Script, tmp_path: Path, name: str, flags: str, most: int, file: str
) -> None:
    make_runs(tmp_path / "checkpoints")
    before = contents(tmp_path)
    said(script(name, flags, most), name, file)
    assert contents(tmp_path) == before
    assert script(name, flags).status == 0
    assert contents(tmp_path) != before


def test_figures_and_report_stay_as_they_were(
    script: Script, served_checkpoints: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "figure-02.svg").write_text("old")
    result = script("figures", f"--only 2 --checkpoints {served_checkpoints} --out out", 600)
    assert result.status == 1
    assert "not made: figure-02: out/figure-02." in result.errors
    assert result.errors.endswith(MEND)
    assert result.errors.count("\n") == 1
    assert contents(out) == {"figure-02.svg": b"old"}
    (tmp_path / "report.md").write_text("old")
    flags = f"--checkpoints {SHIPPED} --out report.md"
    said(script("report", flags, 600), "report", "report.md")
    assert (tmp_path / "report.md").read_text() == "old"
    assert script("report", flags).status == 0


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A disk of its own in a folder; where this may not be mounted, the test is left out."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)]
    with contextlib.suppress(OSError):
        if subprocess.run(mount, capture_output=True, check=False).returncode == 0:
            try:
                yield
            finally:
                subprocess.run(["umount", str(folder)], check=True)
            return
    pytest.skip("no disk may be mounted here; the tests above limit files instead")


def test_a_disk_that_is_really_full(script: Script, tmp_path: Path) -> None:
    """There is room for one run of 5 MB, but not for another beside it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk, "8m"):
        make_runs(tmp_path / "elsewhere")
        shutil.copytree(tmp_path / "elsewhere" / "mnist" / "vae", disk / RUN)
        before = contents(disk)
        flags = TRAIN.replace("limit 20", f"limit 20 --overwrite --runs {tmp_path / 'runs'}")
        result = script("train", flags, folder=disk)
        said(result, "train", RUN)
        assert "No space left on device" in result.errors
        now = contents(disk)
        assert now.keys() - before.keys() == {
            "checkpoints/mnist/test.npz",
            "checkpoints/mnist/dataset.json",
        }
        assert {name: now[name] for name in before} == before
        assert load_run(disk / RUN).name == "vae-z2-limit20"
