"""What benchmarks/bench_train.py compares: muvae.training.loop.fit, and the plain loop."""

import dataclasses
import itertools
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from common import tune_process
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader

from muvae import Classifier, RunConfig, Vae, get_objective
from muvae.datasets.builtin import ORIGINALS, load_split
from muvae.models import initialize
from muvae.objectives.batch import Batch, Progress
from muvae.training.loop import fit
from muvae.training.state import new_state

SIDES = {"plain": "plain loop", "muvae": "muvae", "muvae_1_thread": "muvae, 1 thread"}
LOADER_WORKERS = 2


@dataclass(frozen=True)
class Job:
    """What is measured: a run, its data's root and device, batches of warm-up and timed ones."""

    config: RunConfig
    root: Path
    device: str
    warm_up: int
    batches: int


def measure(side: str, job: Job) -> float:
    """Images a second of one side, which makes this process's settings its own."""
    if side == "plain":
        return time_plain(job)
    tune_process(1 if side == "muvae_1_thread" else None)
    return time_muvae(job)


def time_muvae(job: Job) -> float:
    """Images a second of `fit`, by its own record of the epoch that follows the warm-up's."""
    if job.device.startswith("cuda"):
        torch.backends.cudnn.deterministic = True  # as in scripts/train.py
    size = job.config.batch_size
    train = load_split(job.config.dataset, job.root, train=True)
    few = train.take(size)
    state = new_state(dataclasses.replace(job.config, epochs=1), job.device)
    list(fit(state, train.take(job.warm_up * size), few))
    state.config = dataclasses.replace(job.config, epochs=2)
    (record,) = fit(state, train.take(job.batches * size), few)
    return record.images_per_second


def time_plain(job: Job) -> float:
    """Images a second of the plain loop once it is warm and its workers have started."""
    import torchvision  # where it is missing, load_split has said so in one sentence

    original = ORIGINALS[job.config.dataset]
    dataset = getattr(torchvision.datasets, original.torchvision_class)(
        str(job.root), train=True, transform=torchvision.transforms.ToTensor()
    )
    loader: DataLoader[tuple[Tensor, Tensor]] = DataLoader(
        dataset, batch_size=job.config.batch_size, shuffle=True, num_workers=LOADER_WORKERS
    )
    steps = plain_steps(loader, job)
    _take(steps, job.warm_up, job.device)
    started = time.perf_counter()
    images = _take(steps, job.batches, job.device)
    return images / (time.perf_counter() - started)


def plain_steps(loader: Iterable[tuple[Tensor, Tensor]], job: Job) -> Iterator[int]:
    """The plain loop: both steps on each batch; yields how many images it held."""
    config, objective = job.config, get_objective(job.config.objective)
    vae, classifier = Vae(config.model), Classifier(config.model.latent_dim)
    for module in (vae, classifier):
        initialize(module, torch.Generator().manual_seed(config.seed))
        module.to(job.device)
    vae_optimizer = torch.optim.Adam(vae.parameters(), lr=config.learning_rate)
    classifier_optimizer = torch.optim.Adam(classifier.parameters(), lr=config.learning_rate)
    for images, labels in loader:
        images, labels = images.to(job.device), labels.to(job.device)

        posterior = vae.encode(images)
        codes = posterior.sample()
        progress = Progress.end(len(images))
        batch = Batch(images=images, posterior=posterior, codes=codes, vae=vae, progress=progress)
        loss = objective.loss(batch)
        vae_optimizer.zero_grad()
        loss.total.backward()
        vae_optimizer.step()

        classifier_loss = functional.cross_entropy(classifier(codes.detach()), labels)
        classifier_optimizer.zero_grad()
        classifier_loss.backward()
        classifier_optimizer.step()
        yield len(images)


def _take(steps: Iterator[int], count: int, device: str) -> int:
    """Take that many steps, and wait for the device; how many images they held."""
    images = sum(itertools.islice(steps, count))
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
    return images
