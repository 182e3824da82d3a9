"""What lies in folders beside what belongs there: pipes, links that lead nowhere, and so on."""

import contextlib
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

NOBODY = 65534


def dangling_link(path: Path) -> None:
    path.symlink_to(path.parent / "gone")


def editor_lock(path: Path) -> None:
    """As Emacs leaves beside run.json: a hidden link to user@host."""
    path.with_name(f".#{path.name}").symlink_to("somebody@somewhere.1234:1700000000")


def circle(path: Path) -> None:
    path.symlink_to(path)


def link_to_its_folder(path: Path) -> None:
    path.symlink_to(path.parent)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def unix_socket(path: Path) -> None:
    """Made by its relative name: that of a socket must be short."""
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def closed_folder(path: Path) -> None:
    path.mkdir(mode=0)


def closed_file(path: Path) -> None:
    path.touch(mode=0)


def file_of_bytes(path: Path) -> None:
    """Whose name is no text in UTF-8."""
    Path(os.fsdecode(os.fsencode(path) + b"\xff")).write_bytes(b"\0")


ODD: dict[str, Callable[[Path], None]] = {
    make.__name__: make
    for make in (
        *(dangling_link, editor_lock, circle, link_to_its_folder, pipe, unix_socket),
        *(device, closed_folder, closed_file, file_of_bytes),
    )
}


@contextlib.contextmanager
def as_nobody(*folders: Path) -> Iterator[None]:
    """Within it, files are opened as one who may not read all; root may, and tests run as root.

    The folders, and those that they lie in, are open to all.
    """
    if os.geteuid() != 0:
        yield
        return
    for folder in folders:
        for each in (folder, *folder.parents):
            if each.stat().st_mode & 0o55 != 0o55:
                each.chmod(each.stat().st_mode | 0o55)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
