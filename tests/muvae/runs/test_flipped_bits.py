"""A single bit that has flipped in a file of a run or of its test set."""

import dataclasses
import json
import random
from pathlib import Path

import pytest
import torch
from helpers import make_run, make_split

from muvae import DATASETS, CheckpointError, load_run
from muvae.datasets.test_split import read_test_split, write_dataset
from muvae.runs.discovery import read_record
from muvae.runs.folder import codes_of, load_networks
from muvae.runs.replay import Replay
from muvae.runs.writing import write_run
from muvae.types import Posterior

FLIPS = 40


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset and a run with all the files that one can have but parts."""
    root = tmp_path_factory.mktemp("flips")
    run = make_run()
    codes = Posterior(run.codes.mean, run.codes.log_var)
    write_dataset(root / "mnist", DATASETS["mnist"], make_split(len(run.codes)))
    replay = Replay.of_epoch(1, codes, None)
    write_run(root / "mnist" / "vae", dataclasses.replace(run, replay=replay))
    return root / "mnist" / "vae"


def flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def places(size: int, count: int, seed: int) -> list[int]:
    """Bits spread over a file, its first and last among them."""
    rng = random.Random(seed)
    bits = 8 * size
    return [0, bits - 1, *(rng.randrange(bits) for _ in range(count - 2))]


@pytest.mark.parametrize("number", range(FLIPS))
def test_each_of_forty_flipped_bits_is_found_and_its_file_named(written: Path, number: int) -> None:
    """Spread over all files that run.json tells of, in turn."""
    names = sorted(json.loads((written / "run.json").read_text())["files"])
    assert names == sorted(file.name for file in written.iterdir() if file.name != "run.json")
    path = written / names[number % len(names)]
    content = path.read_bytes()
    turn, turns = number // len(names), -(-FLIPS // len(names))
    path.write_bytes(flipped(content, places(len(content), turns, seed=number % len(names))[turn]))
    try:
        with pytest.raises(CheckpointError) as caught:
            load_run(written)
        assert str(caught.value).startswith(f"{path} is not the file that run.json")
        readers = {
            "history.csv": (read_record,),
            "codes.safetensors": (codes_of,),
            "replay.safetensors": (),
        }
        for read in readers.get(path.name, (load_networks,)):
            with pytest.raises(CheckpointError, match=r"is not the file that run\.json"):
                read(written)
    finally:
        path.write_bytes(content)


@pytest.mark.parametrize("number", range(FLIPS))
def test_a_flipped_bit_of_the_test_set_is_found_or_says_nothing(written: Path, number: int) -> None:
    """The archive has sums of its contents, and dates and the like of no account beside them."""
    path = written.parent / "test.npz"
    before, content = read_test_split(written.parent), path.read_bytes()
    path.write_bytes(flipped(content, places(len(content), FLIPS, seed=0)[number]))
    try:
        after, told = read_test_split(written.parent), ""
    except CheckpointError as error:
        after, told = before, str(error)
    finally:
        path.write_bytes(content)
    assert not told or told.startswith(str(path))
    assert torch.equal(after.images, before.images)
    assert torch.equal(after.labels, before.labels)
