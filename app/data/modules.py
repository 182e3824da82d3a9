"""The JavaScript modules that the server sends to browsers: all of app/, by their paths in it."""

import hashlib
from functools import cache
from pathlib import Path

from rjsmin import jsmin

APP = Path(__file__).resolve().parent.parent
ROUTE = "live/js"


@cache
def modules() -> dict[str, bytes]:
    """The JavaScript modules without comments and indentation, by their paths in app/."""
    return {
        path.relative_to(APP).as_posix(): jsmin(path.read_text(encoding="utf-8")).encode()
        for path in sorted(APP.rglob("*.js"))
    }


@cache
def modules_version() -> str:
    """What tells these modules from changed ones: 16 hex digits, part of their address."""
    digest = hashlib.blake2s(digest_size=8)
    for name, source in modules().items():
        digest.update(f"{name}\0{len(source)}\0".encode() + source)
    return digest.hexdigest()


def source(name: str) -> str:
    """The text of a JavaScript module or style sheet, by its path in app/."""
    return (APP / name).read_text(encoding="utf-8")
