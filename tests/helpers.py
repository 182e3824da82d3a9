"""Small data, configurations and runs, made from a seed."""

import asyncio
import contextlib
import dataclasses
import hashlib
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import torch

from muvae import (
    DATASETS,
    OBJECTIVES,
    Codes,
    EpochRecord,
    Latent,
    Run,
    RunConfig,
    Split,
    Vae,
    list_runs,
)
from muvae.models import TrainableNetworks, exported, initialize
from muvae.models.mlp import MlpDecoder, MlpEncoder
from muvae.runs.folder import classifier_of
from muvae.training.evaluation import as_metrics
from muvae.training.presets import base_config
from muvae.types import SplitMetrics

T = TypeVar("T")
REPOSITORY = Path(__file__).resolve().parent.parent
SHIPPED = REPOSITORY / "checkpoints"


@contextlib.contextmanager
def python(*arguments: str, **environment: str) -> "Iterator[subprocess.Popen[str]]":
    """A Python process in tests/ that is talked to by lines; killed at the end.

    Its path names the repository: the folder tests/muvae, here on the path too, is no package.
    """
    path = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests")])
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=Path(__file__).parent,
        env=os.environ | environment | {"PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as started:
        yield started
        started.kill()


def import_what_training_needs() -> None:
    """Import what is else imported at the first step or metric, which takes seconds.

    For processes that fork: their children would each do it for themselves.
    """
    for name in ("torch._dynamo", "sklearn.metrics", "sklearn.neighbors"):
        importlib.import_module(name)


def shipped_clipped_runs() -> list[Path]:
    """The folders of the shipped runs whose means are clipped, toy runs too."""
    entries = [entry for folder in sorted(SHIPPED.iterdir()) for entry in list_runs(folder)]
    return [
        entry.path
        for entry in entries
        if entry.config and entry.config.latent.clip and (entry.path / "codes.safetensors").exists()
    ]


def seal(folder: Path) -> None:
    """Have a run folder's run.json tell its files as they now are, so that they are read."""
    path = folder / "run.json"
    values = json.loads(path.read_text())
    values["files"] = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.iterdir()
        if file != path
    }
    path.write_text(json.dumps(values))


def make_split(count: int, seed: int = 0) -> Split:
    """Images with a bright bar whose row is their class, on noise: uint8 [N,1,28,28], labels."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 10
    images = torch.randint(0, 60, (count, 1, 28, 28), generator=generator)
    for row in range(2):
        images[torch.arange(count), 0, 4 + 2 * labels + row] += 180
    return Split(images.to(torch.uint8), labels)


def make_config(**changes: Any) -> RunConfig:
    """A VAE in two dimensions, for three epochs of ten images a batch, with changes."""
    dataset = DATASETS.get(changes.get("dataset", "mnist"), DATASETS["mnist"])
    base = base_config(dataset, "vae", latent_dim=2, epochs=3, precision="float32")
    if isinstance(changes.get("objective"), str):
        changes["objective"] = OBJECTIVES[changes["objective"]]
    return dataclasses.replace(base, **{"batch_size": 10, **changes})


def make_vae(dim: int = 10, clip: float | None = None) -> Vae:
    """Table 4's networks as they are trained; encoder and heads are at `networks.encoder`, ..."""
    return vae_for(make_config(latent=Latent(dim, clip)))


def vae_for(config: RunConfig) -> Vae:
    """A configuration's networks as they are trained."""
    networks = TrainableNetworks(config.encoder, config.decoder, config.image, config.latent.dim)
    return Vae(networks, config.latent)


def small_networks() -> dict[str, Any]:
    """Changes of a configuration to networks that train quickly: Table 2's."""
    layers: dict[str, Any] = {"activation": "tanh"}
    return {"encoder": MlpEncoder(**layers), "decoder": MlpDecoder(**layers)}


def make_record(epoch: int = 1) -> EpochRecord:
    """An epoch's record whose values are all different and not all exact in decimals."""
    train, test = (
        SplitMetrics(
            reconstruction=30.1 + epoch / 7 + shift,
            reconstruction_mean=29.3 + shift,
            kl=1e12 / 3 + shift,
            regularization=-2e11 / 7 - shift,
            accuracy_sampled=0.9123,
            accuracy_mean=1 / 3,
            active_units=2 - shift,
        )
        for shift in (0, 1)
    )
    return EpochRecord(epoch, 1.25, 60000 / 7, train, test)


def make_run(seed: int = 0, images: int = 12, **changes: Any) -> Run:
    """An untrained run with codes, maps and a history: what a folder can hold, quickly made."""
    return run_of(make_config(**changes), seed, images)


def run_of(config: RunConfig, seed: int = 0, images: int = 12) -> Run:
    """The same for a whole configuration."""
    generator = torch.Generator().manual_seed(seed)
    vae = vae_for(config)
    classifier = classifier_of(config)
    for module in (vae, classifier):
        initialize(module, generator)
        module.eval().requires_grad_(False)
    classifier.load_state_dict({k: v.half().float() for k, v in classifier.state_dict().items()})

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator)

    return Run(
        name=config.name,
        config=config,
        metrics=as_metrics(make_record().test, "test"),
        history=tuple(make_record(epoch + 1) for epoch in range(config.epochs)),
        provenance={"device": "CPU (μ)", "versions": {"torch": "2"}},
        vae=exported(vae),
        classifier=classifier,
        codes=Codes(
            mean=draw(images, config.latent.dim),
            log_var=draw(images, config.latent.dim),
            squared_error=draw(images).square(),
            tsne=draw(images, 2),
            umap=draw(images, 2),
        ),
    )


def run_apart(coroutine: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns, run in a thread of its own.

    In the test's thread Playwright may keep an event loop, beside which asyncio.run() refuses.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()
