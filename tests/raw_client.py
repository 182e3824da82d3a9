"""A client that sends what no browser would: bytes over a socket to a server of the app."""

import socket
from urllib.parse import urlsplit

from patience import PATIENCE


def connect(base: str) -> socket.socket:
    """A connection to the server, on which nothing has been said."""
    address = urlsplit(base)
    assert address.hostname is not None
    assert address.port is not None
    return socket.create_connection((address.hostname, address.port), PATIENCE)


def is_open(connection: socket.socket) -> bool:
    """Whether the server holds a connection on which it has nothing to say."""
    connection.setblocking(False)
    try:
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def rest_of(connection: socket.socket) -> bytes:
    """All that the server still says until it ends the connection."""
    connection.settimeout(PATIENCE)
    parts = []
    try:
        while part := connection.recv(2**16):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def request(path: str, *headers: str, method: str = "GET", host: str = "localhost") -> bytes:
    """A request's head; without "Connection: close" the server keeps the connection."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def ask(base: str, path: str, *headers: str, method: str = "GET", host: str = "localhost") -> str:
    """What the server answers to a request on a connection of its own, head and body."""
    with connect(base) as connection:
        connection.sendall(request(path, "Connection: close", *headers, method=method, host=host))
        return rest_of(connection).decode(errors="replace")


def handshake(base: str, *headers: str, host: str = "localhost") -> tuple[socket.socket, str]:
    """A WebSocket to Streamlit, and the answer's head."""
    connection = connect(base)
    connection.sendall(
        request(
            "/_stcore/stream",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            "Sec-WebSocket-Protocol: streamlit",
            *headers,
            host=host,
        )
    )
    head = b""
    while b"\r\n\r\n" not in head and (part := connection.recv(1)):
        head += part
    return connection, head.decode(errors="replace")


def part_of_message(said: int, sent: int) -> bytes:
    """The beginning of a binary message that is said to have so many bytes."""
    return b"\x82\xff" + said.to_bytes(8, "big") + b"\0\0\0\0" + b"\0" * sent
