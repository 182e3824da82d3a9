"""What the Toy plane's browser part asks the server for, each part when it is needed.

GET toy/<dataset>/decode.bin?x=..&y=..   a place decoded by all nine, uint8 [9,H·W+K]; see `decoded`
    toy/<dataset>/<run>/codes.bin        the test codes, float16 [N,2], and classes, uint8 [N]
                        replay.bin       the test codes after each epoch, float16 [epochs,N,2]
                        own.bin          the run's square decoded, uint8 [41²,H·W+K]
                        shared.bin       the square of all nine decoded, likewise

The decoders' weights are live/<dataset>-toy/<run>/decoder.safetensors, as any run's.

Not data of the component: that would go to the browser whole, before anything is drawn, and anew
at each change.
"""

import gzip
import math

import numpy as np
import torch
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.data import store, toy_planes
from app.server.asgi import base_address
from app.server.live_routes import not_served
from muvae import MuvaeError, Run
from muvae.training.presets import toy_folder

# The page asks with a version of the runs in the address, so what it got stays true.
_KEEP = {"Cache-Control": "private, max-age=86400, immutable"}


def plane_routes(base_path: str = "") -> list[Route]:
    """The routes, under the server's base path."""
    base = base_address(base_path)
    return [
        Route(f"{base}/toy/{{dataset}}/decode.bin", decode_place),
        Route(f"{base}/toy/{{dataset}}/{{run}}/{{part}}.bin", run_part),
    ]


def decode_place(request: Request) -> Response:
    """A place decoded and read by all nine runs; zeros where there is no such run."""
    dataset = request.path_params["dataset"]
    try:
        place = [float(request.query_params.get(axis, "")) for axis in "xy"]
    except ValueError:
        place = [math.nan]
    if not all(abs(value) <= toy_planes.FARTHEST for value in place):
        return PlainTextResponse("x and y must be numbers of at most 10,000.", 400)
    if (spec := store.datasets().get(dataset)) is None:
        return PlainTextResponse(f"There is no dataset {dataset!r:.80}.", 404)
    codes = torch.tensor([place])
    nothing = np.zeros((1, spec.image.values + len(spec.classes)), np.uint8)
    rows = [
        toy_planes.decoded(run, codes) if isinstance(run, Run) else nothing
        for run in toy_planes.toy_runs(dataset).values()
    ]
    return _binary(np.concatenate(rows).tobytes())


def run_part(request: Request) -> Response:
    """A part of one run, compressed once and kept."""
    dataset, name, part = (request.path_params[key] for key in ("dataset", "run", "part"))
    if dataset not in store.datasets() or name not in toy_planes.TITLES:
        return PlainTextResponse(f"There is no toy run {dataset!r:.80}/{name!r:.80}.", 404)
    if problem := not_served(toy_folder(dataset), name):
        return problem
    try:
        body = _part(dataset, name, part)
    except MuvaeError as error:
        return PlainTextResponse(f"{error}.", 404)
    if body is None:
        return PlainTextResponse(f"A run has no part {part!r:.80}.", 404)
    return _binary(body, {"Content-Encoding": "gzip"} | _KEEP)


def _part(dataset: str, name: str, part: str) -> bytes | None:
    folder = toy_folder(dataset)
    match part:
        case "codes":
            test = store.test_split(dataset)
            return store.bytes_of_run(
                folder, name, part, lambda r: _pack(toy_planes.code_bytes(r, test))
            )
        case "replay":
            return store.bytes_of_run(
                folder, name, part, lambda r: _pack(toy_planes.replay_bytes(r))
            )
        case toy_planes.OWN | toy_planes.SHARED:
            store.run(folder, name)  # says what is wrong with it
            square = toy_planes.squares(toy_planes.toy_runs(dataset), part)[name]
            return store.bytes_of_run(
                folder,
                name,
                repr(square),
                lambda r: _pack(toy_planes.decoded(r, toy_planes.lattice(square)).tobytes()),
            )
    return None


def _pack(data: bytes) -> bytes:
    return gzip.compress(data, 1, mtime=0)  # a lattice: half the time of level 6, 7 % more bytes


def _binary(body: bytes, headers: dict[str, str] | None = None) -> Response:
    return Response(body, media_type="application/octet-stream", headers=headers)
