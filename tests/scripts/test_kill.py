"""Training that is killed, at any stage of an epoch and of its saving, ends as if it never was."""

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from helpers import make_config, python

from muvae.training.state import load_state

EPOCHS = 6
# For each line that it reads, a process that has all modules loaded forks one that trains: a path,
# and the stage of saving its second epoch in which that process is to kill itself.
PROGRAM = """
import os, signal, sys
from pathlib import Path
import safetensors.torch
import torch
from helpers import import_what_training_needs, make_config, make_split
from muvae.training.state import load_state, new_state
from muvae.training.loop import fit

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def half_written(tensors, path, metadata):
    save(tensors, path, metadata)
    os.truncate(path, os.path.getsize(path) // 2)
    die()

def renamed(source, target):
    replace(source, target)
    die()

def train(path, stage):
    config, split = make_config(epochs=EPOCHS), make_split(20)
    state = load_state(path, config) if path.exists() else new_state(config)
    print(os.getpid(), flush=True)
    for record in fit(state, split, split, save_to=path):
        if stage == "half written":
            safetensors.torch.save_file = half_written
        elif stage == "before the rename":
            Path.replace = die
        elif stage == "after the rename":
            Path.replace = renamed

import_what_training_needs()
torch.set_num_threads(1)
EPOCHS = int(sys.argv[1])
save, replace = safetensors.torch.save_file, Path.replace
for line in sys.stdin:
    path, stage = line.rstrip("\\n").split("\\t")
    child = os.fork()
    if not child:
        train(Path(path), stage)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture
def trainer() -> "Iterator[subprocess.Popen[str]]":
    with python("-c", PROGRAM, str(EPOCHS)) as started:
        yield started


def test_killed_at_any_moment_it_goes_on_to_the_same_end(
    tmp_path: Path, trainer: "subprocess.Popen[str]"
) -> None:
    path, straight_path = (tmp_path / name / "state.safetensors" for name in ("runs", "straight"))
    config = make_config(epochs=EPOCHS)

    def start(stage: str = "", path: Path = path) -> int:
        assert trainer.stdin is not None
        trainer.stdin.write(f"{path}\t{stage}\n")
        trainer.stdin.flush()
        return answer()

    def answer() -> int:
        assert trainer.stdout is not None
        return int(trainer.stdout.readline())

    def epochs_saved() -> int:
        """Whole epochs on disk: the file is whole at any time."""
        return len(load_state(path, config).history) if path.exists() else 0

    for stage, expected in (
        ("half written", 1),  # the second epoch is lost with its file
        ("before the rename", 2),  # the third, though all of its file is there
        ("after the rename", 4),  # the fourth is there, though the process never said so
    ):
        start(stage)
        assert answer() == -signal.SIGKILL
        assert epochs_saved() == expected

    # Then from outside, anywhere in an epoch or in its saving.
    trained = start()
    time.sleep(random.Random().uniform(0, 0.4))
    with contextlib.suppress(ProcessLookupError):  # a fast machine may be through by then
        os.kill(trained, signal.SIGKILL)
    assert answer() in (-signal.SIGKILL, 0)
    assert epochs_saved() >= 4
    start()
    assert answer() == 0

    # In the same kind of process: what other tests import into this one may change last digits.
    start(path=straight_path)
    assert answer() == 0
    straight, resumed = load_state(straight_path, config), load_state(path, config)
    assert [(r.epoch, r.train, r.test) for r in resumed.history] == [
        (r.epoch, r.train, r.test) for r in straight.history
    ]
    assert len(straight.history) == EPOCHS
    for part in ("vae", "classifier"):
        expected_weights = getattr(straight, part).state_dict()
        for name, value in getattr(resumed, part).state_dict().items():
            assert torch.equal(value, expected_weights[name]), name
