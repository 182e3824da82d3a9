"""A bound reached is no bound broken: codes that clipping left on the sphere are on it."""

import math
from pathlib import Path

import pytest
import torch
from helpers import shipped_clipped_runs

from muvae import load_run
from muvae.models import clip_norm
from muvae.models.clipping import share_of_bound

CLIPPED = {f"{path.parent.name}-{path.name}": path for path in shipped_clipped_runs()}


def test_there_are_clipped_runs_to_try() -> None:
    assert len(CLIPPED) >= 10


@pytest.mark.parametrize("path", CLIPPED.values(), ids=CLIPPED.keys())
def test_no_code_of_a_clipped_run_is_beyond_its_bound(path: Path) -> None:
    run = load_run(path)
    bound = run.config.latent.bound
    assert bound is not None
    shares = share_of_bound(run.codes.mean, bound)
    assert shares.max() <= 1
    # Clipped again from far outside, all of them lie on the bound, whatever float32 made of it.
    far = clip_norm(run.codes.mean / run.codes.mean.norm(dim=1, keepdim=True) * 3 * bound, bound)
    assert far.norm(dim=1).unique().numel() > 1
    assert set(share_of_bound(far, bound).tolist()) == {1.0}


@pytest.mark.parametrize(
    ("norm", "share"),
    [(0.0, 0), (4.5, 0.5), (8.98, 8.98 / 9), (8.9999, 1), (9.0, 1), (9.0001, 1), (9.01, 9.01 / 9)],
)
def test_a_share_is_exact_but_near_the_bound(norm: float, share: float) -> None:
    for direction in ([1.0, 0.0], [math.sqrt(0.5), -math.sqrt(0.5)]):
        code = norm * torch.tensor([direction], dtype=torch.float64)
        assert share_of_bound(code, 9.0).tolist() == pytest.approx([share], rel=1e-12)
