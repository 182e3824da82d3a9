"""The app under load, its image's health check, and the proxy's configuration."""

import json
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from helpers import REPOSITORY, run_apart
from patience import PATIENCE

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Streamlit's imports


@pytest.fixture(scope="module")
def server(served_checkpoints: Path) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(REPOSITORY / "benchmarks")
        patch.setenv("STREAMLIT_SERVER_SCRIPT_HEALTH_CHECK_ENABLED", "true")  # as in the image
        with import_module("bench.server").serve(served_checkpoints) as server:
            server.wait_listening()
            yield server


def test_visitors_meet_no_error(server: Any, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    flags = "--sessions 5 --minutes 0.1 --think 0.1 0.5 --alone 2 --left 0"
    where = ["--url", server.address, "--pid", str(server.process.pid), "--json", str(report)]
    done = subprocess.run(
        [sys.executable, "benchmarks/bench_load.py", *flags.split(), *where],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.stderr == ""
    found = json.loads(report.read_text(encoding="utf-8"))
    assert found["errors"] == {}
    assert found["dropped"] == 0
    assert found["round_trips"] >= 1
    assert found["pages"]
    assert found["memory_bytes"]
    assert done.returncode == (0 if all(found["holds"].values()) else 1)
    assert "round trip, 95th percentile" in done.stdout


def health_check(port: int, seconds: int) -> int:
    """The exit status of the image's health check on another port, with a shorter patience."""
    text = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    python, *arguments = json.loads(re.findall(r"^HEALTHCHECK .* CMD (\[.*\])$", text, re.M)[0])
    assert python == "python"
    code = arguments[1].replace("8501", str(port)).replace("timeout=18", f"timeout={seconds}")
    assert f"{port}, timeout={seconds}" in code
    command = [sys.executable, arguments[0], code]
    done = subprocess.run(command, capture_output=True, check=False, timeout=PATIENCE)
    return done.returncode


def test_health_check_notices_a_hung_server(server: Any) -> None:
    assert health_check(server.port, PATIENCE) == 0
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        assert health_check(server.port, 1) == 1
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    assert health_check(server.port, PATIENCE) == 0


def test_a_missed_bound_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
    found = import_module("load.verdicts")
    records = import_module("load.records").Records()
    for _ in range(10):
        records.trip("Sample", "opened", 0.5)

    def missed(memory: list[int], left: int) -> list[str]:
        moments = [found.Moment(20.0 * at, value) for at, value in enumerate(memory)]
        verdicts = found.verdicts(records, records, moments, left)
        return [verdict.what for verdict in verdicts if not verdict.holds]

    flat = [50, 80, 90, 100, 100, 100, 101, 100, 101, 100, 101, 101]
    assert missed(flat, 90) == []
    growing = [50, 80, 90, 100, 100, 100, 104, 108, 112, 116, 120, 124]
    assert missed(growing, 90) == ["memory's growth after the first minute"]
    assert missed(flat, 110) == ["memory given back by those who left"]
    for _ in range(10):
        records.trip("Sample", "opened", 1.5)
    assert missed(flat, 90) == ["round trip, 95th percentile"]
    records.error("500")
    assert missed(flat, 90) == ["errors", "round trip, 95th percentile"]


def test_what_visitors_say_is_taken(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each live view of each page: the server takes a value that a visitor changes there."""
    monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
    actions, moved = import_module("load.actions"), set[str]()
    records = import_module("load.records").Records()

    async def visit() -> None:
        async with import_module("load.tab").Tab(server.address, records) as tab:
            await tab.open()
            for title in tab.page.pages:
                tab.page.leave(title)
                await tab.ask(tab.page.rerun())
                for action in actions.possible(tab.page, random.Random(1)):
                    if action.widget.kind != "bidi_component" or action.once or action.path:
                        continue
                    name = action.widget.proto.component_name
                    tab.page.put(action.widget, action.value)
                    await tab.ask(tab.page.rerun())
                    told = {widget.id: data for widget, data in tab.page.components()}
                    data = told[action.widget.id]
                    said = {actions.SAID_AS.get(part, part): data[part] for part in data}
                    for part, state in action.value.items():
                        assert said[part] == state, f"{name}: {part}"
                        moved.add(f"{name} {part}")

    run_apart(visit())
    assert {name.split()[0] for name in moved} >= {f"muvae_{name}" for name in actions.MOVES} - {
        "muvae_draw"  # where one chooses to draw
    }


def test_two_sessions_who_do_the_same_see_the_same(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what try_replicas compares after a visitor was taken to another replica."""
    monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
    witness = import_module("load.witness").Witness
    seen = []

    async def look() -> None:
        for _ in range(2):
            it = witness(server.address)
            async with it.tab:
                await it.settle()
                seen.append(it.shown)
                assert it.lost() == []

    run_apart(look())
    assert seen[0] == seen[1]
    assert "0.25, -0.5" in json.dumps(seen[0])  # where the sliders were put
