"""Answers in small parts: of what a slow reader has not taken, only a part waits for it."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

PART = 2**16  # bytes, as much as asyncio holds for a reader before it lets writers wait


class InParts:
    """Sends long bodies in parts, each when the one before has been taken.

    uvicorn hands a body on as a whole: 400 readers of 5 MB who do not read were 2 GB.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_parts(message: Message) -> None:
            body = message.get("body", b"")
            if message["type"] != "http.response.body" or len(body) <= PART:
                await send(message)
                return
            more = message.get("more_body", False)
            for start in range(0, len(body), PART):
                last = start + PART >= len(body)
                part = bytes(body[start : start + PART])
                await send({**message, "body": part, "more_body": more or not last})

        await self._app(scope, receive, send_parts)
