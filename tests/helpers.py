"""Small data, configurations and runs, made from a seed."""

import asyncio
import contextlib
import dataclasses
import os
import subprocess
import sys
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import torch

from muvae import Classifier, Codes, EpochRecord, ModelConfig, Run, RunConfig, Split, Vae, list_runs
from muvae.models import initialize
from muvae.training.evaluation import as_metrics
from muvae.types import SplitMetrics

T = TypeVar("T")
REPOSITORY = Path(__file__).resolve().parent.parent
SHIPPED = REPOSITORY / "checkpoints"


@contextlib.contextmanager
def python(*arguments: str, **environment: str) -> "Iterator[subprocess.Popen[str]]":
    """A Python process in tests/ that is talked to by lines; killed at the end."""
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=Path(__file__).parent,
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as started:
        yield started
        started.kill()


def shipped_clipped_runs() -> list[Path]:
    """The folders of the shipped runs whose means are clipped, toy runs too."""
    entries = [entry for folder in sorted(SHIPPED.iterdir()) for entry in list_runs(folder)]
    return [
        entry.path
        for entry in entries
        if entry.config and entry.config.model.bound and (entry.path / "codes.safetensors").exists()
    ]


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
    base = RunConfig(
        name="vae",
        dataset="mnist",
        objective="vae",
        model=ModelConfig(latent_dim=2),
        epochs=3,
        batch_size=10,
    )
    return dataclasses.replace(base, **changes)


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
    config = make_config(**changes)
    generator = torch.Generator().manual_seed(seed)
    vae = Vae(config.model)
    classifier = Classifier(config.model.latent_dim, config.model.classes)
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
        vae=vae,
        classifier=classifier,
        codes=Codes(
            mean=draw(images, config.model.latent_dim),
            log_var=draw(images, config.model.latent_dim),
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
