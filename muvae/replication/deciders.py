"""How a statement is decided: by a chain of runs along which a metric falls, or by its own rule."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from muvae.datasets.builtin import DATASETS
from muvae.objectives import OBJECTIVES
from muvae.replication.gaps import accuracy_gaps
from muvae.replication.measured import Measured, MissingError
from muvae.replication.paper import TABLE_1
from muvae.training.presets import TOY_ACTIVATIONS, TOY_ROWS, toy_name


@dataclass(frozen=True)
class Verdict:
    """What the runs say of a statement: whether it holds, and the numbers that decide.

    `holds` is None where runs or measurements are missing.
    """

    holds: bool | None
    evidence: str


Decider = Callable[[Measured], Verdict]


def compare(
    key: str,
    chain: Sequence[str],
    form: str,
    *,
    scale: float = 1,
    strict: bool = True,
) -> Decider:
    """Whether a metric falls along a chain of runs, on every dataset."""

    def decide(measured: Measured) -> Verdict:
        holds, parts = True, []
        for dataset, spec in DATASETS.items():
            values = [scale * measured.metric(dataset, run, key) for run in chain]
            holds &= all(
                high > low if strict else high >= low for high, low in itertools.pairwise(values)
            )
            listed = ", ".join(
                f"{OBJECTIVES[run].label} {value:{form}}"
                for run, value in zip(chain, values, strict=True)
            )
            parts.append(f"{spec.title}: {listed}")
        return Verdict(holds, "; ".join(parts))

    return decide


def all_hold(*decisions: Decider) -> Decider:
    def decide(measured: Measured) -> Verdict:
        verdicts = [decision(measured) for decision in decisions]
        holds = all(verdict.holds for verdict in verdicts)
        return Verdict(holds, ". ".join(verdict.evidence for verdict in verdicts))

    return decide


def reaches_the_paper(measured: Measured) -> Verdict:
    """Both μ-VAEs on sampled codes, on every dataset; what their means reach is said beside it."""
    gaps = [gap for gap in accuracy_gaps(measured) if gap.run in ("mu-vae-1", "mu-vae-2")]
    parts = [
        f"{DATASETS[gap.dataset].title} {OBJECTIVES[gap.run].label} {gap.sampled:.2f} (paper "
        f"{gap.paper:.2f}; ours on means {gap.means:.2f})"
        for gap in gaps
    ]
    return Verdict(all(gap.sampled >= gap.paper for gap in gaps), ", ".join(parts))


def means_near_zero(measured: Measured) -> Verdict:
    """Each dimension's mean within a tenth of its spread, on average over dimensions."""
    holds, parts = True, []
    for dataset, spec in DATASETS.items():
        for run in ("mu-vae-1", "mu-vae-2"):
            mean = measured.metric(dataset, run, "aggregate_mean")
            spread = measured.metric(dataset, run, "aggregate_std")
            holds &= mean <= 0.1 * spread
            parts.append(
                f"{spec.title} {OBJECTIVES[run].label} |mean| {mean:.2f}, spread {spread:.2f}"
            )
    return Verdict(holds, "; ".join(parts))


def beta_follows_the_prior(measured: Measured) -> Verdict:
    """Spread within a tenth of 1, means within a tenth of it, and the least KL of all."""
    holds, parts = True, []
    for dataset, spec in DATASETS.items():
        mean, spread, kl = (
            measured.metric(dataset, "beta-vae", key)
            for key in ("aggregate_mean", "aggregate_std", "test_kl")
        )
        others = [
            measured.metric(dataset, run, "test_kl") for run in TABLE_1[dataset] if run[0] != "b"
        ]
        holds &= abs(spread - 1) <= 0.1 and mean <= 0.1 and kl < min(others)
        parts.append(
            f"{spec.title}: |mean| {mean:.3f}, spread {spread:.3f}, KL {kl:.2f} (the next "
            f"{min(others):.2f})"
        )
    return Verdict(holds, "; ".join(parts))


def collapse(measured: Measured) -> Verdict:
    """β-VAE has fewer active units than any other model, on each dataset."""
    holds, parts = True, []
    for dataset, spec in DATASETS.items():
        units = {
            run: measured.metric(dataset, run, "test_active_units") for run in TABLE_1[dataset]
        }
        holds &= units["beta-vae"] < min(units[run] for run in ("vae", "mu-vae-1", "mu-vae-2"))
        listed = ", ".join(f"{OBJECTIVES[run].label} {count:.0f}" for run, count in units.items())
        parts.append(f"{spec.title}: {listed} of 10 active")
    return Verdict(holds, "; ".join(parts))


def smoother_toy(key: str, *, lower: bool, form: str) -> Decider:
    """Whether clipping the ELBO's codes improves a metric, for every activation function.

    Where it touches no code, any difference is one of chance.
    """

    def decide(measured: Measured) -> Verdict:
        plain, clipped, _ = TOY_ROWS
        holds, parts = True, []
        for activation, title in TOY_ACTIVATIONS.items():
            before, after = (
                measured.toy(toy_name(activation, row), key) for row in (plain, clipped)
            )
            holds &= after < before if lower else after > before
            share = measured.toy(toy_name(activation, clipped), "on_the_bound")
            parts.append(
                f"{title} {before:{form}} without, {after:{form}} with clipping, which touches "
                f"{share:.1%} of the codes"
            )
        return Verdict(holds, "; ".join(parts))

    return decide


def toy_mu_works(measured: Measured) -> Verdict:
    """μ-VAE with clipping separates the classes at least as well as both ELBO rows: kNN."""
    holds, parts = True, []
    for activation, title in TOY_ACTIVATIONS.items():
        values = [100 * measured.toy(toy_name(activation, row), "knn_accuracy") for row in TOY_ROWS]
        holds &= values[-1] >= max(values[:-1])
        listed = ", ".join(
            f"{row.title} {value:.1f}" for row, value in zip(TOY_ROWS, values, strict=True)
        )
        parts.append(f"{title}: {listed}")
    return Verdict(holds, "; ".join(parts))


def variance_to_one(measured: Measured) -> Verdict:
    """Mean log σ² within 1 of zero for every form of the variance term that was trained."""
    holds, parts = True, []
    for run in (name for name in OBJECTIVES if name.startswith("mu-vae")):
        if run not in measured.runs.get("mnist", {}):
            continue
        value = measured.metric("mnist", run, "mean_log_var")
        holds &= abs(value) <= 1
        parts.append(f"{OBJECTIVES[run].label} {value:.3g}")
    if len(parts) < 2:
        raise MissingError("there are no runs of the other forms")
    return Verdict(holds, f"mean log σ² on MNIST: {', '.join(parts)}")


def good_samples(measured: Measured) -> Verdict:
    """Samples of both μ-VAEs nearer to real images than the VAE's, by the common judge."""
    holds, parts = True, []
    for dataset, spec in DATASETS.items():
        distances = {
            run: measured.metric(dataset, run, "judged_samples_frechet") for run in TABLE_1[dataset]
        }
        real = measured.metric(dataset, "vae", "judged_real_frechet")
        holds &= max(distances["mu-vae-1"], distances["mu-vae-2"]) <= distances["vae"]
        listed = ", ".join(f"{OBJECTIVES[run].label} {d:.1f}" for run, d in distances.items())
        parts.append(f"{spec.title}: {listed} (real images {real:.1f})")
    return Verdict(holds, "Fréchet distance to test images. " + "; ".join(parts))
