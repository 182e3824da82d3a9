"""The README's table is what scripts/results.py prints of the shipped runs."""

import dataclasses
import subprocess
import sys
from pathlib import Path

from helpers import REPOSITORY, SHIPPED, make_run, make_split

from muvae.datasets.builtin import DATASETS
from muvae.datasets.test_split import write_dataset
from muvae.runs.folder import write_run


def results(checkpoints: Path) -> str:
    script = REPOSITORY / "scripts" / "results.py"
    result = subprocess.run(
        [sys.executable, str(script), "--checkpoints", str(checkpoints)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_readme_holds_the_shipped_runs_metrics() -> None:
    printed = results(SHIPPED)
    assert printed.count("\n") == 2 + 14
    assert printed in (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_what_was_not_measured_is_said(tmp_path: Path) -> None:
    run = make_run()
    few = {name: value for name, value in run.metrics.items() if name.startswith("test_")}
    write_dataset(tmp_path / "mnist", DATASETS["mnist"], make_split(len(run.codes.mean)))
    write_run(tmp_path / "mnist" / run.name, dataclasses.replace(run, metrics=few))
    assert results(tmp_path).splitlines()[-1].endswith("| not measured |")
