"""The JavaScript modules that the server sends to browsers: all of app/, by their paths in it."""

import hashlib
import re
from functools import cache
from pathlib import Path

APP = Path(__file__).resolve().parent.parent
ROUTE = "live/js"
# Comments that have lines of their own: types and explanations, a third of the modules' bytes.
_COMMENTS = re.compile(r"^[ \t]*(//[^\n]*|/\*.*?\*/[ \t]*)$", re.MULTILINE | re.DOTALL)


@cache
def modules() -> dict[str, bytes]:
    """The JavaScript modules without their comments, by their paths in app/."""
    return {
        path.relative_to(APP).as_posix(): _without_comments(path.read_text(encoding="utf-8"))
        for path in sorted(APP.rglob("*.js"))
    }


def _without_comments(source: str) -> bytes:
    # The lines keep their numbers, which errors tell.
    return _COMMENTS.sub(lambda found: "\n" * found[0].count("\n"), source).encode()


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
