"""One attack on a server: another visitor before, during and after it, and what they notice."""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.server import PATIENCE, proportional
from load.records import Records
from load.tab import Tab

from hostile.attacks import Attack
from hostile.other import Other
from hostile.results import Phase, Result
from hostile.watch import watched
from muvae.errors import MuvaeError

TIDY = 70.0  # seconds within which the server tidies up (app/server/asgi.py)
LONGER = 300.0  # seconds that an attacker may need beyond its time, and who leaves
BENCHMARKS = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Place:
    """A server: its address, the runs that it shows, and what is known of its process.

    `folder` is that of a dataset whose runs may be written to.
    """

    address: str
    checkpoints: Path
    pid: int | None
    process: subprocess.Popen[bytes] | None = None
    folder: Path | None = None

    @property
    def ended(self) -> bool:
        """Whether its process is known to have ended."""
        return self.process is not None and self.process.poll() is not None


async def measure(
    attack: Attack, place: Place, seconds: float, quiet: float, left: float
) -> Result:
    """Attack, `quiet` seconds after another visitor has seen all pages, and look on as long.

    MuvaeError where the server does not serve the app.
    """
    seconds *= attack.times
    other, ended = Other(place.address), None
    visiting = asyncio.create_task(other.visit())
    try:
        await _unless_ended(place, visiting, other.round_done.wait())
        if not other.round_done.is_set():
            raise MuvaeError(f"{place.address} does not serve the app")
        with watched(place.address, place.pid, place.checkpoints) as watch:
            begun = time.monotonic()
            await asyncio.sleep(quiet)
            memory_before = proportional(place.pid) or 0
            attacker = await _attacker(attack, place, seconds)
            attacked = time.monotonic()
            if attack.ends:
                ended = await _told_to_end(place, seconds / 2)
            told = await _said(attacker, seconds + LONGER)
            over = time.monotonic()
            await _unless_ended(place, visiting, asyncio.sleep(quiet))
            other.leave = True
            await _unless_ended(place, visiting, asyncio.sleep(LONGER))
            done = time.monotonic()
            memory_after = proportional(place.pid) or 0
    finally:
        visiting.cancel()
        await asyncio.gather(visiting, return_exceptions=True)
    result = Result(
        attack=attack,
        attacker=told,
        before=Phase.of(begun, attacked, other.records, watch),
        during=Phase.of(attacked, over, other.records, watch),
        after=None if place.ended else Phase.of(over, done, other.records, watch),
        memory_before=memory_before,
        memory_after=memory_after,
        temporary=watch.most_temporary(attacked, over),
        errors=dict(other.records.errors),
        alive=not place.ended,
        ended=ended,
    )
    if attack.left and left and place.pid and not place.ended:
        result.memory_left = await _once_all_have_left(place, place.pid, left)
    result.judge()
    return result


async def _unless_ended(
    place: Place, visiting: asyncio.Task[None], wait: Coroutine[None, None, object]
) -> None:
    """Wait for something, unless the server ends or the visitor leaves before."""
    waiting = asyncio.ensure_future(wait)
    while not (waiting.done() or visiting.done() or place.ended):
        await asyncio.wait((waiting, visiting), timeout=0.2, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


async def _attacker(attack: Attack, place: Place, seconds: float) -> asyncio.subprocess.Process:
    """The attacker's process, which begins."""
    folder = [str(place.folder)] if place.folder else []
    attacker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hostile", attack.name, place.address, str(seconds), *folder),
        cwd=BENCHMARKS,
        stdout=subprocess.PIPE,
    )
    assert attacker.stdout is not None
    await attacker.stdout.readline()
    return attacker


async def _said(attacker: asyncio.subprocess.Process, patience: float) -> Mapping[str, Any]:
    """What the attacker says in the end of what it did."""
    try:
        async with asyncio.timeout(patience):
            said, _ = await attacker.communicate()
    except TimeoutError:
        return {"counts": {}, "longest": {}, "told": {}, "fault": "it did not come to an end"}
    finally:
        with contextlib.suppress(ProcessLookupError):
            attacker.kill()
    if attacker.returncode:
        raise MuvaeError("the attacker has failed, and its traceback says why")
    told: Mapping[str, Any] = json.loads(said)
    return told


async def _told_to_end(place: Place, after: float) -> float:
    """Tell the server to end after some seconds; how many it takes."""
    assert place.process is not None
    await asyncio.sleep(after)
    started = time.monotonic()
    place.process.terminate()
    while not place.ended and time.monotonic() - started < PATIENCE:
        await asyncio.sleep(0.05)
    return time.monotonic() - started


async def _once_all_have_left(place: Place, pid: int, left: float) -> int | None:
    """Memory when the sessions of those who left are gone, which the next visitor sets off."""
    await asyncio.sleep(left)
    async with Tab(place.address, Records()) as tab:
        await tab.open()
    await asyncio.sleep(TIDY)
    return proportional(pid)
