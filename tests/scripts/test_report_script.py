"""docs/REPLICATION.md is what scripts/report.py writes of the shipped runs."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from helpers import REPOSITORY, SHIPPED, make_run

from muvae.runs.writing import write_run

REPORT = REPOSITORY / "docs" / "REPLICATION.md"


def test_the_committed_report_is_that_of_the_shipped_runs(tmp_path: Path) -> None:
    command = [sys.executable, str(REPOSITORY / "scripts" / "report.py")]
    flags = ["--checkpoints", str(SHIPPED), "--out", str(tmp_path / "report.md")]
    done = subprocess.run([*command, *flags], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "report.md").read_text(encoding="utf-8") == REPORT.read_text("utf-8")


def test_the_report_leaves_nothing_unmeasured() -> None:
    """What is not decided is so for its noise, not for want of a number."""
    text = REPORT.read_text(encoding="utf-8")
    assert "undecided: " not in text
    undecided = [line for line in text.splitlines() if "| not decided |" in line]
    assert all("(within the noise: " in line for line in undecided)
    assert "not measured" not in text
    assert "nan" not in re.findall(r"\w+", text)
    decided = text.count("| holds |") + text.count("| **does not hold** |")
    assert decided + len(undecided) == 17


def test_the_report_s_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", REPORT.read_text(encoding="utf-8")):
        assert (REPORT.parent / link).exists(), link


def test_what_is_missing_or_broken_is_one_sentence(
    tmp_path: Path, call_script: Callable[..., Any]
) -> None:
    flags = ("--checkpoints", tmp_path, "--out", tmp_path / "report.md")
    write_run(tmp_path / "mnist" / "vae", make_run())
    done = call_script("report", *flags)
    assert done.status == 1
    assert done.errors == (
        f"report.py: there is no run beta-vae in {tmp_path / 'mnist'}; "
        "train it: python scripts/train.py --dataset all --objective all\n"
    )
    (tmp_path / "mnist" / "vae" / "run.json").write_text("{")
    done = call_script("report", *flags)
    assert done.status == 1
    assert "vae/run.json" in done.errors
    assert done.errors.count("\n") == 1
    assert not (tmp_path / "report.md").exists()
