"""benchmarks/bench_hostile.py in short: it attacks, and says what another visitor noticed."""

import dataclasses
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from helpers import REPOSITORY
from patience import PATIENCE

from muvae import InvalidInputError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Streamlit's imports


def bench(*flags: str) -> subprocess.CompletedProcess[str]:
    """The benchmark, as it is run by hand."""
    return subprocess.run(
        [sys.executable, "benchmarks/bench_hostile.py", *flags],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},  # this checkout's, wherever it lies
        capture_output=True,
        text=True,
        check=False,
        timeout=3 * PATIENCE,
    )


@pytest.fixture(scope="module")
def modules() -> Any:
    """The benchmark's own modules, by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(REPOSITORY / "benchmarks")
        yield import_module


def test_attackers_attack_and_another_visitor_meets_no_error(
    modules: Any, served_checkpoints: Path, tmp_path: Path
) -> None:
    """Attacks of different kinds on one server: handshakes, half requests, uploads, downloads."""
    names = ["origins", "halves", "scans", "downloads"]
    report = tmp_path / "report.json"
    with modules("bench.server").serve(served_checkpoints) as server:
        server.wait_listening()
        where = ["--url", server.address, "--pid", str(server.process.pid)]
        short = ["--seconds", "2", "--quiet", "0.5", "--left", "0", "--json", str(report)]
        done = bench("--only", *names, *where, *short)
        assert server.process.poll() is None
    assert done.stderr == ""
    attacks = json.loads(report.read_text(encoding="utf-8"))["attacks"]
    assert sorted(attacks) == sorted(names)
    for name, found in attacks.items():
        assert found["attacker"]["fault"] == "", name
        assert found["attacker"]["counts"]["requests"] > 0, name
        assert found["errors"] == {}, name
        assert found["before"]["trips"] > 0, name
        assert found["during"]["unhealthy"] == 0, name
        assert found["memory_before"] > 0, name
        assert f"{name} " in done.stdout
    counts = {name: found["attacker"]["counts"] for name, found in attacks.items()}
    assert counts["origins"]["answered 403"] == counts["origins"]["requests"]
    assert counts["halves"]["connections"] > 0
    assert counts["scans"]["uploads"] > 0
    assert counts["downloads"]["another's PNG"] > 0
    holds = all(all(found["verdicts"].values()) for found in attacks.values())
    assert done.returncode == (0 if holds else 1)


def test_runs_are_copied_over_themselves_on_a_server_that_lives(
    served_checkpoints: Path, tmp_path: Path
) -> None:
    """It is a server of its own, with runs of its own: those that are served here stay as is."""
    report = tmp_path / "report.json"
    short = ["--seconds", "2", "--quiet", "0.5", "--left", "0", "--json", str(report)]
    done = bench("--only", "runs", "--checkpoints", str(served_checkpoints), *short)
    assert done.stderr == ""
    found = json.loads(report.read_text(encoding="utf-8"))["attacks"]["runs"]
    assert found["attacker"]["counts"]["copies"] > 0
    assert found["alive"]


def test_what_the_issue_names_is_attacked(
    modules: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench_hostile.py", "--list"])
    modules("bench_hostile").main()
    names = {line.split()[0] for line in capsys.readouterr().out.splitlines()}
    assert names >= {"scans", "origins", "burst-60", "burst-200", "downloads", "addresses"}
    assert names >= {"uploads", "messages", "slow", "static", "halves", "idle", "runs"}
    assert names >= {"all", "sigterm"}


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        ("--only nothing", "nothing"),
        ("--seconds 0", "--seconds"),
        ("--app nowhere", "nowhere"),
        ("--url http://127.0.0.1:1 --only sigterm", "a server of its own"),
    ],
)
def test_a_mistake_is_one_sentence(
    modules: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    flags: str,
    text: str,
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench_hostile.py", *flags.split()])
    with pytest.raises((SystemExit, InvalidInputError)) as caught:
        modules("bench_hostile").main()
    told = capsys.readouterr().err
    if isinstance(caught.value, InvalidInputError):
        told = f"{caught.value}\n"
    assert told.count("\n") == 1
    assert text in told


def test_a_missed_bound_is_told(modules: Any) -> None:
    found, attacks = modules("hostile.results"), modules("hostile.attacks").ATTACKS
    burst = next(each for each in attacks if each.name == "burst-60")
    quiet = found.Phase(10, 0.1, 0.5, 0.5, 0.1, 0, 800_000_000)
    did = {"counts": {"requests": 9, "first pages": 60}, "longest": {"until a first page": 19.0}}
    good = found.Result(
        burst, did, quiet, quiet, quiet, 800_000_000, 800_000_000, 0, {}, alive=True
    )

    def missed(**changed: Any) -> list[str]:
        result = dataclasses.replace(good, **changed)
        result.judge()
        assert result.holds == all(verdict.holds for verdict in result.verdicts)
        return [verdict.what for verdict in result.verdicts if not verdict.holds]

    def during(**changed: Any) -> list[str]:
        return missed(during=dataclasses.replace(quiet, **changed))

    assert missed() == []
    assert missed(memory_left=870_000_000) == []
    assert missed(memory_left=890_000_000) == ["memory once all have left, more than before"]
    assert missed(alive=False) == ["the server lives"]
    assert missed(errors={"lost": 1}) == ["another visitor's errors"]
    assert during(health=1.1) == ["health's longest wait"]
    assert during(p95=3.1) == ["another's 95th percentile"]
    assert during(unhealthy=1) == ["health checks without an answer"]
    assert during(memory=1_600_000_000) == ["memory, most, MB"]
    assert missed(ended=9.0, alive=False) == []
    assert missed(ended=11.0, alive=False) == ["seconds until it has ended"]
    nothing = {"counts": {}, "longest": {}}
    assert missed(attacker=nothing) == [
        "the attacker's requests",
        "first pages",
        "until a first page",
    ]
    slow = did | {"longest": {"until a first page": 21.0}}
    assert missed(attacker=slow) == ["until a first page"]
