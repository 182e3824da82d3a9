"""What is taken away, made when it is asked for.

GET download/<token>/<name>     a file of the page that a session shows (app/export/downloads.py)

Not Streamlit's own deferred downloads: those keep each file in memory until other sessions' reruns
sweep it away, which on a busy server is before the browser comes for it.
"""

from functools import cache

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.export import downloads
from app.server.asgi import base_address
from muvae import MuvaeError

GONE = "The page has moved on since: open its downloads again."


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
    found = downloads.find(request.path_params["token"], request.path_params["name"])
    if found is None:
        return PlainTextResponse(GONE, 404)
    mime, make = found
    try:
        body = await to_thread.run_sync(make, limiter=_one_at_a_time())
    except MuvaeError as error:
        return PlainTextResponse(f"{error}.", 409)
    name = request.path_params["name"]
    return Response(
        body,
        media_type=mime,
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )
