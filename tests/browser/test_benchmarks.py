"""benchmarks/bench_live.py runs to its end on small runs."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from helpers import REPOSITORY
from patience import PATIENCE
from served import write_checkpoints

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("bench")
    write_checkpoints(root, toy=True)
    return root


def run(checkpoints: Path, tmp_path: Path, *flags: str) -> tuple[dict[str, Any], str]:
    """What the benchmark reports, and what it prints."""
    report = tmp_path / "report.json"
    command = [sys.executable, "benchmarks/bench_live.py", "--checkpoints", str(checkpoints)]
    done = subprocess.run(
        [*command, "--json", str(report), *flags],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(report.read_text(encoding="utf-8")), done.stdout


def test_live_views_are_measured(checkpoints: Path, tmp_path: Path) -> None:
    flags = ("--moves", "20", "--openings", "1", "--soak", "6")
    report, text = run(checkpoints, tmp_path, *flags)
    assert 1 <= len(report["drag"]["ms"]) <= 20  # a busy machine paints some together
    assert report["drag"]["said"] == []
    assert report["draw_ms"]
    assert report["hover_ms"]
    (opening,) = report["openings"]
    assert opening["weights_bytes"] > 4 * 160_000
    assert opening["weights_bytes_again"] == 0
    assert opening["own_bytes"] < 3e6
    assert report["soak"]["drags"] >= 1
    assert report["console_errors"] == []
    assert "drag to paint" in text
