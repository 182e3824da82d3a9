"""The server asks nobody: it works in a network namespace in which there is nobody to be asked."""

import subprocess
import sys
from pathlib import Path

import pytest
from helpers import REPOSITORY
from patience import PATIENCE

ALONE = """
import fcntl, socket, struct, sys
from pathlib import Path
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:  # ip link set lo up
    fcntl.ioctl(s, 0x8914, struct.pack("16sh14x", b"lo", 0x49))
sys.path[:0] = ["tests", "."]
import browser
from raw_client import ask, handshake
folder, log = map(Path, sys.argv[1:])
with browser.serve(folder, log) as server:
    print(ask(server.base, "/").split()[1], ask(server.base, "/live/served").split()[1])
    for origin in (server.base, "https://elsewhere.example"):
        connection, head = handshake(
            server.base, f"Origin: {origin}", host=server.base.removeprefix("http://")
        )
        connection.close()
        print(head.split()[1])
"""


def test_it_works_where_there_is_no_network(served_checkpoints: Path, tmp_path: Path) -> None:
    """A look-up would fail here at once or wait; what it is asked is answered all the same."""
    unshare = ["unshare", "--user", "--map-root-user", "--net"]
    possible = subprocess.run([*unshare, "true"], capture_output=True, check=False)
    if possible.returncode:
        pytest.skip("this system lets nobody make a network namespace")
    done = subprocess.run(
        [*unshare, sys.executable, "-c", ALONE, str(served_checkpoints), str(tmp_path / "log")],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["200", "200", "101", "403"]
    assert "external IP" not in (tmp_path / "log").read_text()
