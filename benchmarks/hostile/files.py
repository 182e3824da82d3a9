"""Run folders that are copied over themselves while the server reads them."""

import asyncio
from pathlib import Path

from hostile.target import Target

FETCHED = ("codes.bin", "decoder.safetensors", "encoder.safetensors")


async def copied_runs(target: Target) -> None:
    """Each file of a dataset's runs is written anew in place, as by `cp -r`; they are fetched."""
    if target.folder is None:
        return
    files = {path: path.read_bytes() for path in sorted(target.folder.rglob("*")) if path.is_file()}
    runs = sorted({path.parent.name for path in files if path.name == "run.json"})

    def copy() -> None:
        for path, data in files.items():
            if target.left <= 0:
                return
            _write_in_place(path, data)

    async def act(number: int) -> None:
        if number == 0:
            await asyncio.to_thread(copy)
            target.counts["copies"] += 1
            return
        for run in runs:
            for name in FETCHED:
                await target.ask(f"live/{target.folder.name if target.folder else ''}/{run}/{name}")

    try:
        await target.over_and_over(act, clients=5, pause=0.01)
    finally:
        for path, data in files.items():
            path.write_bytes(data)


def _write_in_place(path: Path, data: bytes) -> None:
    """What cp does to a file that is there: it is emptied, and filled again."""
    with path.open("wb", buffering=0) as file:
        for start in range(0, len(data), 2**17):
            file.write(data[start : start + 2**17])
