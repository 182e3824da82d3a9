"""A process that has torch loaded and forks others to be killed: one for each line that it reads.

A line is a kind of work, a folder and a number of seconds, after which the child is killed (none:
never). The child's exit status is printed, -9 where it was killed.
"""

import importlib
import itertools
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from helpers import REPOSITORY, import_what_training_needs, make_config, make_run, make_split

from muvae.analysis.embeddings import pca
from muvae.runs.writing import write_run
from muvae.training.loop import fit
from muvae.training.state import load_state, new_state
from muvae.types import Measurement

sys.path.insert(0, str(REPOSITORY / "scripts"))
embed: Any = importlib.import_module("embed")
measure: Any = importlib.import_module("measure")
EPOCHS = 6
IMAGES = 20
STATE, RUN = "state.safetensors", "vae"


def train(folder: Path) -> None:
    """Train on from where the state is."""
    config, split = make_config(epochs=EPOCHS), make_split(IMAGES)
    path = folder / STATE
    state = load_state(path, config) if path.exists() else new_state(config)
    for _ in fit(state, split, split, save_to=path):
        pass


def write(folder: Path) -> None:
    """Replace a run by another and back, for ever."""
    runs = [make_run(seed=seed, images=IMAGES) for seed in (0, 1)]
    for run in itertools.cycle(runs):
        write_run(folder / RUN, run)


def map_all(folder: Path) -> None:
    """What scripts/embed.py does, with maps that are quickly made."""
    embed.METHODS = {"tsne": plane, "umap": plane}
    call(embed.main, folder, "--overwrite")


def map_for_ever(folder: Path) -> None:
    """The same again and again."""
    while True:
        map_all(folder)


def measure_all(folder: Path) -> None:
    """What scripts/measure.py does, with metrics that are quickly made."""
    measure.Reference.of = lambda folder: folder
    measure.measured = lambda path, _: {
        f"path_largest_step{number or ''}": Measurement(len(path.name)) for number in range(200)
    }
    call(measure.main, folder, "--overwrite")


def measure_for_ever(folder: Path) -> None:
    """The same again and again."""
    while True:
        measure_all(folder)


def plane(means: Any, seed: int) -> Any:
    """A map that takes no time."""
    del seed
    return pca(means)


def call(main: Callable[[], None], folder: Path, *flags: str) -> None:
    """Call a script's main on checkpoints, its output thrown away."""
    sys.argv = ["script", "--dataset", "mnist", "--checkpoints", str(folder), *flags]
    main()


WORK = {
    each.__name__: each
    for each in (train, write, map_all, map_for_ever, measure_all, measure_for_ever)
}


def main() -> None:
    """Fork, kill, tell."""
    import_what_training_needs()
    torch.set_num_threads(1)
    for line in sys.stdin:
        kind, folder, seconds = line.rstrip("\n").split("\t")
        child = os.fork()
        if not child:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            WORK[kind](Path(folder))
            os._exit(0)
        if seconds:
            time.sleep(float(seconds))
            os.kill(child, signal.SIGKILL)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
