"""The README's table is what scripts/results.py prints of the shipped runs."""

import subprocess
import sys

from helpers import REPOSITORY, SHIPPED


def test_the_readme_holds_the_shipped_runs_metrics() -> None:
    script = REPOSITORY / "scripts" / "results.py"
    result = subprocess.run(
        [sys.executable, str(script), "--checkpoints", str(SHIPPED)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("\n") == 2 + 14
    assert result.stdout in (REPOSITORY / "README.md").read_text(encoding="utf-8")
