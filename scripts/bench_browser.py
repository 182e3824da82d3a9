"""What the benchmarks in a browser share: the real server, a headless Chromium, their memory."""

import contextlib
import math
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from common import Parser

from muvae import DATASETS, list_runs
from muvae.checkpoints import run_path
from muvae.errors import CheckpointError, InvalidInputError, MuvaeError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

REPOSITORY = Path(__file__).resolve().parent.parent
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE = {"width": 1440, "height": 900}
PATIENCE = 300.0  # seconds


@dataclass
class Watch:
    """Errors in the pages' consoles, uncaught ones included."""

    errors: list[str] = field(default_factory=list)

    def attach(self, page: "Page") -> None:
        """Hear of a page's errors."""
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _hear(self, message: "ConsoleMessage") -> None:
        if message.type == "error":
            self.errors.append(message.text)


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


def add_browser(parser: Parser) -> None:
    """Add the flags that all benchmarks in a browser have."""
    parser.add_checkpoints()
    parser.add_argument(
        "--chromium", metavar="PATH", help="the browser (default: $CHROMIUM, else chromium)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every number there")


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


@contextlib.contextmanager
def chromium(flag: str | None) -> Iterator["Browser"]:
    """A headless Chromium, open; InvalidInputError says what is missing."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise InvalidInputError(
            "this needs playwright; install it with: pip install -r requirements-dev.txt"
        ) from error
    name = flag or os.environ.get("CHROMIUM") or "chromium"
    path = shutil.which(name)
    if path is None:
        raise InvalidInputError(f"there is no browser {name!r}; name a Chromium with --chromium")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        except Error as error:
            raise InvalidInputError(f"{path} does not start as a headless Chromium") from error
        try:
            yield browser
        except Error as error:
            raise MuvaeError(f"the browser gave up: {error.message.splitlines()[0]}") from error
        finally:
            browser.close()


def new_page(browser: "Browser", watch: Watch, **options: Any) -> "Page":
    """An empty page in a profile of its own, whose cache is empty."""
    context = browser.new_context(viewport=WIDE, **options)  # type: ignore[arg-type]
    context.set_default_timeout(1000 * PATIENCE)
    page = context.new_page()
    watch.attach(page)
    return page


@contextlib.contextmanager
def serve(checkpoints: Path) -> Iterator[Server]:
    """Start the app's server on a free port; stop it at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
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


def percentile(values: list[float], share: float) -> float:
    """The smallest of the values that at least `share` of them do not exceed."""
    return sorted(values)[math.ceil(share * len(values)) - 1]
