"""What a browser fetches for the live views on a page, and what it asks while one is looked at."""

import random
import re
import struct
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urljoin

from load.tab import Tab

IMPORT = re.compile(rb'(?:from|URL\()\s*"(\.[\w./]+\.js)"')
SHARED = ("web/dom/payload.js", "web/engine/weights.js")  # what mount.js loads beside a view
# By view: the parts of each run, and those of the dataset.
PARTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "traverse": (("decoder.safetensors",), ()),
    "samples": (("decoder.safetensors",), ()),
    "draw": (("encoder.safetensors", "decoder.safetensors"), ()),
    "interpolate": (("decoder.safetensors", "codes.bin"), ("labels.bin",)),
    "arithmetic": (("decoder.safetensors", "codes.bin"), ("labels.bin", "images.bin")),
}
POINTED = ("codes.bin", "errors.bin", "decoder.safetensors")  # once a map is pointed at


async def fetch(tab: Tab, chance: random.Random) -> None:
    """Fetch what the views on the page need; ask the classifiers of what they show."""
    for widget, data in [*tab.page.components()]:
        name = widget.proto.component_name.rpartition("muvae_")[2]
        if "modules" in data:
            for module in (data["view"], *SHARED):
                await _module(tab, data["modules"] + module)
        async for path in _files(tab, name, data):
            await tab.load(path)
        await _classify(tab, name, data, chance)


async def _module(tab: Tab, path: str) -> None:
    """A JavaScript module and those that it imports."""
    source = await tab.load(path)
    for found in IMPORT.findall(source):
        await _module(tab, urljoin(path, found.decode()))


async def _files(tab: Tab, name: str, data: Mapping[str, Any]) -> AsyncIterator[str]:
    if name in PARTS:
        of_runs, of_dataset = PARTS[name]
        for run in data["runs"]:
            for part in of_runs:
                yield _address(run, part)
        for part in of_dataset:
            yield _address(data["images"], part)
    elif name == "maps":
        for part in ("labels.bin", "images.bin"):
            yield _address(data["images"], part)
        for run in data["runs"]:
            for part in (f"map-{data['method']}.bin", *POINTED):
                yield _address(run, part)
    elif name == "plane":
        for panel in data["panels"]:
            source = {"source": f"{data['source']}/{panel['name']}", "version": panel["version"]}
            if panel["square"]:
                yield _address(source, f"{data['extent'] if data['tiles'] else 'codes'}.bin")


def _address(owner: Mapping[str, Any], part: str) -> str:
    return f"{owner['source']}/{part}?v={owner['version']}"


# How many codes of each run a view has classified where it rests.
CLASSIFIED = {"traverse": 1, "samples": 0, "draw": 1, "interpolate": 0, "arithmetic": 1}


async def _classify(tab: Tab, name: str, data: Mapping[str, Any], chance: random.Random) -> None:
    if name == "plane" and data["panels"]:
        x, y = chance.uniform(-3, 3), chance.uniform(-3, 3)
        await tab.load(
            f"{data['source']}/decode.bin?x={x:.4f}&y={y:.4f}&v={data['version']}", kept=False
        )
    if name not in CLASSIFIED or (name == "draw" and not data["picture"]["value"]):
        return
    count = CLASSIFIED[name] or data.get("count") or data["steps"]
    for run in data["runs"]:
        codes = [chance.gauss() for _ in range(count * run["latentDim"])]
        body = struct.pack(f"<{len(codes)}f", *codes)
        await tab.request("POST", _address(run, "classify"), content=body)
