"""The networks as the app asks them: in few sizes of batch, with the results of whole ones."""

import pytest
import torch
from helpers import make_split
from served import served_run
from torch import Tensor

from app.data.inference import LARGEST, decode, in_parts, probabilities
from muvae import Run


@pytest.fixture(scope="module")
def run() -> Run:
    return served_run("vae", "mnist", make_split(20), seed=0)


@pytest.mark.parametrize("count", [0, 1, 2, 7, 63, 64, 65, 200])
def test_parts_make_what_the_whole_makes(run: Run, count: int) -> None:
    codes = torch.randn(count, run.config.latent.dim)
    with torch.inference_mode():
        images = run.vae.decode(codes).squeeze(1).numpy() * 255
        shares = torch.softmax(run.classifier(codes), dim=1).numpy()
    assert decode(run, codes).shape == images.shape
    assert abs(decode(run, codes) - images).max(initial=0) <= 0.501
    assert abs(probabilities(run, codes) - shares).max(initial=0) < 1e-6


def test_few_sizes_of_batch_are_met() -> None:
    met: list[int] = []

    def network(part: Tensor) -> Tensor:
        met.append(len(part))
        return part

    for count in range(1, 300):
        codes = torch.arange(count)[:, None]
        assert torch.equal(in_parts(network, codes), codes)
    assert set(met) == {1, 2, 4, 8, 16, 32, LARGEST}
