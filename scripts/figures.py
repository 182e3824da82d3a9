"""Write the paper's Figures 1 to 11 and Table 1, remade from the run folders alone."""

import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from common import Parser
from process import Output, run_main

from muvae import MuvaeError
from muvae.replication.figures.curves import training_curves
from muvae.replication.figures.distributions import distributions
from muvae.replication.figures.images import random_samples, reconstructions, traversals
from muvae.replication.figures.maps import toy_planes, tsne_maps
from muvae.replication.figures.output import Result, style, write
from muvae.replication.figures.sources import Sources
from muvae.replication.figures.table import accuracies

MNIST, FASHION = "mnist", "fashion-mnist"
TABLE = "table-1"
# What stands in the paper under each number, and on which dataset.
RESULTS: Mapping[str, Callable[[Sources], Result]] = {
    "1": partial(toy_planes, dataset=MNIST, number=1),
    "2": partial(training_curves, dataset=FASHION, number=2),
    "3": partial(tsne_maps, number=3),
    "4": partial(distributions, dataset=FASHION, number=4),
    "5": partial(reconstructions, dataset=FASHION, number=5),
    "6": partial(random_samples, dataset=FASHION, number=6),
    "7": partial(traversals, dataset=FASHION, number=7),
    "8": partial(training_curves, dataset=MNIST, number=8),
    "9": partial(traversals, dataset=MNIST, number=9),
    "10": partial(random_samples, dataset=MNIST, number=10),
    "11": partial(distributions, dataset=MNIST, number=11),
    TABLE: accuracies,
}
EPILOG = """\
examples:
  figures.py                                 all of them, in docs/replication
  figures.py --only 3 table-1                Figure 3 and Table 1

Each has its number in its name: figure-03.png (or .svg) is the drawing, figure-03.csv the numbers
behind it, to 4 significant digits. What lacks a run or a map is named, and the others are made.
"""


def parse_arguments() -> Any:
    """The command line's flags."""
    parser = Parser(__doc__ or "", EPILOG)
    parser.add_argument(
        "--only",
        nargs="+",
        choices=list(RESULTS),
        default=list(RESULTS),
        metavar="NUMBER",
        help=f"figures 1 to 11, and {TABLE} (default: all)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("docs/replication"),
        metavar="DIR",
        help="where to write (default: %(default)s)",
    )
    parser.add_checkpoints()
    return parser.parse_args()


def main() -> None:
    """Make what is asked for; what cannot be made is said at the end, once for each reason."""
    flags = parse_arguments()
    torch.set_num_threads(1)  # another number of threads adds up in another order
    console = Output(highlight=False)
    sources = Sources(flags.checkpoints)
    problems: dict[str, list[str]] = {}
    with style():
        for number in (number for number in RESULTS if number in flags.only):
            name = number if number == TABLE else f"figure-{int(number):02d}"
            started = time.perf_counter()
            try:
                with console.status(name):
                    files = write(RESULTS[number](sources), flags.out, name)
            except MuvaeError as error:
                problems.setdefault(str(error), []).append(name)
                continue
            sizes = ", ".join(f"{file} ({file.stat().st_size / 1000:.0f} kB)" for file in files)
            console.print(f"{sizes} in {time.perf_counter() - started:.1f} s", soft_wrap=True)
    for reason, names in problems.items():
        print(f"{Path(sys.argv[0]).name}: not made: {', '.join(names)}: {reason}", file=sys.stderr)
    if problems:
        raise SystemExit(1)


if __name__ == "__main__":
    run_main(main)
