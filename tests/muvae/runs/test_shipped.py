"""Every shipped run: whole, and as good as it says, by an evaluation that is written out here.

Encoding, decoding and classifying are the run's own networks; the clip, the losses, the noise and
the loop over test images are this file's, in plain torch. Every fifth of the 10,000 images goes
through the networks, and is compared image by image with what the run holds of it.
"""

import dataclasses
from functools import cache

import numpy as np
import pytest
import torch
from helpers import SHIPPED, vae_for
from torch import Tensor

from muvae import DATASETS, OBJECTIVES, Run, Split, list_runs, load_run
from muvae.analysis.embeddings import procrustes_align
from muvae.datasets.builtin import get_dataset
from muvae.datasets.test_split import read_test_split
from muvae.types import SplitMetrics

STEP = 5
RUNS = [(dataset, entry.name) for dataset in DATASETS for entry in list_runs(SHIPPED / dataset)]
every_run = pytest.mark.parametrize(("dataset", "name"), RUNS, ids=lambda part: part)


@cache
def images_of(dataset: str) -> Split:
    return read_test_split(SHIPPED / dataset)


@cache
def run_of(dataset: str, name: str) -> Run:
    return load_run(SHIPPED / dataset / name)


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """Per image of every fifth: posterior, and squared errors of samples and of means."""

    mean: Tensor
    log_var: Tensor
    sampled_error: Tensor
    mean_error: Tensor


@cache
@torch.inference_mode()
def evaluation_of(dataset: str, name: str) -> Evaluation:
    run, split = load_run(SHIPPED / dataset / name), images_of(dataset)
    # By PyTorch's own modules, not by the list of ops that the run was loaded from.
    networks = vae_for(run.config).networks.requires_grad_(False)
    networks.load_state_dict(run.vae.networks.state_dict())
    networks.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    generator = torch.Generator().manual_seed(20_241_122)
    rows = []
    for chosen in split.images[::STEP].split(200):
        images = chosen.to(torch.float32) / 255
        features = networks.encoder(images)
        mean = features @ networks.mean_head.weight.T + networks.mean_head.bias
        log_var = features @ networks.log_var_head.weight.T + networks.log_var_head.bias
        if run.config.latent.bound is not None:
            mean = mean * (run.config.latent.bound / mean.norm(dim=1, keepdim=True)).clamp(max=1)
        sample = mean + (log_var / 2).exp() * torch.randn(mean.shape, generator=generator)
        row = [mean, log_var]
        for codes in (sample, mean):
            decoded = torch.sigmoid(networks.decoder(codes))
            row.append(((images - decoded) ** 2).sum((1, 2, 3)))
        rows.append(row)
    return Evaluation(*(torch.cat(column) for column in zip(*rows, strict=True)))


def test_the_runs_of_the_table_are_there() -> None:
    """Six objectives on both datasets; `exp`, for comparison, on MNIST alone."""
    for dataset in DATASETS:
        names = [name for of, name in RUNS if of == dataset]
        expected = [n for n in OBJECTIVES if dataset == "mnist" or not n.endswith("-exp")]
        assert names[: len(expected)] == expected, f"{dataset} has {names}"


def test_the_runs_of_the_table_were_trained_alike() -> None:
    epochs = {run_of(of, name).config.epochs for of, name in RUNS if name in OBJECTIVES}
    assert len(epochs) == 1


@every_run
def test_a_shipped_run_is_what_its_place_says(dataset: str, name: str) -> None:
    run = run_of(dataset, name)
    assert (run.name, run.config.dataset) == (name, dataset)
    assert run.config.latent.bound == run.objective.bound(run.config.latent.dim)
    assert run.provenance["data_sha256"] == get_dataset(dataset).origin.sha256
    if name in OBJECTIVES:
        assert run.objective == OBJECTIVES[name]
        assert (run.config.limit, run.config.latent.dim) == (None, 10)
        assert run.config.epochs >= 10


