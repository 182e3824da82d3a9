"""What is taken away, made when it is asked for.

GET download/<token>/<name>     a file of the page that a session shows (app/export/downloads.py)

Not Streamlit's own deferred downloads: those keep each file in memory until other sessions' reruns
sweep it away, which on a busy server is before the browser comes for it.
"""

from collections import Counter
from collections.abc import Callable
from functools import cache

import anyio
from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.export import downloads
from app.server.asgi import base_address
from muvae import MuvaeError

GONE = "The page has moved on since: open its downloads again."
OWN_FILES = "Two of your files are being made: ask again when you have them."
BUSY = "Many people are taking files at the moment: ask again in a minute."
MOST_OF_ONE = 2  # files that one session may wait for
MOST_OF_ALL = 24  # some 20 seconds of work
_waiting: Counter[str] = Counter()  # files that are being made or wait their turn, by token


@cache
def _one_at_a_time() -> CapacityLimiter:
    """Files are made one after another: memory and processors are everybody's."""
    return CapacityLimiter(1)


def download_routes(base_path: str = "") -> list[Route]:
    """The route, under the server's base path."""
    base = base_address(base_path)
    return [Route(f"{base}/{downloads.ROUTE}/{{token}}/{{name}}", send_file)]


async def send_file(request: Request) -> Response:
    """Make a file and send it; what cannot be made is one sentence."""
    token, name = request.path_params["token"], request.path_params["name"]
    found = downloads.find(token, name)
    if found is None:
        return PlainTextResponse(GONE, 404)
    if _waiting[token] >= MOST_OF_ONE:
        return _later(OWN_FILES)
    if _waiting.total() >= MOST_OF_ALL:
        return _later(BUSY)
    mime, make = found
    _waiting[token] += 1
    try:
        body = await _made(request, make)
    except MuvaeError as error:
        return PlainTextResponse(f"{error}.", 409)
    finally:
        _waiting[token] -= 1
        if not _waiting[token]:
            del _waiting[token]
    if body is None:
        return Response(status_code=499)  # which nobody reads any more
    return Response(
        body,
        media_type=mime,
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )


async def _made(request: Request, make: Callable[[], bytes]) -> bytes | None:
    """What `make` makes when its turn comes; None where nobody waits for it any more."""
    made: list[bytes] = []
    faults: list[MuvaeError] = []
    async with anyio.create_task_group() as group:

        async def leave() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            group.cancel_scope.cancel()

        group.start_soon(leave)
        try:
            made.append(await to_thread.run_sync(make, limiter=_one_at_a_time()))
        except MuvaeError as error:  # a task group would wrap it
            faults.append(error)
        group.cancel_scope.cancel()
    if faults:
        raise faults[0]
    return made[0] if made else None


def _later(text: str) -> Response:
    return PlainTextResponse(text, 503, headers={"Retry-After": "20", "Cache-Control": "no-store"})
