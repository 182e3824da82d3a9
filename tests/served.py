"""A folder of checkpoints as the app serves it: untrained networks, their real codes."""

import dataclasses
from pathlib import Path

import torch
from helpers import make_run, make_split

from muvae import DATASETS, OBJECTIVES, ModelConfig, Run, RunConfig, Split
from muvae.datasets.spec import DatasetSpec
from muvae.datasets.test_split import write_dataset
from muvae.runs.folder import write_run
from muvae.training.evaluation import encode_means, encode_split
from muvae.training.presets import toy_configs, toy_folder
from muvae.types import CLASSES

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
    run = make_run(
        seed=seed,
        images=len(split),
        name=name,
        dataset=dataset,
        objective=name,
        model=ModelConfig(
            latent_dim=dim,
            bound=OBJECTIVES[name].bound(dim),
            classes=len(spec.classes) if spec else CLASSES,
        ),
        data_sha256=spec.origin.sha256 if spec else None,
    )
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
    run = make_run(
        seed=seed,
        images=len(split),
        name=config.name,
        dataset=config.dataset,
        objective=config.objective,
        model=config.model,
        epochs=config.epochs,
        data_sha256=config.data_sha256,
    )
    mean = encode_means(run.vae, split)
    return dataclasses.replace(
        run,
        codes=dataclasses.replace(run.codes, mean=mean),
        replay=torch.stack(
            [mean * (epoch + 1) / config.epochs for epoch in range(config.epochs)]
        ).half(),
    )


def write_toy_runs(root: Path, dataset: str, split: Split) -> None:
    """Write the nine toy runs of a dataset."""
    configs = toy_configs(dataset, epochs=TOY_EPOCHS, precision="float32")
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
