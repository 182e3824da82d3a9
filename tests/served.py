"""A folder of checkpoints as the app serves it: untrained networks, their real codes."""

import dataclasses
import fcntl
from pathlib import Path

import torch
from helpers import make_split, run_of

from muvae import DATASETS, OBJECTIVES, Run, RunConfig, Split
from muvae.datasets.spec import DatasetSpec
from muvae.datasets.test_split import write_dataset
from muvae.runs.replay import Replay
from muvae.runs.writing import write_run
from muvae.training.evaluation import encode, encode_split
from muvae.training.presets import base_config, toy_configs, toy_folder

IMAGES = 60
LATENT_DIM = 10
TOY_EPOCHS = 3


def served_run(
    name: str,
    dataset: str,
    split: Split,
    seed: int,
    *,
    dim: int = LATENT_DIM,
    spec: DatasetSpec | None = None,
) -> Run:
    """An untrained run under an objective, whose codes are what its networks make of the split.

    `spec` is that of a dataset of one's own.
    """
    config = base_config(
        spec or DATASETS[dataset], name, latent_dim=dim, epochs=3, precision="float32"
    )
    run = run_of(config, seed, images=len(split))
    encoded = encode_split(run.vae, split)
    codes = dataclasses.replace(
        run.codes,
        mean=encoded.posterior.mean,
        log_var=encoded.posterior.log_var,
        squared_error=encoded.mean_error,
    )
    return dataclasses.replace(run, codes=codes)


def toy_run(config: RunConfig, split: Split, seed: int) -> Run:
    """An untrained toy run of Figure 1, and a replay that ends with its codes."""
    run = run_of(config, seed, images=len(split))
    mean = encode(run.vae, split).mean
    return dataclasses.replace(
        run,
        codes=dataclasses.replace(run.codes, mean=mean),
        replay=Replay(
            epochs=tuple(range(1, config.epochs + 1)),
            mean=torch.stack(
                [mean * (epoch + 1) / config.epochs for epoch in range(config.epochs)]
            ).half(),
        ),
    )


def write_toy_runs(root: Path, dataset: str, split: Split) -> None:
    """Write the nine toy runs of a dataset."""
    configs = toy_configs(DATASETS[dataset], epochs=TOY_EPOCHS, precision="float32")
    for seed, config in enumerate(configs):
        write_run(root / toy_folder(dataset) / config.name, toy_run(config, split, seed))


def write_checkpoints(root: Path, *, toy: bool = False) -> None:
    """Write a run for every objective on every dataset, and the test images; toy runs of MNIST."""
    torch.set_num_threads(1)
    for number, dataset in enumerate(DATASETS):
        split = make_split(IMAGES, seed=number)
        write_dataset(root / dataset, DATASETS[dataset], split)
        for position, name in enumerate(OBJECTIVES):
            run = served_run(name, dataset, split, seed=10 * number + position)
            write_run(root / dataset / name, run)
        if toy and dataset == "mnist":
            write_toy_runs(root, dataset, split)


def shared_checkpoints(base: Path) -> Path:
    """Such a folder under `base`, toy runs too: whichever process comes first writes it."""
    folder, unfinished = base / "served", base / "served-unfinished"
    with (base / "served.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            write_checkpoints(unfinished, toy=True)
            unfinished.rename(folder)
    return folder


def contents(folder: Path) -> dict[str, tuple[int, int]]:
    """What lies in a folder: when each file was last written, and its size."""
    found = {str(path.relative_to(folder)): path.stat() for path in folder.rglob("*")}
    return {name: (stat.st_mtime_ns, stat.st_size) for name, stat in sorted(found.items())}
