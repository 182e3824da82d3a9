"""Runs whose values are finite, and as extreme as that can be: they are shown, or named."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import torch
from helpers import make_split
from served import served_run, write_toy_runs
from torch import Tensor

from muvae import DATASETS, Latent, Measurement, Run, SplitMetrics
from muvae.datasets.test_split import write_dataset
from muvae.runs.writing import write_run

IMAGES = 20
DIM = 10


def codes(**values: Callable[[Tensor], Tensor]) -> Callable[[Run], Run]:
    """A run with other codes."""

    def change(run: Run) -> Run:
        own = {name: make(getattr(run.codes, name)) for name, make in values.items()}
        return dataclasses.replace(run, codes=dataclasses.replace(run.codes, **own))

    return change


def constant(value: float) -> Callable[[Tensor], Tensor]:
    return lambda tensor: torch.full_like(tensor, value)


def one(value: float) -> Callable[[Tensor], Tensor]:
    """A single value of many is that one."""

    def change(tensor: Tensor) -> Tensor:
        changed = tensor.clone()
        changed.view(-1)[7] = value
        return changed

    return change


def metrics(value: float) -> Callable[[Run], Run]:
    def change(run: Run) -> Run:
        return dataclasses.replace(run, metrics={name: Measurement(value) for name in run.metrics})

    return change


def history(value: float) -> Callable[[Run], Run]:
    def change(run: Run) -> Run:
        def each(split: SplitMetrics) -> SplitMetrics:
            names = [field.name for field in dataclasses.fields(split)]
            return SplitMetrics(**dict.fromkeys(names, value))  # type: ignore[arg-type]

        changed = []
        for record in run.history:
            train, test = each(record.train), each(record.test)
            changed.append(dataclasses.replace(record, seconds=value, train=train, test=test))
        return dataclasses.replace(run, history=tuple(changed))

    return change


def weights(value: float) -> Callable[[Run], Run]:
    def change(run: Run) -> Run:
        for tensor in run.vae.networks.state_dict().values():
            tensor.fill_(value)
        return run

    return change


def bound(clip: float) -> Callable[[Run], Run]:
    def change(run: Run) -> Run:
        config = dataclasses.replace(run.config, latent=Latent(DIM, clip=clip))
        return dataclasses.replace(run, config=config)

    return change


# Those that are shown: what is measured of them is sane.
SHOWN: dict[str, Callable[[Run], Run]] = {
    "means-zero": codes(mean=constant(0)),
    "means-one-value": codes(mean=constant(2.5)),
    "all-codes-zero": codes(mean=constant(0), log_var=constant(0), squared_error=constant(0)),
    "maps-one-point": codes(tsne=constant(3), umap=constant(0)),
    "means-tiny": codes(mean=lambda tensor: tensor * 1e-40),
    "means-large": codes(mean=lambda tensor: tensor.sign() * 9e14),
    "one-mean-large": codes(mean=one(-9e14)),
    "no-variance": codes(log_var=constant(-9e14)),
    "large-variance": codes(log_var=constant(79)),
    "errors-large": codes(squared_error=constant(9e14)),
    "maps-large": codes(tsne=one(9e14), umap=one(-9e14)),
    "metrics-large": metrics(1e300),
    "metrics-small": metrics(-1e300),
    "metrics-tiny": metrics(1e-300),
    "history-large": history(1e300),
    "history-zero": history(0),
    "bound-tiny": bound(1e-30),
    "bound-large": bound(1e30),
    "weights-zero": weights(0),
    "weights-large": weights(30),
}
# Those that are refused, in a sentence: what would be measured of them is not finite.
REFUSED: dict[str, Callable[[Run], Run]] = {
    "variance-infinite": codes(log_var=constant(3e38)),
    "one-variance-infinite": codes(log_var=one(100)),
    "one-log-var-low": codes(log_var=one(-3e38)),
    "means-infinite-norm": codes(mean=constant(3e38)),
    "one-mean-infinite-norm": codes(mean=one(-3e38)),
    "errors-infinite-sum": codes(squared_error=one(3e38)),
    "maps-infinite": codes(tsne=one(3e38)),
    "weights-infinite": weights(3e38),
}


def write_extremes(root: Path, kinds: dict[str, Callable[[Run], Run]]) -> Path:
    """A dataset with each of some as a run, and sound toy runs."""
    torch.set_num_threads(1)
    split = make_split(IMAGES)
    write_dataset(root / "mnist", DATASETS["mnist"], split)
    for name, change in kinds.items():
        run = served_run("vae", "mnist", split, 0, dim=DIM)
        run = dataclasses.replace(run, config=dataclasses.replace(run.config, name=name))
        write_run(root / "mnist" / name, change(run))
    write_toy_runs(root, "mnist", split)
    return root
