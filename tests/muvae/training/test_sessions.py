"""A run tells what trained which of its epochs, also one that an older version began."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import safetensors
import safetensors.torch
import torch
from helpers import make_config, make_run

from muvae import CheckpointError, Split, load_run
from muvae.runs.writing import write_run
from muvae.training.finish import finish
from muvae.training.loop import fit
from muvae.training.sessions import Session, changes, parse_sessions, session_here
from muvae.training.state import continued_state, load_state, new_state

CONFIG = make_config(epochs=3)
NOTHING_KNOWN: dict[str, Any] = dict.fromkeys(("torch", "threads", "device", "precision"))


def test_each_time_that_training_goes_on_is_a_session(
    split: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.safetensors"
    monkeypatch.setattr(torch, "get_num_threads", lambda: 5)
    epochs = fit(new_state(CONFIG), split, split, save_to=path)
    next(epochs), next(epochs)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    state = load_state(path, CONFIG)
    list(fit(state, split, split, save_to=path))
    write_run(tmp_path / "vae", finish(state, split, {}))
    run = load_run(tmp_path / "vae")
    first, second = run.provenance["sessions"]
    assert (first["first_epoch"], first["last_epoch"], first["threads"]) == (1, 2, 5)
    assert (second["first_epoch"], second["last_epoch"], second["threads"]) == (3, 3, 1)
    for each in (first, second):
        assert each.keys() == {"first_epoch", "last_epoch"} | NOTHING_KNOWN.keys()
        assert (each["torch"], each["precision"]) == (torch.__version__, "float32")
        assert each["device"].startswith("CPU (")
    # A run that is taken up from its folder brings them along.
    longer = continued_state(run, make_config(epochs=4))
    list(fit(longer, split, split))
    after = finish(longer, split, {}).provenance["sessions"]
    assert after[:2] == [first, second]
    assert [(each["first_epoch"], each["last_epoch"]) for each in after[2:]] == [(4, 4)]


def test_of_what_an_older_version_trained_nothing_is_known(split: Split, tmp_path: Path) -> None:
    path, new = tmp_path / "state.safetensors", tmp_path / "new.safetensors"
    epochs = fit(new_state(CONFIG), split, split, save_to=new)
    next(epochs)
    with safetensors.safe_open(new, "pt") as file:
        metadata = dict(file.metadata())
    assert json.loads(metadata.pop("sessions"))[0]["last_epoch"] == 1
    safetensors.torch.save_file(safetensors.torch.load_file(new), path, metadata)

    state = load_state(path, CONFIG)
    list(fit(state, split, split))
    old, here = finish(state, split, {}).provenance["sessions"]
    assert old == {"first_epoch": 1, "last_epoch": 1} | NOTHING_KNOWN
    assert (here["first_epoch"], here["last_epoch"]) == (2, 3)

    run = make_run(epochs=2)
    assert "sessions" not in run.provenance
    (old_run,) = continued_state(run, CONFIG).sessions
    assert dataclasses.asdict(old_run) == {"first_epoch": 1, "last_epoch": 2} | NOTHING_KNOWN


@pytest.mark.parametrize(
    ("provenance", "words"),
    [
        ({"sessions": {}}, "the sessions are not those of a run (they are no list)"),
        ({"sessions": ["x"]}, "the sessions are not those of a run ("),
        ({"sessions": [{"first_epoch": 1}]}, "the sessions are not those of a run ("),
        ({"continued_after": 2}, "continued_after is no list of epochs"),
        ({"continued_after": ["x"]}, "continued_after is no list of epochs"),
    ],
)
def test_a_broken_record_is_one_sentence(provenance: dict[str, Any], words: str) -> None:
    run = make_run(epochs=2)
    run = dataclasses.replace(run, provenance={**run.provenance, **provenance})
    with pytest.raises(CheckpointError) as caught:
        continued_state(run, CONFIG)
    assert str(caught.value).startswith(f"vae/run.json: {words}")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"first_epoch": 2}, "epoch 1 does not begin one"),
        ({"last_epoch": 3}, "they are of 3 epochs, and there are 2"),
        ({"last_epoch": 0}, "the last is before the first"),
        ({"first_epoch": "1"}, "an epoch is no whole number from 1"),
        ({"threads": 0}, "threads are no whole number from 1"),
        ({"torch": 2}, "is no short text"),
        ({"device": "x" * 201}, "is no short text"),
    ],
)
def test_sessions_are_checked(changed: dict[str, Any], words: str) -> None:
    good = {"first_epoch": 1, "last_epoch": 2} | NOTHING_KNOWN
    assert parse_sessions([good], 2, "here") == (Session(1, 2),)
    with pytest.raises(CheckpointError, match=words) as caught:
        parse_sessions([good | changed], 2, "here")
    assert str(caught.value).startswith("here: the sessions are not those of a run (")


def test_only_what_is_known_to_differ_is_a_change() -> None:
    here = session_here(3, "cpu", "float32")
    assert changes(here, here) is None
    assert changes(Session(1, 2), here) is None
    then = dataclasses.replace(here, device="NVIDIA H200", precision="bfloat16")
    assert changes(then, here) == ("NVIDIA H200, bfloat16", f"{here.device}, float32")
