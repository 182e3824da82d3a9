"""Four findings worth seeing: each the state of a page that shows it, and what to see there."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from app.data import statistics
from app.data.inference import probabilities
from app.data.random_images import IMAGES, random_indices
from app.state.choice import run_label
from app.state.links import ORIGIN, PRIOR, State
from app.ui.markdown import plain
from app.ui.measures import number
from app.ui.objective_cards import card_of
from muvae import Run, Split
from muvae.analysis.latent import nearest, sample_prior, standard_noise, traverse
from muvae.analysis.metrics import active_units
from muvae.datasets.spec import DatasetSpec
from muvae.objectives import PAPER_OBJECTIVES

NEAR = 0.01  # of the bound: a mean that lies so near to it counts as on it
WIDE = 3.0  # the σ at which Figure 6 samples μ-VAE
SAMPLES = 64


@dataclass(frozen=True)
class Demonstration:
    """A state with its runs, and what to see there (markdown)."""

    text: str
    state: State
    runs: tuple[Run, ...]


@dataclass(frozen=True)
class Finding:
    """A finding's title, the runs that it needs (of one dataset), and how they show it.

    `show` gets them in that order; a text says why they do not.
    """

    title: str
    needs: tuple[str, ...]
    show: Callable[[DatasetSpec, Split, Sequence[Run]], Demonstration | str]


def collapse(dataset: DatasetSpec, test: Split, runs: Sequence[Run]) -> Demonstration | str:
    """β-VAE's dead dimensions and blur, on the images that Reconstruct shows unasked."""
    vae, beta = runs
    indices = random_indices(len(test), IMAGES, seed=0)
    worst = max(indices, key=lambda index: float(beta.codes.squared_error[index]))
    of_vae, of_beta = (active_units(run.codes.mean.numpy()) for run in runs)
    error, blurred = (run.metrics["test_reconstruction_mean"].value for run in runs)
    told, left = (number(run.metrics["test_kl"]) for run in runs)
    summary = plain(card_of(beta.objective).summary)
    text = (
        f"{_label(beta)} ({summary}) gives up dimensions that save less "
        f"error than their KL costs: **{of_beta} of {beta.config.latent.dim}** are active "
        f"and tell {left} nats of an image ({_label(vae)}: {of_vae}, {told}). What it no longer "
        f"knows it averages, at a squared error of **{blurred:.1f}** against {error:.1f}: strokes "
        f"blur{_misread(test, beta, indices)}. In the codes below, dead dimensions lie at 0, with "
        "whiskers of 1."
    )
    chosen = {"choose": "at random", "count": str(IMAGES), "reconstruct-seed": "0"}
    return Demonstration(text, State("reconstruct", chosen | {"image": str(worst)}), tuple(runs))


def sphere(dataset: DatasetSpec, test: Split, runs: Sequence[Run]) -> Demonstration | str:
    """Codes on the sphere of the bound, where nothing but clipping keeps them from running off."""
    printed, vae, kept = runs
    bound, dim = printed.config.latent.bound, printed.config.latent.dim
    if bound is None:
        return f"The means of {_label(printed)} are not clipped."
    free = _norms(vae.codes.mean)
    text = (
        f"{_label(printed)} pushes σ to 0 (the mean of log σ² is {_log_var(printed)}), so that "
        "codes are points, and holds no single mean back: "
        f"**{_share_within(printed, bound):.1f} %** of them end within {100 * NEAR:.0f} % of the "
        f"bound, ‖μ‖ = {bound / math.sqrt(dim):g}√{dim} = {bound:.2f}: a sphere, one colour all "
        f"over. With the KL's variance term, in {_label(kept)}, "
        f"{_share_within(kept, bound):.1f} % do, with noise around them (mean log σ² "
        f"{_log_var(kept)}); {_label(vae)}, not clipped, fills a ball, with ‖μ‖ from "
        f"{free.min():.2f} to {free.max():.2f}."
    )
    state = State("clusters", {"map": "PCA", "color": "code norm", "draw": "points"})
    return Demonstration(text, state, tuple(runs))


def two_sides(dataset: DatasetSpec, test: Split, runs: Sequence[Run]) -> Demonstration | str:
    """The dimension whose two ends the run's classifier takes, most surely, for two classes."""
    sides = [side for run in runs for side in _sides(run)]
    if not sides:
        return "Here no classifier takes the two ends of a dimension for two classes."
    best = max(sides, key=lambda side: min(side.shares))
    run, name, reach = best.run, f"z{best.dimension}", best.run.objective.traversal
    low, high = (
        f"**{plain(dataset.classes[label])}** ({100 * share:.1f} %)"
        for label, share in zip(best.classes, best.shares, strict=True)
    )
    origin = probabilities(run, torch.zeros(1, run.config.latent.dim))[0]
    between = f"{plain(dataset.classes[int(origin.argmax())])} ({100 * origin.max():.1f} %)"
    text = (
        f"Along {name}, from −{reach:g} to {reach:g} through the origin as in the paper, the "
        f"classifier of {_label(run)} reads {low} at one end and {high} at the other; between "
        f"them, at the origin, {between}. The two sides of an axis are two places far apart, not "
        f"less and more of one feature. Drag {name}, press Play, or follow the strip."
    )
    place = {"z": "0," * best.dimension + "1", "strip": name, "pad": "0,1"}
    others = (other for other in runs if other is not run)
    state = State("traverse", ORIGIN | {"order": "by index"} | place)
    return Demonstration(text, state, (run, *others))


