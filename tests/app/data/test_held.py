"""What is held within a budget of bytes: what goes, what stays, and what is made once."""

import threading
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from app.data.held import Held, bytes_of


@dataclass
class Thing:
    """Something that others can hold on to."""

    values: bytes


def test_the_least_recently_used_goes_first() -> None:
    held = Held(350)
    made: list[str] = []

    def get(key: str, size: int = 100) -> bytes:
        def make() -> bytes:
            made.append(key)
            return bytes(size)

        return held.get(key, make)

    for key in ("a", "b", "c", "a", "d"):
        get(key)
    assert made == ["a", "b", "c", "d"]
    assert held.size == 300
    get("b")  # which went, and not a
    assert made[4:] == ["b"]
    get("a")
    assert made[5:] == []
    get("large", 300)
    assert held.size == 300
    get("larger", 400)  # than all that may be held: it is not kept, and drives nothing away
    assert held.size == 300
    get("large")
    assert made[5:] == ["large", "larger"]


def test_what_somebody_still_has_is_not_made_again() -> None:
    held = Held(250)
    thing = held.get("a", lambda: Thing(bytes(100)))
    held.get("b", lambda: bytes(120))
    assert held.get("a", lambda: Thing(b"")) is thing
    held.get("b", lambda: bytes(120))
    del thing
    assert held.get("a", lambda: Thing(b"new")).values == b"new"


def test_it_is_made_once_for_all_who_ask_at_a_time() -> None:
    held = Held(1000)
    asked, go = threading.Barrier(5), threading.Event()
    made, got = [], []

    def make() -> bytes:
        go.wait(60)
        made.append(1)
        return b"value"

    def ask() -> None:
        asked.wait(60)
        got.append(held.get("a", make))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    asked.wait(60)
    go.set()
    for thread in threads:
        thread.join()
    assert (got, made) == ([b"value"] * 4, [1])


def test_an_error_is_not_kept() -> None:
    held = Held(1000)

    def fail() -> bytes:
        raise ValueError("it is broken")

    for _ in range(2):
        with pytest.raises(ValueError, match="broken"):
            held.get("a", fail)
    assert held.get("a", lambda: b"mended") == b"mended"


def test_sizes_are_those_of_arrays_each_counted_once() -> None:
    tensor = torch.zeros(1000, 10)
    assert bytes_of(tensor) == bytes_of(tensor[:10]) == 40_000
    assert 40_000 <= bytes_of({"a": tensor, "b": tensor[1:], "c": [tensor]}) < 41_000
    assert 8_000 <= bytes_of((np.zeros(1000), "ab")) < 8_200
    assert 1_000 <= bytes_of(Thing(bytes(1000))) < 1_200
    assert 400 <= bytes_of(torch.nn.Linear(9, 10)) < 400 + 200


def test_a_module_is_as_large_as_its_tensors_however_often_it_is_asked() -> None:
    """Its tensors are made for the question, and their places in memory are taken again."""
    module = torch.nn.Sequential(*(torch.nn.Linear(100, 100) for _ in range(20)))
    sizes = {bytes_of(Thing(module)) for _ in range(20)}  # type: ignore[arg-type]
    assert len(sizes) == 1
    assert 0 <= sizes.pop() - 20 * 4 * 100 * 101 < 1000
