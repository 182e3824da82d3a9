"""The README's table is what scripts/results.py prints of the shipped runs."""

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from helpers import REPOSITORY, SHIPPED, make_run, make_split

from muvae.datasets.builtin import DATASETS
from muvae.datasets.test_split import write_dataset
from muvae.runs.writing import write_run


def test_the_readme_holds_the_shipped_runs_metrics() -> None:
    command = [sys.executable, str(REPOSITORY / "scripts" / "results.py")]
    flags = ["--checkpoints", str(SHIPPED)]
    done = subprocess.run([*command, *flags], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    printed = done.stdout
    assert printed.count("\n") == 2 + 14
    assert printed in (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_what_was_not_measured_is_said(tmp_path: Path, call_script: Callable[..., Any]) -> None:
    run = make_run()
    few = {name: value for name, value in run.metrics.items() if name.startswith("test_")}
    write_dataset(tmp_path / "mnist", DATASETS["mnist"], make_split(len(run.codes.mean)))
    write_run(tmp_path / "mnist" / run.name, dataclasses.replace(run, metrics=few))
    done = call_script("results", "--checkpoints", tmp_path)
    assert done.status == 0, done.errors
    assert done.output.splitlines()[-1].endswith("| not measured |")
