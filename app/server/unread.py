"""What a session has been sent and its browser has not taken, bounded."""

from typing import Any, ClassVar
from weakref import WeakSet

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.session_manager import SessionClientDisconnectedError
from streamlit.web.server.starlette import starlette_websocket

MOST_UNREAD = 2**24  # bytes for one session: a page of tables and charts is a tenth of it
MOST_OF_ALL = 2**27  # bytes for all sessions together


class BoundedClient(starlette_websocket.StarletteSessionClient):
    """Streamlit's own, whose queue is bounded by 500 messages of any size."""

    _all: ClassVar["WeakSet[BoundedClient]"] = WeakSet()

    def __init__(self, websocket: Any) -> None:
        super().__init__(websocket)
        self._all.add(self)

    @property
    def unread(self) -> int:
        """Bytes that wait for the browser."""
        # asyncio.Queue has no word for what is in it; its deque is there for subclasses.
        waiting: Any = self._send_queue
        return sum(map(len, waiting._queue))

    def write_forward_msg(self, msg: ForwardMsg) -> None:
        """Put a message into the queue; a browser that does not take what waits is let go."""
        unread = self.unread + msg.ByteSize()
        over = unread > MOST_UNREAD or (
            unread > MOST_UNREAD / 16 and sum(each.unread for each in self._all) > MOST_OF_ALL
        )
        if over:
            self._closed.set()
            self._sender_task.cancel()
            raise SessionClientDisconnectedError
        super().write_forward_msg(msg)


def bound_unread() -> None:
    """Have Streamlit use it for all sessions to come."""
    # A class is put in a class's place, which mypy knows no way to say.
    starlette_websocket.StarletteSessionClient = BoundedClient  # type: ignore[misc]
