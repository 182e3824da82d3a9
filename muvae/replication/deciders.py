"""How a statement is decided: by a chain of runs along which a metric falls, or by its own rule."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from muvae.datasets.builtin import DATASETS
from muvae.objectives import OBJECTIVES
from muvae.replication.gaps import accuracy_gaps
from muvae.replication.measured import Measured, MissingError
from muvae.replication.noise import all_of, exceeds
from muvae.replication.paper import TABLE_1
from muvae.training.presets import TOY_ACTIVATIONS, TOY_ROWS, toy_name
from muvae.types import Measurement

MU_RUNS = ("mu-vae-1", "mu-vae-2")


@dataclass(frozen=True)
class Verdict:
    """What the runs say of a statement: whether it holds, and the numbers that decide.

    `holds` is None where runs or measurements are missing, or their noise leaves it open.
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
    """Whether a metric falls along a chain of runs, on every dataset, by more than its noise."""

    def decide(measured: Measured) -> Verdict:
        holds, parts = list[bool | None](), []
        for dataset, spec in DATASETS.items():
            values = [measured.metric(dataset, run, key).times(scale) for run in chain]
            found = [exceeds(*pair, strict=strict) for pair in itertools.pairwise(values)]
            holds += found
            labels = [OBJECTIVES[run].label for run in chain]
            pairs = [" and ".join(pair) for pair in itertools.pairwise(labels)]
            listed = ", ".join(
                f"{label} {value:{form}}" for label, value in zip(labels, values, strict=True)
            )
            parts.append(f"{spec.title}: {listed}{_open(pairs, found)}")
        return Verdict(all_of(holds), "; ".join(parts))

    return decide


def all_hold(*decisions: Decider) -> Decider:
    def decide(measured: Measured) -> Verdict:
        verdicts = [decision(measured) for decision in decisions]
        holds = all_of(verdict.holds for verdict in verdicts)
        return Verdict(holds, ". ".join(verdict.evidence for verdict in verdicts))

    return decide


def reaches_the_paper(measured: Measured) -> Verdict:
    """Both μ-VAEs on sampled codes, on every dataset; what their means reach is said beside it."""
    gaps = [gap for gap in accuracy_gaps(measured) if gap.run in MU_RUNS]
    names = [f"{DATASETS[gap.dataset].title} {OBJECTIVES[gap.run].label}" for gap in gaps]
    holds = [exceeds(gap.sampled, Measurement(gap.paper), strict=False) for gap in gaps]
    parts = [
        f"{name} {gap.sampled:.1f} (paper {gap.paper:.2f}; ours on means {gap.means:.2f})"
        for name, gap in zip(names, gaps, strict=True)
    ]
    return Verdict(all_of(holds), ", ".join(parts) + _open(names, holds))


def means_near_zero(measured: Measured) -> Verdict:
    """Each dimension's mean within a tenth of its spread, on average over dimensions."""
    holds, parts = list[bool | None](), []
    for dataset, spec in DATASETS.items():
        for run in MU_RUNS:
            mean = measured.metric(dataset, run, "aggregate_mean")
            spread = measured.metric(dataset, run, "aggregate_std")
            holds.append(exceeds(spread.times(0.1), mean, strict=False))
            parts.append(
                f"{spec.title} {OBJECTIVES[run].label} |mean| {mean:.2f}, spread {spread:.2f}"
            )
    return Verdict(all_of(holds), "; ".join(parts))


def beta_follows_the_prior(measured: Measured) -> Verdict:
    """Spread within a tenth of 1, means within a tenth of it, and the least KL of all."""
    holds, parts = True, []
    for dataset, spec in DATASETS.items():
        mean, spread, kl = (
            measured.metric(dataset, "beta-vae", key)
            for key in ("aggregate_mean", "aggregate_std", "test_kl")
        )
        others = [
            measured.metric(dataset, run, "test_kl").value
            for run in TABLE_1[dataset]
            if run[0] != "b"
        ]
        holds &= abs(spread.value - 1) <= 0.1 and mean.value <= 0.1 and kl.value < min(others)
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
            run: measured.metric(dataset, run, "test_active_units").value
            for run in TABLE_1[dataset]
        }
        holds &= units["beta-vae"] < min(units[run] for run in ("vae", "mu-vae-1", "mu-vae-2"))
        listed = ", ".join(f"{OBJECTIVES[run].label} {count:.0f}" for run, count in units.items())
        parts.append(f"{spec.title}: {listed} of 10 active")
    return Verdict(holds, "; ".join(parts))


def smoother_toy(key: str, *, lower: bool, form: str) -> Decider:
    """Whether clipping the ELBO's codes improves a metric, for every activation function.

    Where it touches no code, any difference is one of training, not of clipping.
    """

    def decide(measured: Measured) -> Verdict:
        plain, clipped, _ = TOY_ROWS
        holds, parts = list[bool | None](), []
        for activation, title in TOY_ACTIVATIONS.items():
            before, after = (
                measured.toy(toy_name(activation, row), key) for row in (plain, clipped)
            )
            holds.append(exceeds(before, after) if lower else exceeds(after, before))
            share = measured.toy(toy_name(activation, clipped), "on_the_bound")
            parts.append(
                f"{title} {before:{form}} without, {after:{form}} with clipping, which touches "
                f"{share:.1%} of the codes{_open(['the difference'], holds[-1:])}"
            )
        return Verdict(all_of(holds), "; ".join(parts))

    return decide


def toy_mu_works(measured: Measured) -> Verdict:
    """μ-VAE with clipping separates the classes at least as well as both ELBO rows: kNN."""
    holds, parts = True, []
    for activation, title in TOY_ACTIVATIONS.items():
        values = [
            100 * measured.toy(toy_name(activation, row), "knn_accuracy").value for row in TOY_ROWS
        ]
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
        holds &= abs(value.value) <= 1
        parts.append(f"{OBJECTIVES[run].label} {value:.3g}")
    if len(parts) < 2:
        raise MissingError("there are no runs of the other forms")
    return Verdict(holds, f"mean log σ² on MNIST: {', '.join(parts)}")


def good_samples(measured: Measured) -> Verdict:
    """Samples of both μ-VAEs nearer to real images than the VAE's, by the common judge."""
    holds, parts = list[bool | None](), []
    for dataset, spec in DATASETS.items():
        distances = {
            run: measured.metric(dataset, run, "judged_samples_frechet") for run in TABLE_1[dataset]
        }
        real = measured.metric(dataset, "vae", "judged_real_frechet")
        ours = {run: exceeds(distances["vae"], distances[run], strict=False) for run in MU_RUNS}
        holds += ours.values()
        listed = ", ".join(f"{OBJECTIVES[run].label} {d:.1f}" for run, d in distances.items())
        pairs = [f"{OBJECTIVES[run].label} and {OBJECTIVES['vae'].label}" for run in ours]
        level = _open(pairs, list(ours.values()))
        parts.append(f"{spec.title}: {listed} (real images {real:.1f}){level}")
    return Verdict(all_of(holds), "Fréchet distance to test images. " + "; ".join(parts))


def _open(names: Sequence[str], found: Sequence[bool | None]) -> str:
    """What the noise leaves open, by name, to stand behind the numbers."""
    level = [name for name, holds in zip(names, found, strict=True) if holds is None]
    return f" (within the noise: {', '.join(level)})" if level else ""
