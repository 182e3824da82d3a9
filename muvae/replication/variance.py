"""What Eq. 6's variance term does: its three forms, and what the paper shows of its runs."""

import dataclasses
import math
from dataclasses import dataclass

from muvae.objectives import OBJECTIVES
from muvae.objectives.mu import MuElbo
from muvae.objectives.terms import VARIANCE_TERMS, VarianceTerm
from muvae.replication.measured import Measured
from muvae.replication.noise import exceeds
from muvae.replication.paper import TABLE_1
from muvae.types import Measurement

NEAR_ACCURACY = 3.0  # points of percent


@dataclass(frozen=True)
class Check:
    """Something that the paper shows or says of its μ-VAEs, and whether a run shows it too.

    `holds` is None where the noise of the run's draws leaves it open.
    """

    claim: str
    holds: bool | None


@dataclass(frozen=True)
class VarianceForm:
    """A μ-VAE run: its bound in units of √D, its variance term, its metrics, and the checks."""

    run: str
    clip: float
    variance: VarianceTerm
    noise_std: float
    metrics: dict[str, Measurement]
    checks: tuple[Check, ...]

    @property
    def agreed(self) -> int:
        """How many checks hold."""
        return sum(check.holds is True for check in self.checks)


KEYS = (
    "mean_log_var",
    "aggregate_mean",
    "aggregate_std",
    "test_accuracy_sampled",
    "test_accuracy_mean",
    "test_reconstruction",
    "test_kl",
    "own_samples_confidence",
    "own_samples_class_entropy",
    "own_samples_frechet",
    "judged_samples_confidence",
    "judged_samples_class_entropy",
    "judged_samples_frechet",
    "samples_nearest",
)


def variance_forms(measured: Measured, dataset: str = "mnist") -> list[VarianceForm]:
    """The μ-VAE runs of a dataset that are there, by bound, then form; MissingError: not measured.

    `noise_std` is exp(mean log σ² / 2), the geometric mean of the σ that codes are sampled with.
    """
    forms = []
    for name, objective in OBJECTIVES.items():
        if not isinstance(objective, MuElbo) or name not in measured.runs.get(dataset, {}):
            continue
        metrics = {key: measured.metric(dataset, name, key) for key in KEYS}
        forms.append(
            VarianceForm(
                run=name,
                clip=objective.clip or math.inf,
                variance=objective.variance,
                noise_std=math.exp(metrics["mean_log_var"].value / 2),
                metrics=metrics,
                checks=_checks(measured, dataset, objective, metrics),
            )
        )
    return sorted(forms, key=lambda form: (form.clip, VARIANCE_TERMS.index(form.variance)))


def _checks(
    measured: Measured, dataset: str, objective: MuElbo, metrics: dict[str, Measurement]
) -> tuple[Check, ...]:
    paper = TABLE_1.get(dataset, {}).get("mu-vae-1" if objective.clip == 3 else "mu-vae-2")
    accuracy = metrics["test_accuracy_sampled"].times(100)
    near = f"accuracy within {NEAR_ACCURACY:g} points of Table 1's"
    vae = {
        key: measured.metric(dataset, "vae", key)
        for key in ("aggregate_std", "test_kl", "test_reconstruction", "judged_samples_frechet")
    }
    return (
        Check(
            "log σ² is pushed towards zero (Section 4): its mean lies within 1 of it",
            abs(metrics["mean_log_var"].value) <= 1,
        ),
        Check(
            "every dimension has zero mean (Figures 4, 11): |mean| at most a tenth of the spread",
            exceeds(metrics["aggregate_std"].times(0.1), metrics["aggregate_mean"], strict=False),
        ),
        Check(
            "codes are more spread out than the VAE's (Figures 4, 11)",
            exceeds(metrics["aggregate_std"], vae["aggregate_std"]),
        ),
        Check(
            "KL is higher than the VAE's (Figure 8)", exceeds(metrics["test_kl"], vae["test_kl"])
        ),
        Check(
            "reconstruction loss is lower than the VAE's (Figure 8)",
            exceeds(vae["test_reconstruction"], metrics["test_reconstruction"]),
        ),
        *([Check(near, _within(NEAR_ACCURACY, accuracy, paper))] if paper else []),
        Check(
            "samples at σ = 3 look like the data (Figures 6, 10): Fréchet distance to real images "
            "at most twice that of the VAE's samples",
            exceeds(
                vae["judged_samples_frechet"].times(2),
                metrics["judged_samples_frechet"],
                strict=False,
            ),
        ),
    )


def _within(margin: float, measured: Measurement, target: float) -> bool | None:
    """Whether a number lies no farther from the target; None: its noise leaves that open."""
    distance = dataclasses.replace(measured, value=abs(measured.value - target))
    return exceeds(Measurement(margin), distance, strict=False)


def nearest_form(forms: list[VarianceForm]) -> VarianceTerm | None:
    """The form under which most checks hold, over both bounds; None where two are level."""
    totals = {
        variance: sum(form.agreed for form in forms if form.variance == variance)
        for variance in {form.variance for form in forms}
    }
    best = [variance for variance, total in totals.items() if total == max(totals.values())]
    return best[0] if len(best) == 1 else None


def missing_runs(measured: Measured, dataset: str = "mnist") -> list[str]:
    """The μ-VAE objectives of which there is no run to compare."""
    return [
        name
        for name, objective in OBJECTIVES.items()
        if isinstance(objective, MuElbo) and name not in measured.runs.get(dataset, {})
    ]
