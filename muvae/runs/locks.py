"""Locks: one process at a time writes a training's state, a run folder, a dataset.

The system frees a lock when its process ends, however it ends. On a file system without locks a
LocklessWarning says that nothing keeps two processes apart.
"""

import contextlib
import datetime
import errno
import json
import os
import shlex
import socket
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from muvae.errors import CheckpointError

# What a file system that has no locks answers, such as Lustre's or NFS's without its lock service.
_NONE = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP)
_MOST_COMMAND = 120  # characters of the other's command that are told


class LocklessWarning(UserWarning):
    """Nothing keeps two processes from writing one file at once; its text is fit to be shown."""


def lock_path(target: Path) -> Path:
    """The lock file of a file or folder, beside it; there only while somebody holds the lock."""
    target = target.absolute()  # "." has no name
    return target.with_name(f".{target.name}.lock")


@contextlib.contextmanager
def locked(target: Path, wait: float = 0.0) -> Iterator[None]:
    """Keep other processes from what is so locked, a file or folder that need not be there yet.

    While another has it, wait so many seconds. CheckpointError: it still has; names that process.
    OSError: the lock file cannot be made.
    """
    path = lock_path(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, timeout=wait, fallback_to_soft=False, on_acquired=_sign)
    try:
        lock.acquire()
    except Timeout:
        raise CheckpointError(
            f"{target} is in use by {_holder(path)}; wait until that has ended, or stop it"
        ) from None
    except OSError as error:
        if error.errno not in _NONE:
            raise
        warnings.warn(
            f"{target.parent} is on a file system without locks; while this command runs, start "
            "no other one that writes there",
            LocklessWarning,
            stacklevel=3,
        )
        yield
        return
    try:
        yield
    finally:
        # Removed while it is held: who has opened it meanwhile sees that it is gone, and looks
        # again. Where an open file cannot be removed (Windows), it stays, and hurts nobody.
        with contextlib.suppress(OSError):
            path.unlink()
        lock.release()


def check_free(target: Path) -> None:
    """Whether nobody has the lock now; else the CheckpointError of `locked`."""
    if lock_path(target).exists():
        with locked(target):
            pass


def _sign(descriptor: int) -> None:
    """Write into a lock file who holds it; a full disk may leave it nameless."""
    signed = {
        "process": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.datetime.now().astimezone().isoformat(" ", "seconds"),
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])[:_MOST_COMMAND],
    }
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.write(descriptor, json.dumps(signed).encode())


def _holder(path: Path) -> str:
    """Who holds a lock, in words."""
    try:
        signed = json.loads(path.read_bytes())
        where = "" if signed["host"] == socket.gethostname() else f" on {signed['host']}"
        return (
            f"another process, {signed['process']}{where}, since {signed['since']}: "
            f"{signed['command']}"
        )
    except (OSError, ValueError, KeyError, TypeError):  # being written, or not readable here
        return "another process"
