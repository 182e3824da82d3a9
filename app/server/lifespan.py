"""What holds while the server runs."""

import contextlib
from collections.abc import AsyncIterator

from app.server.asgi import send_at_once
from app.server.connections import end_in_time


@contextlib.asynccontextmanager
async def lifespan(app: object) -> AsyncIterator[None]:
    """Around the server's life: small answers go out at once, and it ends when it is told to."""
    async with send_at_once(app), end_in_time(app):
        yield
