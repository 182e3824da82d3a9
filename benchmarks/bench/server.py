"""The app's real server as the benchmarks start it, and its memory."""

import contextlib
import math
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
def serve(checkpoints: Path, port: int | None = None) -> Iterator[Server]:
    """Start the app's server on a port, a free one if none is named; stop it at the end."""
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.headless=true"]
    options = ["--server.address=127.0.0.1", f"--server.port={port}"]
    environment = os.environ | {"MUVAE_CHECKPOINTS": str(checkpoints)}
    with tempfile.TemporaryFile() as log:
        started = time.perf_counter()
        process = subprocess.Popen(
            command + options, cwd=REPOSITORY, env=environment, stdout=log, stderr=log
        )
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
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return None
    own = next((line for line in status.splitlines() if line.startswith("VmRSS")), "VmRSS: 0 kB")
    return 1024 * int(own.split()[1]) + sum(resident(int(child)) or 0 for child in children)


def proportional(pid: int | None) -> int | None:
    """Memory in bytes of a process, its share of what it shares; None where that is not told."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return None
    return 1024 * next(int(line.split()[1]) for line in rollup.splitlines() if line[:4] == "Pss:")


def cpu_seconds(pid: int | None) -> float:
    """Seconds that a process has computed; 0 where that is not told."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentile(values: list[float], share: float) -> float:
    """The smallest of the values that at least `share` of them do not exceed; 0 without any."""
    if not values:
        return 0.0
    return sorted(values)[math.ceil(share * len(values)) - 1]
