"""Measure finished runs again, over many draws, and what they generate; added to each run.json."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from common import Parser, chosen_datasets, tune_process, whole_number
from process import Output, run_main

from muvae import Measurement, Posterior, list_runs
from muvae.analysis.draws import DRAWS, silhouette_over_draws
from muvae.analysis.generation import Judge, path_metrics, sample_metrics, traversal_metrics
from muvae.analysis.latent import sample_prior
from muvae.analysis.sample_quality import channels_last
from muvae.analysis.sampled_codes import sampled_code_metrics
from muvae.datasets.test_split import TEST_FILE, read_test_split
from muvae.errors import CheckpointError
from muvae.images import to_float
from muvae.models.clipping import share_of_bound
from muvae.runs.folder import codes_of, load_networks
from muvae.runs.leftovers import run_path
from muvae.runs.manifest import FILE, read_manifest
from muvae.runs.writing import write_metrics
from muvae.training.presets import toy_folder

JUDGE = "vae"
SAMPLED = ("test_reconstruction", "test_accuracy_sampled")  # of codes, then of what is generated
GENERATED = ("samples_nearest", "own_samples_frechet", "judged_samples_frechet")
DRAWN = (*SAMPLED, *GENERATED, "path_largest_step")
EPILOG = f"""\
examples:
  measure.py --dataset all                   every run that is not measured yet
  measure.py --run mu-vae-1 --overwrite      one run anew

What depends on chance is measured over {DRAWS} draws, and recorded as mean, standard deviation and
number of draws: the error and the accuracy of sampled codes, random samples, the ends of paths, and
the codes that the silhouette is taken of. A run whose numbers are of one draw is measured again.

Half the test images (those of even index) are the reference. As many random samples as there are in
the other half, drawn at the objective's σ (Figure 6), and that half, for comparison, are held
against it: how sure a judge is of their classes, how evenly these are met, the squared error to the
nearest image, and the Fréchet distance in the features of the judge's classifier. The judge is once
the run's own encoder and classifier (own_...), and once the dataset's run "vae", the same for all
(judged_...).
"""


def parse_arguments() -> Any:
    """The command line's flags."""
    parser = Parser(__doc__ or "", EPILOG)
    parser.add_dataset()
    parser.add_argument("--run", nargs="+", metavar="NAME", help="runs by name (default: all)")
    parser.add_argument("--overwrite", action="store_true", help="measure anew what was measured")
    parser.add_argument(
        "--threads",
        type=whole_number(1),
        metavar="N",
        help="threads to compute with (default: one a core)",
    )
    parser.add_checkpoints()
    return parser.parse_args()


def main() -> None:
    """Measure the chosen runs of the chosen datasets, and their toy runs."""
    flags = parse_arguments()
    tune_process(flags.threads)
    console = Output(highlight=False)
    for dataset in (spec.name for spec in chosen_datasets(flags.dataset, flags.checkpoints)):
        folder = flags.checkpoints / dataset
        reference = Reference.of(folder)
        for runs in (folder, folder.with_name(toy_folder(dataset))):
            for entry in list_runs(runs):
                if entry.error or (flags.run and entry.name not in flags.run):
                    continue
                before = read_manifest(run_path(entry.path) / FILE)
                if is_measured(before.metrics) and not flags.overwrite:
                    continue
                started = time.perf_counter()
                with console.status(f"{runs.name}/{entry.name}"):
                    write_metrics(entry.path, measured(entry.path, reference), before)
                seconds = time.perf_counter() - started
                console.print(f"{runs.name}/{entry.name}: measured in {seconds:.0f} s")


def is_measured(metrics: Mapping[str, Measurement]) -> bool:
    """Whether all that depends on chance is there, and of enough draws."""
    return all(name in metrics and (metrics[name].draws or 0) >= DRAWS for name in DRAWN)


@dataclass(frozen=True)
class Reference:
    """What a dataset's runs are held against: its test images, and the judge of all runs."""

    folder: Path
    images: torch.Tensor
    labels: torch.Tensor
    judge: Judge

    @property
    def half(self) -> torch.Tensor:
        """The images that are the reference."""
        return self.images[::2]

    @property
    def other(self) -> torch.Tensor:
        """The other half."""
        return self.images[1::2]

    @classmethod
    def of(cls, folder: Path) -> "Reference":
        """Read a dataset's test images and its judge."""
        if not (folder / JUDGE).is_dir():
            raise CheckpointError(
                f"there is no run {JUDGE!r} in {folder}, which is the judge of all; "
                "train it: python scripts/train.py --objective vae"
            )
        _, vae, classifier = load_networks(folder / JUDGE)
        split = read_test_split(folder)
        images = to_float(split.images)
        judge = Judge.of(channels_last(vae), classifier, images[::2], images[1::2])
        return cls(folder, images, split.labels, judge)


def measured(path: Path, reference: Reference) -> dict[str, Measurement]:
    """The metrics of one run."""
    config, vae, classifier = load_networks(path)
    vae = channels_last(vae)
    codes, objective, dim = codes_of(path), config.objective, config.latent.dim
    if len(codes) != len(reference.images):
        raise CheckpointError(
            f"{path / 'codes.safetensors'} has codes of {len(codes)} images, and "
            f"{reference.folder / TEST_FILE} {len(reference.images)}; train the run anew"
        )
    half, other = reference.half, reference.other
    own = reference.judge
    if path != reference.folder / JUDGE:
        own = Judge.of(vae, classifier, half, other)

    def sample(count: int, generator: torch.Generator) -> torch.Tensor:
        noise = torch.randn(count, dim, generator=generator)
        return sample_prior(noise, objective.sample_std)

    metrics = sampled_code_metrics(
        vae,
        classifier,
        reference.images,
        reference.labels,
        Posterior(codes.mean, codes.log_var),
    )
    metrics["silhouette"] = silhouette_over_draws(codes.mean.numpy(), reference.labels.numpy())
    metrics["samples_std"] = Measurement(objective.sample_std)
    metrics |= sample_metrics(vae, sample, half, other, {"own": own, "judged": reference.judge})
    metrics |= traversal_metrics(vae, reference.judge, dim, objective.traversal)
    metrics |= path_metrics(vae, codes.mean)
    if config.latent.bound is not None:
        shares = share_of_bound(codes.mean, config.latent.bound)
        metrics["on_the_bound"] = Measurement(float((shares >= 1).double().mean()))
    return metrics


if __name__ == "__main__":
    run_main(main)
