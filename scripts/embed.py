"""Add the test set's codes and their t-SNE and UMAP maps to finished run folders."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from common import Parser, chosen_datasets, whole_number
from numpy.typing import NDArray
from process import Output, run_main

from muvae import Codes, MuvaeError, RunEntry, list_runs
from muvae.analysis.embeddings import procrustes_align, tsne, umap
from muvae.datasets.test_split import read_test_split
from muvae.errors import CheckpointError
from muvae.runs.folder import codes_of, load_networks
from muvae.runs.leftovers import run_path
from muvae.runs.manifest import FILE, read_manifest
from muvae.runs.writing import write_codes
from muvae.training.evaluation import encode_split

METHODS: Mapping[str, Callable[..., NDArray[np.float32]]] = {"tsne": tsne, "umap": umap}
EPILOG = """\
examples:
  embed.py --dataset all                     every run that has no maps yet
  embed.py --run mu-vae-1 --overwrite        one run's codes and maps anew

Each map is turned, mirrored and shifted (never scaled) to lie as nearly as it can on that of the
dataset's first run, so that maps side by side can be compared. A minute or two a run.
"""


def parse_arguments() -> Any:
    """The command line's flags."""
    parser = Parser(__doc__ or "", EPILOG)
    parser.add_dataset()
    parser.add_argument("--run", nargs="+", metavar="NAME", help="runs by name (default: all)")
    parser.add_argument("--overwrite", action="store_true", help="make maps that are there anew")
    parser.add_argument("--seed", type=whole_number(0), default=0, help="of both (default: 0)")
    parser.add_checkpoints()
    return parser.parse_args()


def main() -> None:
    """Embed the chosen runs of the chosen datasets."""
    flags = parse_arguments()
    console = Output(highlight=False)
    for dataset in (spec.name for spec in chosen_datasets(flags.dataset, flags.checkpoints)):
        folder = flags.checkpoints / dataset
        entries = [entry for entry in list_runs(folder) if _usable(entry, console)]
        if not entries:
            raise CheckpointError(f"there are no runs in {folder}; train some: scripts/train.py")
        if unknown := set(flags.run or ()) - {entry.name for entry in entries}:
            raise CheckpointError(f"there is no run {sorted(unknown)[0]!r} in {folder}")
        test = read_test_split(folder)
        reference: Codes | None = None
        for entry in entries:
            chosen = not flags.run or entry.name in flags.run
            codes = None if flags.overwrite and chosen else _finished(entry, len(test))
            if codes is None and (chosen or reference is None):
                started = time.perf_counter()
                before = read_manifest(run_path(entry.path) / FILE)
                with console.status(f"{dataset}/{entry.name}"):
                    codes = _embed(entry, test, reference, flags.seed)
                write_codes(entry.path, codes, before)
                seconds = time.perf_counter() - started
                console.print(f"{dataset}/{entry.name}: codes, t-SNE and UMAP in {seconds:.0f} s")
            reference = reference or codes


def _usable(entry: RunEntry, console: Output) -> bool:
    if entry.error:
        console.print(f"left out: {entry.error}", style="yellow")
    return entry.error is None


def _finished(entry: RunEntry, images: int) -> Codes | None:
    """The codes of a run whose maps, of all test images, are there already."""
    try:
        codes = codes_of(entry.path)
    except MuvaeError:
        return None
    has_maps = codes.tsne is not None and codes.umap is not None
    return codes if has_maps and len(codes) == images else None


def _embed(entry: RunEntry, test: Any, reference: Codes | None, seed: int) -> Codes:
    _, vae, _ = load_networks(entry.path)
    encoded = encode_split(vae, test)
    mean = encoded.posterior.mean
    maps = {}
    for name, method in METHODS.items():
        points = method(mean.numpy(), seed)
        aligned_to = getattr(reference, name) if reference else None
        if aligned_to is not None:
            points = procrustes_align(points, aligned_to.numpy())
        maps[name] = torch.from_numpy(points)
    return Codes(mean, encoded.posterior.log_var, encoded.mean_error, **maps)


if __name__ == "__main__":
    run_main(main)
