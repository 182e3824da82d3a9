"""Killed a hundred times at random moments: nothing is lost, and all goes on to the same end."""

import dataclasses
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from helpers import make_config, make_run, make_split, python
from victims import EPOCHS, IMAGES, RUN, STATE

from muvae import Run, load_run
from muvae.datasets.builtin import DATASETS
from muvae.datasets.test_split import write_dataset
from muvae.runs.folder import write_run
from muvae.runs.leftovers import recover
from muvae.runs.manifest import read_manifest
from muvae.training.state import load_state

NAMES = ("vae", "beta-vae")
Work = Callable[..., int]


@pytest.fixture(scope="module")
def process() -> "Iterator[subprocess.Popen[str]]":
    with python("victims.py") as started:
        yield started


@pytest.fixture
def work(process: "subprocess.Popen[str]") -> Work:
    """Has a child do a kind of work on a folder, killed after some seconds; its exit status."""

    def do(kind: str, folder: Path, seconds: float | None = None) -> int:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{kind}\t{folder}\t{'' if seconds is None else seconds}\n")
        process.stdin.flush()
        return int(process.stdout.readline())

    return do


@pytest.fixture
def chance() -> random.Random:
    """Another seed at each call, which is told where a test fails."""
    seed = random.SystemRandom().randrange(2**32)
    sys.stdout.write(f"seed {seed}\n")
    return random.Random(seed)


@pytest.fixture
def checkpoints(tmp_path: Path) -> Path:
    """Two runs of MNIST, of few images."""
    for seed, name in enumerate(NAMES):
        run = make_run(seed=seed, images=IMAGES, name=name, objective=name)
        bare = dataclasses.replace(run.codes, tsne=None, umap=None)
        write_run(tmp_path / "mnist" / name, dataclasses.replace(run, codes=bare))
    write_dataset(tmp_path / "mnist", DATASETS["mnist"], make_split(IMAGES))
    return tmp_path


@pytest.fixture
def kills(pytestconfig: pytest.Config) -> int:
    """How often each of the four writers is killed: 20 times in all, 100 with --long."""
    return 25 if pytestconfig.getoption("--long") else 5


def test_training_loses_no_epoch_and_ends_as_if_never_killed(
    tmp_path: Path, work: Work, chance: random.Random, kills: int
) -> None:
    config = make_config(epochs=EPOCHS)
    assert work("train", tmp_path / "straight") == 0
    straight = load_state(tmp_path / "straight" / STATE, config)
    killed, rounds, longest = 0, 0, 0.2
    while killed < kills:
        folder, saved, status = tmp_path / f"round-{rounds}", 0, -signal.SIGKILL
        while status == -signal.SIGKILL and killed < kills:
            status = work("train", folder, chance.uniform(0, longest))
            killed += status == -signal.SIGKILL
            exists = (folder / STATE).exists()
            now = len(load_state(folder / STATE, config).history) if exists else 0
            assert now >= saved
            # On a slow machine none would get through an epoch, on a fast one none be killed.
            longest *= 1.3 if now == saved else 0.9
            saved = now
        assert work("train", folder) == 0
        survivor = load_state(folder / STATE, config)
        assert [(r.epoch, r.train, r.test) for r in survivor.history] == [
            (r.epoch, r.train, r.test) for r in straight.history
        ]
        for part in ("vae", "classifier"):
            expected = getattr(straight, part).state_dict()
            for name, value in getattr(survivor, part).state_dict().items():
                assert torch.equal(value, expected[name]), name
        shutil.rmtree(folder)
        rounds += 1


def is_whole(run: Run, other: Run) -> bool:
    """Whether a run is another to its last part, so no mixture of two."""
    return (
        run.metrics == other.metrics
        and run.history == other.history
        and all(
            torch.equal(value, getattr(other, part).state_dict()[name])
            for part in ("vae", "classifier")
            for name, value in getattr(run, part).state_dict().items()
        )
        and all(torch.equal(value, getattr(other.codes, name)) for name, value in codes_of(run))
    )


def codes_of(run: Run) -> list[tuple[str, torch.Tensor]]:
    return [(name, value) for name, value in vars(run.codes).items() if value is not None]


def test_a_run_folder_is_one_of_two_runs_and_never_part_of_both(
    tmp_path: Path, work: Work, chance: random.Random, kills: int
) -> None:
    folder = tmp_path / "mnist"
    runs = [make_run(seed=seed, images=IMAGES) for seed in (0, 1)]
    write_run(folder / RUN, runs[0])
    seen: set[int] = set()
    killed, longest = 0, 0.5
    while killed < kills or seen != {0, 1}:
        assert killed < 20 * kills, "no writer has got as far as to put its run in place"
        assert work("write", tmp_path / "mnist", chance.uniform(0, longest)) == -signal.SIGKILL
        killed += 1
        if chance.random() < 0.5:  # a reader may come first, or the next writer
            recover(folder)
        (found,) = (at for at, run in enumerate(runs) if is_whole(load_run(folder / RUN), run))
        longest *= 1.3 if seen == {found} else 0.9  # a slow machine needs longer to write
        seen.add(found)
    recover(folder)
    assert (folder / RUN).is_dir()
    assert not (folder / f".{RUN}.old").exists()


@pytest.mark.parametrize(
    ("forever", "once"), [("map_for_ever", "map_all"), ("measure_for_ever", "measure_all")]
)
def test_what_is_added_to_runs_is_there_or_not_and_the_runs_stay(
    checkpoints: Path,
    tmp_path: Path,
    work: Work,
    chance: random.Random,
    kills: int,
    forever: str,
    once: str,
) -> None:
    before = {name: load_run(checkpoints / "mnist" / name) for name in NAMES}
    straight = tmp_path / "straight"
    shutil.copytree(checkpoints / "mnist", straight / "mnist")
    assert work(once, straight) == 0
    done = {name: load_run(straight / "mnist" / name) for name in NAMES}
    for _ in range(kills):
        assert work(forever, checkpoints, chance.uniform(0, 0.4)) == -signal.SIGKILL
        for name in NAMES:
            found = load_run(checkpoints / "mnist" / name)
            assert is_whole(found, before[name]) or is_whole(found, done[name])
    assert work(once, checkpoints) == 0
    for name in NAMES:
        assert is_whole(load_run(checkpoints / "mnist" / name), done[name])
        assert (
            read_manifest(checkpoints / "mnist" / name / "run.json").metrics == done[name].metrics
        )
    assert (done["vae"].codes.tsne is not None) == (once == "map_all")
    assert ("path_largest_step" in done["vae"].metrics) == (once == "measure_all")