def wide_noise(dataset: DatasetSpec, test: Split, runs: Sequence[Run]) -> Demonstration | str:
    """Draws of N(0, 3²) beside codes that spread so far, and beside codes that do not."""
    vae, mu = map(_label, runs)
    narrow, wide = (float(statistics.aggregate(dataset.name, run.name).std.mean()) for run in runs)
    inner, outer = (float(_norms(run.codes.mean).mean()) for run in runs)
    draws = [_draws(run.config.latent.dim) for run in runs]
    lost, strayed = (_off_the_data(dataset, run, of) for run, of in zip(runs, draws, strict=True))
    text = (
        f"Draws of N(0, {WIDE:g}²) have a ‖z‖ of **{float(_norms(draws[1]).mean()):.1f}** on "
        f"average. The test codes of {mu} lie at **{outer:.1f}** and spread by {wide:.2f} a "
        f"dimension; those of {vae} at **{inner:.1f}**, spreading by {narrow:.2f}: {lost} of the "
        f"{SAMPLES} draws are off its data ({strayed} off that of {mu}), and its decoder, never "
        "asked for such places, answers with glaring, broken strokes."
    )
    judged = [run.metrics.get("judged_samples_frechet") for run in runs]
    distances = [f"{frechet:.0f}" for frechet in judged if frechet]
    own = [f"{run.objective.sample_std:g}" for run in runs]
    if len(distances) == len(runs):
        text += (
            f" Each at the σ of Figure 6, {own[0]} and {own[1]}, they come to Fréchet distances of "
            f"{distances[0]} and {distances[1]} from test images."
        )
    text += _confidence(runs, draws)
    chosen = PRIOR | {"samples": str(SAMPLES), "seed": "0", "one-sigma": "false"}
    sigmas = {f"sigma-{run.name}": f"{WIDE:g}" for run in runs}
    return Demonstration(text, State("sample", chosen | sigmas), tuple(runs))


FINDINGS = (
    Finding("Collapse under β = 4", ("vae", "beta-vae"), collapse),
    Finding("The sphere of Eq. 6", ("mu-vae-1-eq6", "vae", "mu-vae-1"), sphere),
    Finding("One dimension, two classes", PAPER_OBJECTIVES, two_sides),
    Finding("Where N(0, 3²) fits", ("vae", "mu-vae-1"), wide_noise),
)


@dataclass(frozen=True)
class _Side:
    """A dimension of a run, the classes read at its low and high end, and how surely."""

    run: Run
    dimension: int
    classes: tuple[int, int]
    shares: tuple[float, float]


def _sides(run: Run) -> Iterator[_Side]:
    """The dimensions whose ends, over the paper's range, are taken for two classes."""
    dim, reach = run.config.latent.dim, run.objective.traversal
    for dimension in range(dim):
        codes = traverse(torch.zeros(dim), dimension, torch.tensor([-reach, reach]))
        read = probabilities(run, codes)
        low, high = read.argmax(1).tolist()
        if low != high:
            yield _Side(run, dimension, (low, high), (float(read[0, low]), float(read[1, high])))


def _misread(test: Split, run: Run, indices: Sequence[int]) -> str:
    """How many of some test images a run's classifier takes for another class, if any."""
    guesses = probabilities(run, run.codes.mean[list(indices)]).argmax(1)
    wrong = int((guesses != test.labels[list(indices)].numpy()).sum())
    are = "is" if wrong == 1 else "are"
    return f", and {wrong} of the {len(indices)} images {are} misread, in red" if wrong else ""


def _confidence(runs: Sequence[Run], draws: Sequence[Tensor]) -> str:
    """What to make of the number under the samples: it need not say what the images show."""
    vae, mu = (
        float(probabilities(run, of).max(1).mean()) for run, of in zip(runs, draws, strict=True)
    )
    text = f" The confidence under them, {vae:.2f} and {mu:.2f}, is that of classifiers which read"
    if vae < 0.9 * mu:
        return f"{text} the codes, and are less sure so far from what they have learnt."
    return (
        f"{text} the codes, not the images: so far from all that they have learnt they are sure of "
        "something too, so that it does not tell the broken images."
    )


def _norms(codes: Tensor) -> Tensor:
    norms: Tensor = torch.linalg.vector_norm(codes, dim=1)
    return norms


def _share_within(run: Run, bound: float) -> float:
    """How many of a run's test codes lie within 1 % of a bound, in percent."""
    return 100 * float((_norms(run.codes.mean) >= (1 - NEAR) * bound).double().mean())


def _draws(latent_dim: int) -> Tensor:
    """What Sample decodes in the state of `wide_noise` [SAMPLES,D]."""
    return sample_prior(standard_noise(SAMPLES, latent_dim, seed=0), WIDE)


def _off_the_data(dataset: DatasetSpec, run: Run, draws: Tensor) -> int:
    """How many draws [N,D] are farther from a run's test codes than these are from one another."""
    usual = statistics.code_spacing(dataset.name, run.name)
    return sum(float(nearest(run.codes.mean, draw, 1)[0]) > usual for draw in draws)


def _log_var(run: Run) -> str:
    """The mean of log σ² over all test codes and dimensions."""
    return number(float(run.codes.log_var.double().mean())).replace("-", "−", 1)


def _label(run: Run) -> str:
    return run_label(run.name, run.objective.name)
