"""A run folder that is copied over itself while the server reads it."""

import asyncio
import itertools
import random
from pathlib import Path

from hostile.target import Target

FETCHED = ("codes.bin", "decoder.safetensors", "codes.bin", "encoder.safetensors")
LONGEST_PAUSE = 0.4  # seconds between two copies, so that some reading begins with whole files


async def copied_runs(target: Target) -> None:
    """Each file of a run is written anew in place, as by `cp -r`; its parts are fetched."""
    if target.folder is None:
        return
    run = min(path.parent for path in target.folder.glob("*/run.json"))
    files = {path: path.read_bytes() for path in sorted(run.iterdir()) if path.is_file()}
    parts, chance = itertools.cycle(FETCHED), random.Random(1)

    def copy() -> None:
        for path, data in files.items():
            _write_in_place(path, data)

    async def act(number: int) -> None:
        if number == 0:
            await asyncio.to_thread(copy)
            await asyncio.sleep(chance.uniform(0, LONGEST_PAUSE))
            target.counts["copies"] += 1
        else:
            await target.ask(f"live/{run.parent.name}/{run.name}/{next(parts)}")

    await target.over_and_over(act, clients=5, pause=0.01)


def _write_in_place(path: Path, data: bytes) -> None:
    """What cp does to a file that is there: it is emptied, and filled again."""
    with path.open("wb", buffering=0) as file:
        for start in range(0, len(data), 2**17):
            file.write(data[start : start + 2**17])
