"""The shipped toy runs of Figure 1: all nine, whole, and as good as they say."""

from functools import cache

import pytest
import torch
from helpers import SHIPPED

from muvae import Run, load_run
from muvae.datasets.test_split import read_test_split
from muvae.training.presets import toy_configs

CONFIGS = {c.name: c for c in toy_configs("mnist", epochs=20, precision="bfloat16")}
every_run = pytest.mark.parametrize("name", CONFIGS)


@cache
def run_of(name: str) -> Run:
    return load_run(SHIPPED / "mnist-toy" / name)


@every_run
def test_a_toy_run_is_figure_1_s(name: str) -> None:
    run = run_of(name)
    assert run.config == CONFIGS[name]
    assert run.provenance["continued_after"] == []


@every_run
@torch.inference_mode()
def test_codes_and_metrics_are_those_of_the_shipped_weights(name: str) -> None:
    run, split = run_of(name), read_test_split(SHIPPED / "mnist")
    images = split.images.float() / 255
    posterior = run.vae.encode(images)
    assert (run.codes.mean - posterior.mean).abs().max() < 1e-3
    errors = (run.vae.decode(posterior.mean) - images).square().flatten(1).sum(1)
    recorded = run.metrics
    assert recorded["test_reconstruction_mean"].value == pytest.approx(
        float(errors.mean()), rel=1e-3
    )
    right = (run.classifier(posterior.mean).argmax(1) == split.labels).double().mean()
    assert recorded["test_accuracy_mean"].value == pytest.approx(float(right), abs=1e-3)
    if run.config.model.bound is not None:
        norms = run.codes.mean.norm(dim=1)
        assert norms.max() <= run.config.model.bound * (1 + 1e-5)
        clipped = float((norms > 0.9999 * run.config.model.bound).double().mean())
        assert recorded["on_the_bound"].value == pytest.approx(clipped)


@every_run
def test_the_replay_ends_with_the_codes(name: str) -> None:
    """Its last epoch was encoded in the precision of training, and is kept in half precision."""
    run = run_of(name)
    assert run.replay is not None
    assert run.replay.shape == (run.config.epochs, 10_000, 2)
    moved = (run.replay.float() - run.codes.mean).norm(dim=2).mean(1)
    scale = float(run.codes.mean.norm(dim=1).mean())
    assert moved[-1] < 0.02 * scale
    assert moved[0] > 10 * moved[-1]
