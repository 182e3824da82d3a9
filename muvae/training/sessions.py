"""What trained which epochs: versions, threads and devices, by which last digits may differ."""

import dataclasses
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from muvae.errors import CheckpointError
from muvae.parameters import is_int

_MOST_TEXT = 200  # characters of a version or a device's name


@dataclass(frozen=True)
class Session:
    """Epochs trained without a break, first to last, and what by; None is what was not recorded.

    `torch` is PyTorch's version, `threads` the CPU's, `device` a name, `precision` that of the
    hidden layers.
    """

    first_epoch: int
    last_epoch: int
    torch: str | None = None
    threads: int | None = None
    device: str | None = None
    precision: str | None = None

    @property
    def conditions(self) -> dict[str, str]:
        """In words, what results depend on beside the configuration and the seed, if recorded."""
        words = {"torch": "torch {}", "threads": "{} threads", "device": "{}", "precision": "{}"}
        values = {name: getattr(self, name) for name in words}
        if self.threads == 1:
            words["threads"] = "{} thread"
        return {
            name: words[name].format(value) for name, value in values.items() if value is not None
        }


def session_here(first_epoch: int, device: torch.device | str, precision: str) -> Session:
    """A session of this process, of one epoch so far."""
    return Session(
        first_epoch,
        first_epoch,
        str(torch.__version__),
        torch.get_num_threads(),
        device_name(str(device)),
        precision,
    )


def device_name(device: str) -> str:
    """The device in words: "NVIDIA H200", "CPU (x86_64, 2 cores)"."""
    if device.startswith("cuda"):
        return str(torch.cuda.get_device_name(device))
    name: Any = torch.cpu.get_capabilities().get("cpu_name") or platform.machine()
    return f"CPU ({name}, {os.cpu_count()} cores)"


def changes(before: Session, now: Session) -> tuple[str, str] | None:
    """In words, what is no longer as it was, before and now; None if all that is known is."""
    old, new = before.conditions, now.conditions
    changed = [name for name in old if old[name] != new.get(name, old[name])]
    if not changed:
        return None
    then, here = (", ".join(each[name] for name in changed) for each in (old, new))
    return then, here


def sessions_json(sessions: Sequence[Session]) -> list[dict[str, Any]]:
    """As they stand in run.json's provenance and in a state."""
    return [dataclasses.asdict(session) for session in sessions]


def parse_sessions(values: object, epochs: int, where: str) -> tuple[Session, ...]:
    """Those of so many epochs; None, as of a version that kept none, is one that says nothing.

    CheckpointError begins with `where` they stand.
    """
    if values is None:
        return (Session(1, epochs),) if epochs else ()
    try:
        if not isinstance(values, list):
            raise TypeError("they are no list")
        sessions = tuple(Session(**value) for value in values)
        _check(sessions, epochs)
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{where}: the sessions are not those of a run ({error})") from error
    return sessions


def _check(sessions: Sequence[Session], epochs: int) -> None:
    """Types of all values, and that each begins where the one before it ended; else ValueError."""
    last = 0
    for each in sessions:
        if not is_int(each.first_epoch, 1) or not is_int(each.last_epoch, each.first_epoch):
            raise ValueError("an epoch is no whole number from 1, or the last is before the first")
        if each.first_epoch != last + 1:
            raise ValueError(f"epoch {last + 1} does not begin one")
        if each.threads is not None and not is_int(each.threads, 1):
            raise ValueError("threads are no whole number from 1")
        for text in (each.torch, each.device, each.precision):
            if text is not None and not (isinstance(text, str) and len(text) <= _MOST_TEXT):
                raise ValueError("a version, device or precision is no short text")
        last = each.last_epoch
    if last != epochs:
        raise ValueError(f"they are of {last} epochs, and there are {epochs}")
