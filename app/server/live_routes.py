"""What live views ask the server for, besides Streamlit.

GET  live/js/<version>/<module>.js       the views' modules
     live/served                         what tells the folders that are served from changed ones
     live/<dataset>/images.bin           the test images, uint8 [N,H·W]
                    labels.bin           their classes, uint8 [N]
     live/<dataset>/<run>/decoder.safetensors   weights, float16 where that shows no difference,
                                                and the list of ops as the text `graph` beside them
                          encoder.safetensors   with the heads of mean and log-variance
                          codes.bin             the test codes' means, float32 [N,D]
                          errors.bin            squared errors of their reconstructions, [N]
                          map-<method>.bin      a map of the codes, float32 [N,2]
POST live/<dataset>/<run>/classify       codes, float32 [M,D]; answers probabilities [M,K]
                          decode         codes, float32 [M,D]; answers images, uint8 [M,H,W]
                          encode         images, float32 [M,H,W,C] in [0, 1]; answers their
                                         posteriors' means and log-variances, float32 [M,2,D]

A run's <dataset> may also be the folder of a dataset's toy runs (mnist-toy).
The addresses carry a version (?v=), so that the browser may keep what it got.
"""

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Literal

import numpy as np
import torch
from anyio import CapacityLimiter
from numpy.typing import NDArray
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from torch import Tensor

from app.data import browser_assets, store
from app.data.fingerprints import tree_fingerprint
from app.data.inference import decode, encode, probabilities
from app.data.modules import ROUTE, modules, modules_version
from app.server.asgi import base_address
from app.ui.watch import ADDRESS
from muvae import MuvaeError, Run
from muvae.errors import CheckpointError
from muvae.runs.discovery import check_name
from muvae.runs.leftovers import run_path

KEEP = {"Cache-Control": "private, max-age=86400, immutable"}
MOST = {"codes": 512, "images": 64}  # in a request; see app/web/engine/remote.js


def live_routes(base_path: str = "") -> list[Route]:
    """The routes, under the server's base path."""
    base = base_address(base_path)
    return [
        Route(f"{base}/{ROUTE}/{{version}}/{{name:path}}.js", send_module),
        Route(f"{base}/{ADDRESS}", send_served),
        Route(f"{base}/{browser_assets.ROUTE}/{{dataset}}/{{part}}.bin", send_dataset),
        *(
            Route(
                f"{base}/{browser_assets.ROUTE}/{{dataset}}/{{run}}/{verb}", call, methods=["POST"]
            )
            for verb, call in (
                ("classify", classify),
                ("decode", decode_codes),
                ("encode", encode_images),
            )
        ),
        Route(f"{base}/{browser_assets.ROUTE}/{{dataset}}/{{run}}/{{part}}", send_run),
    ]


def send_module(request: Request) -> Response:
    """A JavaScript module; kept by the browser if it is of the version that was asked for."""
    source = modules().get(f"{request.path_params['name']}.js")
    if source is None:
        return PlainTextResponse(f"There is no module {request.path_params['name']!r:.80}.", 404)
    same = request.path_params["version"] == modules_version()
    headers = KEEP if same else {"Cache-Control": "no-store"}
    return Response(source, media_type="text/javascript", headers=headers)


def send_served(request: Request) -> Response:
    """What a page asks now and then, to be drawn anew when it is another than it was drawn of."""
    del request
    version = tree_fingerprint(store.checkpoints_dir())
    return PlainTextResponse(version, headers={"Cache-Control": "no-store"})


def send_dataset(request: Request) -> Response:
    """A dataset's test images or their classes."""
    dataset, part = request.path_params["dataset"], request.path_params["part"]
    if dataset not in store.datasets():
        return _no_dataset(dataset)
    try:
        match part:
            case "images":
                return _binary(
                    browser_assets.test_images(dataset), KEEP | {"Content-Encoding": "gzip"}
                )
            case "labels":
                return _binary(browser_assets.test_labels(dataset), KEEP)
    except MuvaeError as error:
        return PlainTextResponse(f"{error}.", 404)
    return PlainTextResponse(f"A dataset has no part {part!r:.80}.", 404)


