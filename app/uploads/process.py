"""The server's side of the processes that read pictures (worker.py says what crosses).

The server is not forked for them: it has threads, and all of torch. A process starts in a fifth of
a second, is kept for the next picture, and is replaced when anything went wrong with one. It has
none of the server's environment, which holds the secret of its cookies, and nothing that it says is
unpickled.
"""

import atexit
import contextlib
import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from app.uploads.framing import Layout
from app.uploads.limits import AT_ONCE, LENGTH, PATIENCE, SECONDS
from app.uploads.line import LOOK

_LOG = logging.getLogger(__name__)
_ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = [sys.executable, "-P", "-m", "app.uploads.worker"]
LONGEST_ANSWER = 2**24  # bytes: a thousand images of 128 × 128 pixels
# What a process needs of the environment: Windows' and the linker's own, and one thread for numpy.
_KEPT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_OWN = {"PYTHONPATH": str(_ROOT), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
_ANEW = "save it anew as PNG, JPEG or WebP, or choose another"
SLOW = f"takes longer than {SECONDS} seconds to read; {_ANEW}"
BROKEN = f"could not be read; {_ANEW}"


class RefusedError(Exception):
    """What is wrong with a file: the rest of a sentence that begins with its name."""


class ReaderError(Exception):
    """Why a process gave no answer, and is of no use any more; the rest of such a sentence."""


class Reader:
    """A process that reads pictures, one at a time."""

    def __init__(self) -> None:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self.process = subprocess.Popen(
            COMMAND,
            cwd=_ROOT,
            env=kept | _OWN,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._thread: threading.Thread | None = None

    def read(self, data: bytes, layouts: Sequence[Layout], check: Callable[[], object]) -> bytes:
        """The picture in a file, laid out in each way: uint8 [H,W] each, one after another.

        RefusedError or ReaderError say why there is none; what `check` raises, which is called now
        and then, ends the reading.
        """
        request = json.dumps(layouts).encode() + b"\n" + data
        answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        # A thread, since not every system's pipes can be waited for; it ends with the process.
        self._thread = threading.Thread(
            target=lambda: answers.put(self._exchange(request)), name="upload", daemon=True
        )
        self._thread.start()
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with contextlib.suppress(queue.Empty):
                return self._checked(answers.get(timeout=LOOK), layouts)
            check()
        raise ReaderError(SLOW)

    def end(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()
        self.process.wait()
        if self._thread is not None:
            self._thread.join()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):  # of what it did not come to take
                assert pipe is not None
                pipe.close()

    def _exchange(self, request: bytes) -> bytes:
        """The answer to a request; empty where the process has ended instead."""
        to, answers = self.process.stdin, self.process.stdout
        assert to is not None
        assert answers is not None
        try:
            to.write(len(request).to_bytes(LENGTH, "big") + request)
            to.flush()
            length = int.from_bytes(answers.read(LENGTH), "big")
            return answers.read(length) if length <= LONGEST_ANSWER else b""
        except OSError:
            return b""

    def _checked(self, answer: bytes, layouts: Sequence[Layout]) -> bytes:
        """The pictures of an answer, if that is what it holds."""
        kind, body = answer[:1], answer[1:]
        if kind == b"P" and len(body) == sum(each.height * each.width for each in layouts):
            return body
        text = body.decode(errors="replace")
        if kind == b"U" and text.isprintable() and len(text) < 200:
            raise RefusedError(text)
        if kind == b"F":
            _LOG.error("A picture could not be read: %r", text[-500:])
            raise RefusedError(BROKEN)
        status = self._status()
        _LOG.warning("A process that read a picture ended with %s", status)
        raise ReaderError(SLOW if status == -getattr(signal, "SIGXCPU", 0) else BROKEN)

    def _status(self) -> int | None:
        """How the process has ended; None if it has not, though it has closed its pipe."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(1)
        return None


_idle: list[Reader] = []
_lock = threading.Lock()


def prepare() -> None:
    """Have a process ready, if none is, for a picture that will be uploaded soon."""
    with _lock:
        if not _idle:
            _idle.append(Reader())


def read_apart(data: bytes, layouts: Sequence[Layout], check: Callable[[], object]) -> bytes:
    """Reader.read() in a process that is ready, or else in a new one."""
    reader, usable = _take(), False
    try:
        answer, usable = reader.read(data, layouts, check), True
        return answer
    except RefusedError:
        usable = True
        raise
    finally:
        if not (usable and _keep(reader)):
            reader.end()


def _keep(reader: Reader) -> bool:
    """Keep a process for the next picture, unless as many are kept as can be at work."""
    with _lock:
        if len(_idle) < AT_ONCE:
            _idle.append(reader)
            return True
    return False


def _take() -> Reader:
    """A process that is ready, or else a new one."""
    while True:
        with _lock:
            if not _idle:
                break
            reader = _idle.pop()
        if reader.process.poll() is None:
            return reader
        reader.end()  # somebody else has
    return Reader()


@atexit.register
def end_idle() -> None:
    """End the processes that wait for pictures."""
    with _lock:
        while _idle:
            _idle.pop().end()
