"""What scripts/train.py is asked for: its flags, and the runs that they stand for."""

import argparse
from pathlib import Path
from typing import Any

from common import (
    Parser,
    bfloat16_available,
    chosen_objectives,
    whole_number,
)

from muvae import DATASETS, ENCODERS, OBJECTIVES, RunConfig
from muvae.datasets.builtin import get_dataset
from muvae.datasets.custom import OwnData, read_own_data
from muvae.datasets.spec import DESCRIPTION_FILE, read_description
from muvae.datasets.test_split import TEST_FILE, write_dataset
from muvae.errors import DatasetError, InvalidInputError
from muvae.runs.writing import alone
from muvae.training import presets

EPILOG = """\
examples:
  train.py --dataset all --objective all --jobs 2          every objective on both datasets
  train.py --toy --epochs 20                               the nine toy models of Figure 1
  train.py --objective mu-vae-1 --limit 2000 --epochs 1    a trial of some seconds
  train.py --objective beta-vae --set beta=2               another β than the paper's 4
  train.py --dataset ~/letters                             data of your own, a folder or an .npz

A folder of your own holds images of one size, grey or RGB, in a subfolder for each class
(torchvision's ImageFolder), or does so in train/ and test/; an .npz file the arrays images (uint8
[N,H,W] or [N,H,W,3]) and labels, or train_images, train_labels, test_images and test_labels, and
classes, if they have names. A side has 8 to 128 pixels.
Without images to test on, a sixth of each class is set aside. The dataset is called as the folder
or file is, and CHECKPOINTS/<dataset>/dataset.json describes it to the other scripts and the app.

A run is written to CHECKPOINTS/<dataset>/<name>, its name being the objective's, with what differs
from the paper's settings behind it (vae-seed1, mu-vae-1-z20, beta-vae-beta2); a toy run to
CHECKPOINTS/<dataset>-toy/<name>. The state of each lies under RUNS: stop at any moment; the same
command goes on after the last whole epoch. A run that is there already is left alone, but for one
of fewer epochs, which is trained on: from its state if RUNS has it, exactly as if it had never
ended; else from its folder, with Adam's moments begun anew, which run.json then says. The longer
run takes the place of the shorter once it is done.
"""


def parse_arguments(description: str) -> Any:
    """The command line's flags."""
    parser = Parser(description, EPILOG)
    parser.add_argument(
        "--dataset",
        default="mnist",
        metavar="NAME|PATH",
        help=f"{', '.join(DATASETS)}, all of these, or data of your own: a folder or .npz file, as "
        "below (default: %(default)s)",
    )
    parser.add_argument(
        "--objective",
        nargs="+",
        choices=[*OBJECTIVES, "paper", "all"],
        default=["paper"],
        metavar="NAME",
        help=f"one or more of {', '.join(OBJECTIVES)}; paper: the first four; all (default: paper)",
    )
    parser.add_argument(
        "--toy", action="store_true", help="train the toy models of Figure 1 (Table 2) instead"
    )
    parser.add_argument(
        "--epochs", type=whole_number(1), default=30, help="passes over the data (default: 30)"
    )
    parser.add_argument(
        "--seed", type=whole_number(0), default=0, help="of weights, order and noise (default: 0)"
    )
    parser.add_argument(
        "--latent-dim", type=whole_number(1), default=10, help="the code's size (default: 10)"
    )
    parser.add_argument(
        "--architecture",
        choices=[*ENCODERS],
        default="conv",
        help="of encoder and decoder: conv (Table 4) or mlp (Table 2) (default: %(default)s)",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter's value, as often as needed: of the objective (beta=2), the clipping in "
        "units of √D (clip=4.5 or clip=none), the networks (channels=32,32,32), the optimizer "
        "(learning_rate=0.001) or batch_size",
    )
    parser.add_argument("--limit", type=whole_number(1), help="train on this many images only")
    parser.add_argument(
        "--replay",
        type=whole_number(2),
        metavar="N",
        help="keep decoder and test codes of N epochs, the first and the last among them, spread "
        "evenly on a log scale, in the run's replay.safetensors",
    )
    parser.add_argument("--name", help="the run's name, where one objective is trained")
    parser.add_argument(
        "--precision",
        choices=["auto", "float32", "bfloat16"],
        default="auto",
        help="of the hidden layers; auto: bfloat16 where the device has it (default: auto)",
    )
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:1; auto: CUDA if present")
    parser.add_argument(
        "--jobs",
        type=whole_number(1),
        default=1,
        help="train this many runs side by side, which share the cores (default: 1)",
    )
    parser.add_argument(
        "--threads", type=whole_number(1), help="CPU threads a run (default: all cores / jobs)"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="train runs anew that are already there"
    )
    parser.add_data_root()
    parser.add_checkpoints()
    parser.add_argument(
        "--runs",
        type=Path,
        default=Path("runs"),
        metavar="DIR",
        help="the folder of unfinished runs (default: %(default)s)",
    )
    parser.add_argument("--only", metavar="DATASET/RUN", help=argparse.SUPPRESS)
    return parser.parse_args()


