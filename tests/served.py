"""A folder of checkpoints as the app serves it: untrained networks, their real codes."""

import dataclasses
from pathlib import Path

import torch
from helpers import make_run, make_split

from muvae import DATASETS, OBJECTIVES, ModelConfig, Run, Split
from muvae.checkpoints import write_run
from muvae.data import write_test_split
from muvae.evaluation import encode_split

IMAGES = 60
LATENT_DIM = 10


def served_run(name: str, dataset: str, split: Split, seed: int) -> Run:
    """An untrained run under an objective, whose codes are what its networks make of the split."""
    run = make_run(
        seed=seed,
        images=len(split),
        name=name,
        dataset=dataset,
        objective=name,
        model=ModelConfig(latent_dim=LATENT_DIM, bound=OBJECTIVES[name].bound(LATENT_DIM)),
    )
    encoded = encode_split(run.vae, split)
    codes = dataclasses.replace(
        run.codes,
        mean=encoded.posterior.mean,
        log_var=encoded.posterior.log_var,
        squared_error=encoded.mean_error,
    )
    return dataclasses.replace(run, codes=codes)


def write_checkpoints(root: Path) -> None:
    """Write a run for every objective on every dataset, and the test images."""
    torch.set_num_threads(1)
    for number, dataset in enumerate(DATASETS):
        split = make_split(IMAGES, seed=number)
        write_test_split(root / dataset, split)
        for position, name in enumerate(OBJECTIVES):
            run = served_run(name, dataset, split, seed=10 * number + position)
            write_run(root / dataset / name, run)
