"""The process that reads visitors' pictures: python -m app.uploads.worker, started by process.py.

A request is the length of what follows (LENGTH bytes, big-endian), a line of JSON, the layouts that
the picture is wanted in (framing.Layout), and the file's bytes. An answer is the length of what
follows and either `P` and the framed pictures, uint8 [H,W] each, one after another, or `U` and a
sentence (picture.UnreadableError), or `F` and what nobody foresaw, for the log.

What a picture can cost is limited by the system, so it ends this process at worst, and another is
started. Where there is no `resource` (Windows) nothing is limited here, and only the time that
process.py gives it ends a picture; on macOS, memory is not.
"""

import json
import math
import os
import signal
import time
import traceback
from pathlib import Path
from typing import BinaryIO

from app.uploads.framing import Layout, frame
from app.uploads.limits import LENGTH, MEMORY, SECONDS
from app.uploads.picture import UnreadableError, ink_of

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

BLANK = "is blank; choose a picture that stands out from its background"
TOO_MUCH = "needs too much memory to be read; make it smaller"


def main() -> None:
    """Answer requests until there are no more, which is also when the server has ended."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is printed is no answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's, which then ends this
    limit_for_good()
    while (request := _message(requests)) is not None:
        limit_time()
        answer = answer_to(request)
        del request
        answers.write(len(answer).to_bytes(LENGTH, "big") + answer)
        answers.flush()


def answer_to(request: bytes) -> bytes:
    """The answer to a request, whatever is in the file."""
    layouts, _, data = request.partition(b"\n")
    try:
        ink = ink_of(data)
        images = [frame(ink, Layout(*layout)) for layout in json.loads(layouts)]
        if any(image is None for image in images):
            return b"U" + BLANK.encode()
        return b"P" + b"".join(image.tobytes() for image in images if image is not None)
    except UnreadableError as error:
        return b"U" + str(error).encode()
    except MemoryError:
        return b"U" + TOO_MUCH.encode()
    except Exception:
        return b"F" + traceback.format_exc(limit=-1).encode(errors="replace")


def limit_for_good() -> None:
    """No more memory than a picture needs; no file written, no process, no core dump."""
    if resource is None:
        return
    size = Path("/proc/self/statm")
    if size.exists():
        most = int(size.read_text().split()[0]) * resource.getpagesize() + MEMORY
        _limit(resource.RLIMIT_AS, most, for_good=True)
    for kind in ("NPROC", "FSIZE", "CORE"):
        _limit(getattr(resource, f"RLIMIT_{kind}"), 0, for_good=True)


def limit_time() -> None:
    """Let the system end this process when it has computed for longer than a picture may take."""
    if resource is not None:
        _limit(resource.RLIMIT_CPU, math.ceil(time.process_time()) + SECONDS, for_good=False)


def _limit(kind: int, most: int, *, for_good: bool) -> None:
    """Lower a limit of the system's, unless it is lower; it can be raised again if not for good."""
    hard = resource.getrlimit(kind)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most if for_good else hard))


def _message(requests: BinaryIO) -> bytes | None:
    """The next request; None where there is none, or none that is whole."""
    length = int.from_bytes(requests.read(LENGTH), "big")
    request = requests.read(length)
    return request if length and len(request) == length else None


if __name__ == "__main__":
    main()
