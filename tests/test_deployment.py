"""What puts the app in public: compose.yaml, the proxy's start, each `docker run` of the docs."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from helpers import REPOSITORY
from patience import PATIENCE

# What bounds a container that the internet reaches.
RUN_LIMITS = ("--read-only", "--ulimit nofile=", "--pids-limit", "--memory", "--cap-drop ALL")
COMPOSE_LIMITS = (
    "read_only: true",
    "cap_drop: [ALL]",
    "no-new-privileges:true",
    "mem_limit:",
    "memswap_limit:",
    "pids_limit:",
    "ulimits: {nofile:",
)
TOLD = re.compile(r"(?:docker|podman|\$\(DOCKER\)) run .*")


def tracked() -> list[Path]:
    """All texts of this repository, but for tests and what is made."""
    command = ["git", "ls-files", "-z", ":!tests", ":!checkpoints"]
    listed = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    return [REPOSITORY / name for name in listed.stdout.split("\0") if name]


def docker_runs() -> list[str]:
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
        found += [f"{path.name}: {run}" for run in TOLD.findall(text.replace("\\\n", " "))]
    return found


def test_every_docker_run_that_is_told_has_limits() -> None:
    runs = docker_runs()
    assert {run.partition(":")[0] for run in runs} >= {"README.md", "DEPLOY.md", "Makefile"}
    assert [run for run in runs if any(limit not in run for limit in RUN_LIMITS)] == []


def test_containers_may_do_no_more_than_they_need() -> None:
    compose = (REPOSITORY / "compose.yaml").read_text(encoding="utf-8")
    for limit in COMPOSE_LIMITS:
        assert compose.count(limit) == 2, limit  # the replicas, which are one, and the proxy
    dockerfile = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
    health = re.search(r"^HEALTHCHECK (.*?) CMD", dockerfile, re.M)
    assert health
    assert {"--retries=3", "--timeout=20s"} < set(shlex.split(health[1]))


def test_the_proxy_knows_every_replica() -> None:
    """Its lists and the containers' addresses are the same, each replica in every list."""
    compose = (REPOSITORY / "compose.yaml").read_text(encoding="utf-8")
    replicas = (REPOSITORY / "deploy" / "replicas.conf").read_text(encoding="utf-8")
    addresses = re.findall(r"app-\d:\n    <<: \*replica\n.*ipv4_address: ([\d.]+)", compose)
    assert len(addresses) == 3
    groups = dict(re.findall(r"^upstream (\w+) \{(.*?)^\}", replicas, re.M | re.S))
    numbers = range(1, len(addresses) + 1)
    names = [f"{kind}_{number}" for kind in ("replica", "session") for number in numbers]
    assert list(groups) == ["replicas", *names]
    for name, group in groups.items():
        servers = re.findall(r"server ([\d.]+):8501( backup)?", group)
        own = [address for address, backup in servers if not backup]
        assert own == (addresses if name == "replicas" else [addresses[int(name[-1]) - 1]])
        rest = [] if name.startswith("session") else addresses
        assert sorted({address for address, _ in servers} - {*own}) == sorted({*rest} - {*own})
    for number, address in enumerate(addresses, 1):
        assert f"replica_{number};" in replicas
        assert f"session_{number};" in replicas
        assert re.search(rf"~{re.escape(re.escape(address))}:8501\$\s+{number};", replicas)


def test_the_proxy_starts_when_one_replica_is_healthy(tmp_path: Path) -> None:
    """The real script; the second of three answers, and only when it has been asked twice."""
    asked: list[str] = []

    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200 if len(asked) > 1 else 503)
            self.end_headers()

        def log_message(self, *words: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Health) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        shutil.copytree(REPOSITORY / "deploy", tmp_path / "deploy")
        lists = tmp_path / "deploy" / "replicas.conf"
        text = lists.read_text().replace("10.77.0.12:8501", f"127.0.0.1:{server.server_port}")
        lists.write_text(re.sub(r"10\.77\.0\.\d+:8501", "127.0.0.1:1", text))  # nobody's
        programs = {
            "nginx": 'echo "nginx $*"',
            "wget": f"exec {sys.executable} -c 'import sys, urllib.request as r; "
            'r.build_opener(r.ProxyHandler({})).open(sys.argv[-1])\' "$@"',
        }
        for name, script in programs.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
            (tmp_path / name).chmod(0o755)
        done = subprocess.run(
            [tmp_path / "deploy" / "start-proxy"],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        )
        server.shutdown()
    assert done.returncode == 0, done.stderr
    assert asked == ["/_stcore/script-health-check"] * 2
    assert f"-c {tmp_path}/deploy/nginx.conf" in done.stdout.splitlines()[-1]


def test_compose_lets_the_proxy_start_by_itself() -> None:
    compose = (REPOSITORY / "compose.yaml").read_text(encoding="utf-8")
    assert 'command: ["/etc/muvae/start-proxy"]' in compose
    assert "\n    depends_on:" not in compose  # which waits for all that it names


@pytest.mark.parametrize("file", ["Dockerfile", "compose.yaml"])
def test_digests_are_written_where_images_are_named(file: str, tmp_path: Path) -> None:
    """`make digests`, with a registry that is asked by a program of this test's."""
    for name in ("Dockerfile", "compose.yaml", "Makefile"):
        shutil.copy(REPOSITORY / name, tmp_path)
    digest = "sha256:" + "ab" * 32
    docker = tmp_path / "docker"
    docker.write_text(f'#!/bin/sh\necho "$*" >> asked\necho {digest}\n')
    docker.chmod(0o755)
    for _ in range(2):  # the second time there is a digest already
        subprocess.run(
            ["make", "digests", f"DOCKER={docker}"],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            timeout=PATIENCE,
        )
    named = re.findall(r"docker\.io/library/\S+", (tmp_path / file).read_text())
    assert named
    assert all(re.fullmatch(r"[\w./]+:[\w.-]+@sha256:[0-9a-f]{64}", name) for name in named)
    assert "@" not in (tmp_path / "asked").read_text()  # it is asked of tags
