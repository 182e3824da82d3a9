"""What Results shows: Table 1, the statements, and the forms of the variance term."""

import dataclasses
from collections.abc import Sequence

from app.data.inference import decode
from app.export.captions import About, color_of, label_of, measured_columns, metrics
from app.export.files import Download, Snapshot
from app.export.sheets import Part, SheetCell, strip
from muvae import OBJECTIVES, Run
from muvae.analysis.latent import sample_prior, standard_noise
from muvae.replication import STATEMENTS, Measured, VarianceForm
from muvae.replication.paper import TABLE_1

VERDICTS = {True: "holds", False: "does not hold", None: "undecided"}


def table_downloads(about: About, measured: Measured) -> list[Download | Snapshot]:
    """Table 1 beside ours, and the statements; what all the chosen runs measured."""
    compared = table_1(about.dataset.name, measured)
    beside: list[Download | Snapshot] = [
        about.snapshot("Table 1 beside ours", "table-1", "chart:table-1"),
        about.rows("Table 1 beside ours", "table-1", lambda: compared),
    ]
    return [
        *(beside if compared else []),
        about.rows("The statements", "statements", lambda: statement_rows(measured)),
        metrics(about),
    ]


def variance_downloads(
    about: About, forms: Sequence[tuple[VarianceForm, Run]], count: int
) -> list[Download]:
    """The samples of the forms' runs at their own σ, and what was measured of them."""

    def cells() -> list[SheetCell]:
        parts = []
        for form, run in forms:
            noise = standard_noise(count, run.config.latent.dim, seed=0)
            images = decode(run, sample_prior(noise, run.objective.sample_std))
            note = f"{form.variance}, bound {form.clip:g}√D, σ = {run.objective.sample_std:g}"
            parts.append(Part(strip(images, scale=3), label_of(run), color_of(run), note))
        return [SheetCell(parts)]

    if not forms:
        return []
    shown = dataclasses.replace(about, runs=[run for _, run in forms])
    return [
        shown.picture("The variance terms' samples", "variance", cells, "seed 0"),
        shown.rows("The variance terms", "variance", lambda: [form_row(form) for form, _ in forms]),
    ]


def table_1(dataset: str, measured: Measured) -> list[dict[str, object]]:
    """The paper's accuracies in percent, and ours on sampled codes and on means."""
    rows: list[dict[str, object]] = []
    for name, paper in TABLE_1.get(dataset, {}).items():
        record = measured.runs.get(dataset, {}).get(name)
        if record is None:
            continue
        sampled, means = (
            record.metrics[f"test_accuracy_{of}"].times(100) for of in ("sampled", "mean")
        )
        rows.append(
            {
                "run": name,
                "model": OBJECTIVES[name].label,
                "epochs": record.config.epochs,
                "paper_percent": paper,
                **measured_columns({"sampled_percent": sampled}),
                "difference": sampled.value - paper,
                "means_percent": means.value,
            }
        )
    return rows


def statement_rows(measured: Measured) -> list[dict[str, object]]:
    """The paper's statements, and what the runs say of each."""
    rows: list[dict[str, object]] = []
    for statement in STATEMENTS:
        verdict = statement.verdict(measured)
        rows.append(
            {
                "claim": statement.claim,
                "source": statement.source,
                "verdict": VERDICTS[verdict.holds],
                "evidence": verdict.evidence,
            }
        )
    return rows


def form_row(form: VarianceForm) -> dict[str, object]:
    """A form's numbers, and which of the paper's observations it shows."""
    checks = {check.claim: check.holds for check in form.checks}
    return {
        "run": form.run,
        "variance_term": form.variance,
        "bound_over_sqrt_d": form.clip,
        "noise_std": form.noise_std,
        **measured_columns(form.metrics),
        **checks,
    }