def send_run(request: Request) -> Response:
    """A part of a run."""
    dataset, name, part = (request.path_params[key] for key in ("dataset", "run", "part"))
    if problem := not_served(dataset, name):
        return problem
    try:
        body = browser_assets.run_part(dataset, name, part)
    except MuvaeError as error:
        return PlainTextResponse(f"{error}.", 404)
    if body is None:
        return PlainTextResponse(f"{name} has no part {part!r:.80}.", 404)
    return _binary(body, KEEP)


async def classify(request: Request) -> Response:
    """What a run's classifier makes of codes that the browser computed."""
    return await _answer(request, "codes", lambda run, codes: probabilities(run, codes))


async def decode_codes(request: Request) -> Response:
    """Images of codes, for a browser that cannot run the decoder itself."""
    return await _answer(request, "codes", decode)


async def encode_images(request: Request) -> Response:
    """Posteriors of images, for a browser that cannot run the encoder itself."""
    return await _answer(request, "images", encode)


async def _answer(
    request: Request,
    what: Literal["codes", "images"],
    compute: Callable[[Run, Tensor], NDArray[np.uint8] | NDArray[np.float32]],
) -> Response:
    """The bytes of what `compute` makes of a run and of the codes or images in a request."""
    dataset, name = request.path_params["dataset"], request.path_params["run"]
    try:
        run = await run_in_threadpool(_served_run, dataset, name)
    except MuvaeError as error:
        return PlainTextResponse(f"{error}.", 404)
    if isinstance(run, Response):
        return run
    if what == "codes":
        shape: tuple[int, ...] = (run.config.latent.dim,)
    else:
        height, width = run.config.image.height, run.config.image.width
        shape = (height, width, run.config.image.channels)
    row, most = 4 * math.prod(shape), MOST[what]
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most * row:
                return PlainTextResponse(f"At most {most} {what} can be sent at once.", 413)
    except ClientDisconnect:  # the page has moved on, and asks of another place
        return Response(status_code=400)
    if not body or len(body) % row:
        return PlainTextResponse(f"The {what} of {name} are {row} bytes each.", 400)
    rows = np.frombuffer(body, "<f4").reshape(-1, *shape)
    if not np.isfinite(rows).all():
        return PlainTextResponse(f"A number of the {what} is not finite.", 400)
    async with _computing():
        if await request.is_disconnected():
            return Response(status_code=499)  # which nobody reads any more
        answer = await run_in_threadpool(compute, run, torch.from_numpy(rows.copy()))
    return _binary(answer.tobytes())


@cache
def _computing() -> CapacityLimiter:
    """A few networks run at once: more would take the event loop's share of the interpreter."""
    return CapacityLimiter(3)


def _served_run(dataset: str, name: str) -> Run | Response:
    """A run, or that there is none. It reads the disk: not for the event loop."""
    return not_served(dataset, name) or store.run(dataset, name)


def not_served(dataset: str, name: str) -> Response | None:
    """What to say where there is no such dataset or run: the name, and not where it was sought."""
    if dataset not in store.run_folders():
        return _no_dataset(dataset)
    folder = store.checkpoints_dir() / dataset / name
    try:  # not by the list of runs, which takes three times as long as all else
        check_name(folder)
        run_path(folder)
    except CheckpointError:
        return PlainTextResponse(f"There is no run {name!r:.80}.", 404)
    return None


def _no_dataset(dataset: str) -> Response:
    return PlainTextResponse(f"There is no dataset {dataset!r:.80}.", 404)


def _binary(body: bytes, headers: Mapping[str, str] | None = None) -> Response:
    # Else Streamlit compresses weights and codes for each visitor anew, to be 8 % smaller.
    headers = {"Content-Encoding": "identity", **(headers or {})}
    return Response(body, media_type="application/octet-stream", headers=headers)
