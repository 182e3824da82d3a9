"""What tests of pages of curves and distributions share: runs whose histories tell them apart."""

import base64
import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from helpers import make_split
from served import IMAGES, served_run
from streamlit.testing.v1 import AppTest

from muvae import EpochRecord, SplitMetrics
from muvae.datasets.builtin import DATASETS
from muvae.datasets.test_split import write_dataset
from muvae.runs.folder import write_run

EPOCHS = 4
# The run's KL divergence after its last epoch and its regularization loss, by name; the order is
# that of the sidebar.
ENDS = {
    "vae": (11.0, 11.0),
    "beta-vae": (2.5, 10.0),
    "mu-vae-1": (45.0, 1.5),
    "mu-vae-1-eq6": (4e10, -8e10),
    "vae-seed1": (12.0, 12.0),
}


def history(kl: float, regularization: float, epochs: int = EPOCHS) -> tuple[EpochRecord, ...]:
    """Records that go up to a KL and a regularization; the third epoch is the most accurate."""
    records = []
    for epoch in range(1, epochs + 1):
        train, test = (
            SplitMetrics(
                reconstruction=50 / epoch + shift,
                reconstruction_mean=40 / epoch + shift,
                kl=kl * epoch / epochs + shift,
                regularization=regularization * epoch / epochs + shift,
                accuracy_sampled=0.9 - 0.01 * abs(epoch - 3) - 0.1 * shift,
                accuracy_mean=0.95 - 0.01 * abs(epoch - 2) - 0.1 * shift,
                active_units=10,
            )
            for shift in (0.25, 0.0)
        )
        records.append(EpochRecord(epoch, 30.0 * epoch, 1000.0 / epoch, train, test))
    return tuple(records)


def write_runs(root: Path) -> Path:
    """Write those runs of MNIST; μ-VAE#1's Eq. 6 run has no noise, and β-VAE a dead dimension."""
    torch.set_num_threads(1)
    split = make_split(IMAGES)
    write_dataset(root / "mnist", DATASETS["mnist"], split)
    for seed, (name, ends) in enumerate(ENDS.items()):
        run = served_run(name.removesuffix("-seed1"), "mnist", split, seed)
        mean, log_var = 3 * torch.randn(run.codes.mean.shape), run.codes.log_var.clone()
        if name == "mu-vae-1-eq6":
            log_var.fill_(-8e9)
        if name == "beta-vae":
            mean[:, 4] = 0.001 * mean[:, 4]
            log_var[:, 4] = math.log(0.99)
        run = dataclasses.replace(
            run,
            config=dataclasses.replace(
                run.config,
                name=name,
                epochs=EPOCHS,
                seed=int(name.endswith("1") and "seed" in name),
            ),
            history=history(*ends),
            codes=dataclasses.replace(run.codes, mean=mean, log_var=log_var),
        )
        write_run(root / "mnist" / name, run)
    return root


def choose_runs(app: AppTest, *names: str) -> AppTest:
    """Choose runs in the sidebar."""
    return app.multiselect(key="runs").set_value(list(names)).run()


def figures(app: AppTest) -> list[dict[str, Any]]:
    """The page's plotly figures, their arrays as numpy's."""
    return [_decoded(json.loads(chart.proto.spec)) for chart in app.get("plotly_chart")]


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(each) for each in value]
    if not isinstance(value, dict):
        return value
    if set(value) <= {"bdata", "dtype", "shape"} and "bdata" in value:
        array = np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"])
        shape = value.get("shape")
        return array if shape is None else array.reshape([int(n) for n in shape.split(",")])
    return {name: _decoded(each) for name, each in value.items()}
