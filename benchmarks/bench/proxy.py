"""The real nginx, with the repository's configuration, before servers on this machine."""

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.server import REPOSITORY, Server, free_port, proportional
from muvae.errors import InvalidInputError

REPLICAS = ("10.77.0.11:8501", "10.77.0.12:8501", "10.77.0.13:8501")


@dataclass(frozen=True)
class Proxy:
    """Nginx's master process, its port, and the file of its log."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def address(self) -> str:
        """Where its first page is."""
        return f"http://127.0.0.1:{self.port}"

    def memory(self) -> int:
        """Bytes of the master and its workers, each with its share of what they share."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        return sum(proportional(int(each)) or 0 for each in [str(pid), *children])


def find_nginx() -> str:
    """$NGINX, or the one on this machine; InvalidInputError if there is none."""
    program = os.environ.get("NGINX") or shutil.which("nginx")
    program = program or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        raise InvalidInputError("there is no nginx; install it with: apt-get install nginx-light")
    return program


@contextlib.contextmanager
def serve_proxy(ports: Sequence[int], faster: int = 1) -> Iterator[Proxy]:
    """Start nginx before three servers at these ports; stop it at the end.

    Its configuration is that of compose.yaml, but for addresses and ports, and with its time limits
    so many times shorter.
    """
    program = find_nginx()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # its workers are nobody in particular
        port = free_port()
        for name in ("nginx.conf", "replicas.conf"):
            text = (REPOSITORY / "deploy" / name).read_text(encoding="utf-8")
            text = text.replace("listen 8080", f"listen 127.0.0.1:{port}")
            for known, own in zip(REPLICAS, ports, strict=True):
                text = text.replace(known, f"127.0.0.1:{own}")
                text = text.replace(known.replace(".", r"\."), rf"127\.0\.0\.1:{own}")
            text = re.sub(r"(_timeout) (\w+);", lambda limit: shorter(limit, faster), text)
            (Path(folder) / name).write_text(text, encoding="utf-8")
        command = [program, "-e", "stderr", "-p", folder, "-c", f"{folder}/nginx.conf"]
        path = Path(folder) / "log"
        with path.open("wb") as log:
            process = subprocess.Popen([*command, "-g", "daemon off;"], stdout=log, stderr=log)
            try:
                Server(process, port, time.perf_counter()).wait_listening()
                yield Proxy(process, port, path)
            finally:
                process.terminate()
                process.wait(10)


def shorter(limit: re.Match[str], faster: int) -> str:
    """A time limit of nginx's, so many times shorter."""
    units = {"s": 1000, "m": 60_000, "h": 3_600_000}
    milliseconds = int(limit[2][:-1]) * units[limit[2][-1]]
    return f"{limit[1]} {milliseconds // faster}ms;"