def own_data(flags: Any) -> OwnData | None:
    """The data of one's own that --dataset names; None where it names built-in datasets."""
    if flags.dataset in (*DATASETS, "all"):
        return None
    if not Path(flags.dataset).exists():
        raise InvalidInputError(
            f"there is no dataset {flags.dataset!r}, nor a folder or file of that name; the "
            f"datasets are {', '.join(DATASETS)}"
        )
    return read_own_data(flags.dataset)


def place_own_data(own: OwnData, flags: Any) -> None:
    """Put test images and description under CHECKPOINTS, once; other data there is an error."""
    folder = flags.checkpoints / own.spec.name
    with alone(folder):
        _place(own, folder, flags)


def _place(own: OwnData, folder: Path, flags: Any) -> None:
    described = (folder / DESCRIPTION_FILE).exists()
    if described and read_description(folder).origin.sha256 != own.spec.origin.sha256:
        raise DatasetError(
            f"{folder} is of other images or labels than {flags.dataset} now has; put those back, "
            "give the data another name, or delete that folder"
        )
    if not described or not (folder / TEST_FILE).exists():
        write_dataset(folder, own.spec, own.test)


def planned_runs(flags: Any, device: str, own: OwnData | None) -> list[RunConfig]:
    """The runs that the flags ask for."""
    precision = flags.precision
    if precision == "auto":
        precision = "bfloat16" if bfloat16_available(device) else "float32"
    common: dict[str, Any] = {"epochs": flags.epochs, "precision": precision, "seed": flags.seed}
    names = list(DATASETS) if flags.dataset == "all" else [flags.dataset]
    datasets = [own.spec] if own else [get_dataset(name) for name in names]
    plan: list[RunConfig] = []
    for dataset in datasets:
        if flags.toy:
            plan += presets.toy_configs(dataset, **common)
            continue
        plan += presets.configs(
            dataset,
            chosen_objectives(flags.objective),
            architecture=flags.architecture,
            latent_dim=flags.latent_dim,
            limit=flags.limit,
            settings=_settings(flags.set),
            name=flags.name,
            **common,
        )
    return plan


def _settings(texts: list[str]) -> dict[str, str]:
    """The parameters that --set names, and the texts of their values."""
    settings: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise InvalidInputError(f"--set {text!r} must be NAME=VALUE, as in --set beta=2")
        if name in settings:
            raise InvalidInputError(f"--set gives {name!r} twice; give it once")
        settings[name] = value
    return settings


def place_of(config: RunConfig, flags: Any) -> Path:
    """Where the run belongs, under CHECKPOINTS and under RUNS."""
    dataset = config.dataset
    return Path(presets.toy_folder(dataset) if flags.toy else dataset, config.name)
