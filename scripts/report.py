"""Write docs/REPLICATION.md: the paper held against the shipped runs, all figures from run.json."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from common import Parser
from process import run_main

from muvae import OBJECTIVES
from muvae.errors import CheckpointError
from muvae.objectives import PAPER_OBJECTIVES
from muvae.replication import STATEMENTS, Measured, MissingError, read_measured
from muvae.replication.noise import SIGMAS
from muvae.replication.report.gap import gap
from muvae.replication.report.markdown import listed, safe
from muvae.replication.report.runs import others, seeds, table_1, training_length
from muvae.replication.report.variance import variance
from muvae.runs.discovery import RunRecord
from muvae.runs.files import write_text

MARKS = {True: "holds", False: "**does not hold**", None: "not decided"}
FIGURES = (
    ("01.png", "Figure 1: the toy planes"),
    ("02.svg", "Figure 2: training curves, Fashion-MNIST"),
    ("03.png", "Figure 3: t-SNE of the test codes"),
    ("04.svg", "Figure 4: codes per dimension, Fashion-MNIST"),
    ("05.png", "Figure 5: reconstructions, Fashion-MNIST"),
    ("06.png", "Figure 6: random samples, Fashion-MNIST"),
    ("07.png", "Figure 7: traversals, Fashion-MNIST"),
    ("08.svg", "Figure 8: training curves, MNIST"),
    ("09.png", "Figure 9: traversals, MNIST"),
    ("10.png", "Figure 10: random samples, MNIST"),
    ("11.svg", "Figure 11: codes per dimension, MNIST"),
)


def parse_arguments() -> Any:
    """The command line's flags."""
    parser = Parser(__doc__ or "")
    parser.add_checkpoints()
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("docs/REPLICATION.md"),
        metavar="FILE",
        help="what to write (default: %(default)s)",
    )
    return parser.parse_args()


def main() -> None:
    """Write the report."""
    flags = parse_arguments()
    measured = read_measured(flags.checkpoints)
    if measured.problems:
        raise CheckpointError(measured.problems[0])
    for dataset, runs in measured.runs.items():
        if missing := [name for name in PAPER_OBJECTIVES if name not in runs]:
            raise CheckpointError(
                f"there is no run {missing[0]} in {flags.checkpoints / dataset}; "
                "train it: python scripts/train.py --dataset all --objective all"
            )
    try:
        text = report(measured)
    except MissingError as error:
        raise CheckpointError(str(error)) from error
    write_text(flags.out, text)
    print(f"wrote {flags.out}")


def report(measured: Measured) -> str:
    """The whole report, Markdown."""
    sections = (
        _opening(measured),
        table_1(measured),
        training_length(measured),
        gap(measured),
        seeds(measured),
        others(measured),
        _statements(measured),
        variance(measured),
        _figures(),
    )
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def _opening(measured: Measured) -> list[str]:
    runs = [run for each in measured.runs.values() for run in each.values()]
    epochs = sorted({run.config.epochs for run in runs if run.name in OBJECTIVES})
    devices = sorted({str(run.provenance.get("device", "unknown")) for run in runs})
    toys = sorted({run.config.epochs for run in measured.toys.values()})
    return [
        "# Replication",
        "",
        "Written by `scripts/report.py` from the run folders under `checkpoints/`; a test holds it "
        "to them. Every figure is of the 10,000 test images; no setting was chosen by them.",
        "",
        f"Settings: those of Appendix B (Adam, rate 1e-4, batches of 64, 10 dimensions). Epochs: "
        f"{listed(epochs)} (the paper gives no number); the toy models of Figure 1 "
        f"{listed(toys) if toys else 'not trained'}. Trained on: {'; '.join(devices)}; in "
        f"{listed({run.config.precision for run in runs})} "
        f"([what that changes](PRECISION.md)).{_continued(runs)}",
        "",
        "Where the paper leaves room, this is what was done: "
        "[the README](../README.md) and `muvae/objectives/` say it in full. `mu-vae-1` and "
        "`mu-vae-2` have the KL's own variance term, the `-eq6` runs Eq. 6 as printed.",
    ]


def _continued(runs: Sequence[RunRecord]) -> str:
    """After which epochs runs were taken up without the moments that Adam had reached."""
    epochs = {epoch for run in runs for epoch in run.provenance.get("continued_after", ())}
    if not epochs:
        return ""
    counts = [bool(run.provenance.get("continued_after")) for run in runs]
    return (
        f" {sum(counts)} of {len(counts)} runs were taken up from their folders after epoch "
        f"{listed(epochs)}, where Adam's moments begin anew."
    )


def _statements(measured: Measured) -> list[str]:
    verdicts = [(statement, statement.verdict(measured)) for statement in STATEMENTS]
    held = sum(verdict.holds is True for _, verdict in verdicts)
    undecided = sum(verdict.holds is None for _, verdict in verdicts)
    open_ = f", {undecided} are not decided" if undecided else ""
    lines = [
        "## The paper's statements, one by one",
        "",
        f"{held} of {len(verdicts)} hold on both datasets{open_}. An order of two numbers counts "
        f"where they differ by more than their noise, {SIGMAS:g}·√(sd₁² + sd₂²), sd being the "
        "standard deviation of single draws; else it is not decided.",
        "",
        "| statement | where | | measured |",
        "| --- | --- | --- | --- |",
    ]
    for statement, verdict in verdicts:
        mark = MARKS[verdict.holds]
        lines.append(
            f"| {statement.claim} | {statement.source} | {mark} | {safe(verdict.evidence)} |"
        )
    return lines


def _figures() -> list[str]:
    lines = [
        "## The figures, remade",
        "",
        "By `make replicate` (`scripts/figures.py`), with the numbers behind each as CSV, in "
        "[`docs/replication/`](replication/).",
        "",
    ]
    for file, title in FIGURES:
        lines += [f"**{title}**", "", f"![{title}](replication/figure-{file})", ""]
    return lines[:-1]


if __name__ == "__main__":
    run_main(main)