@every_run
def test_shipped_codes_are_those_of_the_shipped_weights(dataset: str, name: str) -> None:
    run, mine = run_of(dataset, name), evaluation_of(dataset, name)
    codes = run.codes
    assert len(codes) == 10_000
    for stored, own in ((codes.mean, mine.mean), (codes.log_var, mine.log_var)):
        assert ((stored[::STEP] - own).abs() <= 1e-4 * own.abs().clamp_min(1)).all()
    errors = codes.squared_error[::STEP]
    assert ((errors - mine.mean_error).abs() <= 1e-3 * mine.mean_error + 1e-3).all()
    images = images_of(dataset).images[::1000].float() / 255
    posterior = run.vae.encode(images)
    for stored, own in ((codes.mean, posterior.mean), (codes.log_var, posterior.log_var)):
        assert ((stored[::1000] - own).abs() <= 1e-4 * own.abs().clamp_min(1)).all()


@every_run
def test_shipped_means_are_within_the_bound(dataset: str, name: str) -> None:
    run = run_of(dataset, name)
    if run.config.latent.bound is not None:
        assert run.codes.mean.norm(dim=1).max() <= run.config.latent.bound * (1 + 1e-5)
    else:
        assert run.objective.clip is None


@every_run
def test_recorded_metrics_are_those_of_the_shipped_weights(dataset: str, name: str) -> None:
    """Of all codes that the run holds, which the test above compares with its weights."""
    run, mine = run_of(dataset, name), evaluation_of(dataset, name)
    recorded, codes, labels = run.metrics, run.codes, images_of(dataset).labels
    assert {f"test_{field.name}" for field in dataclasses.fields(SplitMetrics)} <= set(recorded)
    mean, log_var = codes.mean.double(), codes.log_var.double()
    kl = float((mean**2 + log_var.exp() - log_var - 1).sum()) / 2 / 10_000
    assert recorded["test_kl"].value == pytest.approx(kl, rel=1e-3)
    error, right = float(codes.squared_error.double().mean()), share_right(run, codes.mean, labels)
    assert recorded["test_reconstruction_mean"].value == pytest.approx(error, rel=1e-3)
    assert recorded["test_accuracy_mean"].value == pytest.approx(right, abs=0.0005)
    # The last epoch was measured in the precision of training, the shipped weights in float32.
    last = run.history[-1].test
    assert last.reconstruction_mean == pytest.approx(error, rel=0.03)
    assert last.accuracy_mean == pytest.approx(right, abs=0.01)
    assert recorded["test_active_units"].value == int((mean.var(0, unbiased=False) > 0.01).sum())
    # Of guesses that depend on the draw for one image in fifteen, two shares over 10,000 differ by
    # 0.0035 (one sigma).
    noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(20_241_123))
    right = share_right(run, codes.mean + (codes.log_var / 2).exp() * noise, labels)
    costs = (mine.sampled_error - mine.mean_error).double()  # what sampling adds, an image
    noise_of_costs = float(costs.std()) / len(costs) ** 0.5
    expected = pytest.approx(error + float(costs.mean()), abs=4 * noise_of_costs, rel=0.005)
    assert recorded["test_reconstruction"].value == expected
    assert recorded["test_accuracy_sampled"].value == pytest.approx(right, abs=0.01)


def share_right(run: Run, codes: Tensor, labels: Tensor) -> float:
    with torch.inference_mode():
        return float((run.classifier(codes).softmax(1).argmax(1) == labels).double().mean())


@every_run
def test_shipped_maps_lie_on_the_first_run_s(dataset: str, name: str) -> None:
    codes = run_of(dataset, name).codes
    first = next(run for of, run in RUNS if of == dataset)
    reference = run_of(dataset, first).codes
    for method in ("tsne", "umap"):
        points, target = getattr(codes, method), getattr(reference, method)
        assert points is not None, f"{dataset}/{name} has no {method}; run scripts/embed.py"
        assert points.shape == (10_000, 2)
        assert bool(torch.isfinite(points).all())
        assert (points.std(0) > 0.5).all()
        # Aligned already, so that aligning it moves nothing.
        again = procrustes_align(points.numpy(), target.numpy())
        np.testing.assert_allclose(again, points.numpy(), atol=2e-3 * float(points.abs().max()))
