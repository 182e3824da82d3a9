"""The app's real server as the benchmarks start it, and its memory."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from muvae import DATASETS, list_runs
from muvae.errors import CheckpointError, MuvaeError
from muvae.runs.leftovers import run_path

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

REPOSITORY = Path(__file__).resolve().parent.parent.parent
PATIENCE = 300.0  # seconds


@dataclass(frozen=True)
class Server:
    """The app's process, where it is to listen, and when it was started (time.perf_counter)."""

    process: subprocess.Popen[bytes]
    port: int
    started: float

    @property
    def address(self) -> str:
        """Where its first page is."""
        return f"http://127.0.0.1:{self.port}"

    def wait_listening(self) -> None:
        """Wait until it takes connections; MuvaeError if it does not."""
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            if self.process.poll() is not None or time.perf_counter() - self.started > PATIENCE:
                raise MuvaeError("the server does not listen")
            time.sleep(0.01)


def served_runs(checkpoints: Path) -> dict[str, tuple[str, ...]]:
    """The runs of each dataset that the app can show; CheckpointError if there are none."""
    found = {}
    for dataset in DATASETS:
        names = tuple(
            entry.name
            for entry in list_runs(checkpoints / dataset)
            if entry.config and (run_path(entry.path) / "codes.safetensors").is_file()
        )
        if names:
            found[dataset] = names
    if not found:
        raise CheckpointError(f"{checkpoints} has no runs; make some with: python scripts/train.py")
    return found


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextlib.contextmanager
def serve(
    checkpoints: Path,
    port: int | None = None,
    *,
    app: Path = REPOSITORY,
    descriptors: int | None = None,
) -> Iterator[Server]:
    """Start the app's server on a port, a free one if none is named; stop it at the end.

    `app` is the folder of the code that is served, `descriptors` how many it may have open.
    """
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.headless=true"]
    options = ["--server.address=127.0.0.1", f"--server.port={port}"]
    environment = os.environ | {"MUVAE_CHECKPOINTS": str(checkpoints)}
    with tempfile.TemporaryFile() as log:
        started = time.perf_counter()
        process = subprocess.Popen(
            command + options, cwd=app, env=environment, stdout=log, stderr=log
        )
        if descriptors and hasattr(resource, "prlimit"):
            resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (descriptors, descriptors))
        try:
            yield Server(process, port, started)
        except MuvaeError as error:
            if process.poll() is None:
                raise
            log.seek(0)
            lines = log.read().decode(errors="replace").strip().splitlines() or ["no reason"]
            raise MuvaeError(f"the server ended with: {lines[-1]}") from error
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def resident(pid: int) -> int | None:
    """Resident memory in bytes of a process and its children; None where /proc does not tell."""
    return _with_children(pid, "status", "VmRSS:")


def proportional(pid: int | None) -> int | None:
    """The same, but of memory that processes share only each one's share."""
    return None if pid is None else _with_children(pid, "smaps_rollup", "Pss:")


def _with_children(pid: int, file: str, name: str) -> int | None:
    """A number of kB in a file of /proc, in bytes, of a process and its children together."""
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    except OSError:
        return None
    own = next((line for line in lines if line.startswith(name)), f"{name} 0 kB")
    others = (_with_children(child, file, name) or 0 for child in _children(pid))
    return 1024 * int(own.split()[1]) + sum(others)


def _children(pid: int) -> Iterator[int]:
    """The processes that one has started, whichever of its threads did."""
    for thread in Path(f"/proc/{pid}/task").glob("*"):
        with contextlib.suppress(OSError):  # it has ended by now
            yield from map(int, (thread / "children").read_text().split())


def temporary_bytes(pid: int | None, besides: Path) -> int:
    """Bytes of the temporary files that a process has open, those without a name included.

    But for those in the folder `besides`.
    """
    found = 0
    with contextlib.suppress(OSError):
        for file in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):  # it is closed by now
                path = file.readlink()
                if path.is_relative_to(tempfile.gettempdir()) and not path.is_relative_to(besides):
                    found += file.stat().st_size
    return found


def cpu_seconds(pid: int | None) -> float:
    """Seconds that a process has computed; 0 where that is not told."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
