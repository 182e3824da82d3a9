"""What an objective sees: decoded when asked for, and how far training is."""

import torch
from batches import FixedNetworks, random_batch

from muvae import Posterior
from muvae.objectives.batch import Progress
from muvae.priors import STANDARD_NORMAL


def test_codes_are_decoded_once_and_only_when_asked_for() -> None:
    class Counting(FixedNetworks):
        calls = 0

        def decode(self, codes: torch.Tensor) -> torch.Tensor:
            self.calls += 1
            return super().decode(codes)

    networks = Counting(torch.ones(5, 1, 28, 28), 3)
    batch = random_batch(vae=networks)
    assert networks.calls == 0
    assert torch.equal(batch.reconstructions, batch.reconstructions)
    assert networks.calls == 1


def test_a_batch_is_as_long_as_its_images_and_has_the_paper_s_prior() -> None:
    assert len(random_batch(4)) == 4
    assert random_batch().prior is STANDARD_NORMAL
    assert isinstance(random_batch().posterior, Posterior)


def test_progress_is_a_share_of_training() -> None:
    assert Progress(25, 100, 640).fraction == 0.25
    assert Progress(100, 100, 640).fraction == 1
    end = Progress.end(640)
    assert (end.fraction, end.train_size) == (1, 640)
    assert min(1.0, end.step / 10**12) == 1  # a schedule in steps has run its course
