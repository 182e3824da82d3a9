"""Measure what finished runs generate: samples, traversals and paths; added to each run.json."""

import dataclasses
import time
from pathlib import Path
from typing import Any

import torch
from common import Parser, chosen_datasets, run_main, tune_process
from rich.console import Console

from muvae import Split, list_runs
from muvae.analysis.latent import sample_prior, standard_noise
from muvae.analysis.sample_quality import (
    Judged,
    decode_all,
    frechet_distance,
    judge,
    largest_step,
    nearest_distance,
    traversal_classes,
    traversal_codes,
)
from muvae.datasets.test_split import read_test_split
from muvae.errors import CheckpointError
from muvae.images import to_float
from muvae.models.clipping import share_of_bound
from muvae.objectives import get_objective
from muvae.runs.folder import codes_of, load_networks, write_metrics
from muvae.runs.manifest import read_manifest
from muvae.training.presets import toy_folder
from muvae.types import Measurement

JUDGE = "vae"
PATHS = 200
EPILOG = """\
examples:
  measure.py --dataset all                   every run that is not measured yet
  measure.py --run mu-vae-1 --overwrite      one run anew

Half the test images (those of even index) are the reference. As many random samples as there are,
drawn at the objective's σ (Figure 6), and the other half, for comparison, are held against it: how
sure a judge is of their classes, how evenly these are met, the squared error to the nearest image,
and the Fréchet distance in the features of the judge's classifier. The judge is once the run's own
encoder and classifier (own_...), and once the dataset's run "vae", the same for all (judged_...).
"""


def parse_arguments() -> Any:
    """The command line's flags."""
    parser = Parser(__doc__ or "", EPILOG)
    parser.add_dataset()
    parser.add_argument("--run", nargs="+", metavar="NAME", help="runs by name (default: all)")
    parser.add_argument("--overwrite", action="store_true", help="measure anew what was measured")
    parser.add_checkpoints()
    return parser.parse_args()


def main() -> None:
    """Measure the chosen runs of the chosen datasets, and their toy runs."""
    flags = parse_arguments()
    tune_process(None)
    console = Console(highlight=False)
    for dataset in (spec.name for spec in chosen_datasets(flags.dataset, flags.checkpoints)):
        folder = flags.checkpoints / dataset
        reference = Reference.of(folder)
        for runs in (folder, folder.with_name(toy_folder(dataset))):
            for entry in list_runs(runs):
                if entry.error or (flags.run and entry.name not in flags.run):
                    continue
                metrics = read_manifest(entry.path / "run.json").metrics
                if "path_largest_step" in metrics and not flags.overwrite:
                    continue
                started = time.perf_counter()
                with console.status(f"{runs.name}/{entry.name}"):
                    write_metrics(entry.path, measured(entry.path, reference))
                seconds = time.perf_counter() - started
                console.print(f"{runs.name}/{entry.name}: measured in {seconds:.0f} s")


@dataclasses.dataclass(frozen=True)
class Reference:
    """What samples are held against: the judge, and both halves of the test images."""

    judge: tuple[Any, Any]
    half: torch.Tensor
    other_half: torch.Tensor
    judged_half: Judged
    judged_other: Judged

    @classmethod
    def of(cls, folder: Path) -> "Reference":
        """Read a dataset's test images and its judge."""
        if not (folder / JUDGE).is_dir():
            raise CheckpointError(
                f"there is no run {JUDGE!r} in {folder}, which is the judge of all; "
                "train it: python scripts/train.py --objective vae"
            )
        _, vae, classifier = load_networks(folder / JUDGE)
        split: Split = read_test_split(folder)
        half, other = to_float(split.images[::2]), to_float(split.images[1::2])
        looks = (judge(vae, classifier, images) for images in (half, other))
        return cls((vae, classifier), half, other, *looks)


def measured(path: Path, reference: Reference) -> dict[str, Measurement]:
    """The metrics of one run, all finite."""
    config, vae, classifier = load_networks(path)
    objective, dim = get_objective(config.objective), config.model.latent_dim
    half, other = reference.half, reference.other_half
    noise = standard_noise(len(other), dim, seed=0)
    samples = decode_all(vae, sample_prior(noise, objective.sample_std))
    metrics = {"samples_std": objective.sample_std}
    metrics["samples_nearest"] = nearest_distance(samples, half)
    metrics["real_nearest"] = nearest_distance(other, half)

    own_half = judge(vae, classifier, half)
    for name, look in (
        ("own_samples", judge(vae, classifier, samples)),
        ("own_real", judge(vae, classifier, other)),
    ):
        metrics |= _quality(name, look, own_half)
    judged_samples = judge(*reference.judge, samples)
    metrics |= _quality("judged_samples", judged_samples, reference.judged_half)
    metrics |= _quality("judged_real", reference.judged_other, reference.judged_half)

    codes = traversal_codes(dim, objective.traversal)
    swept = decode_all(vae, codes.flatten(0, 1))
    classes = traversal_classes(judge(*reference.judge, swept), dim)
    for key, value in dataclasses.asdict(classes).items():
        metrics[f"traversal_{key}"] = float(value)

    if config.model.bound is not None:
        shares = share_of_bound(codes_of(path).mean, config.model.bound)
        metrics["on_the_bound"] = float((shares >= 1).double().mean())

    paths = min(PATHS, len(half) // 2)
    means = vae.encode(half[: 2 * paths]).mean
    metrics["path_largest_step"] = largest_step(vae, means[:paths], means[paths:])
    return {name: Measurement(value) for name, value in metrics.items()}


def _quality(name: str, look: Judged, reference: Judged) -> dict[str, float]:
    return {
        f"{name}_confidence": look.confidence,
        f"{name}_class_entropy": look.class_entropy,
        f"{name}_frechet": frechet_distance(look.features, reference.features),
    }


if __name__ == "__main__":
    run_main(main)
