"""The paper's objectives train to the bits of the loop that is written out here.

It is the loop of the first runs, without batches of objectives, parts or optimizers by name: the
recorded weights are what it came to, so that runs of then and now can be compared.
"""

from collections.abc import Callable

import pytest
import torch
from helpers import make_config, make_split, vae_for
from torch import Tensor
from torch.nn import functional

from muvae import OBJECTIVES, Classifier, Latent, RunConfig, Split, Vae
from muvae.models import initialize
from muvae.training.loop import fit
from muvae.training.state import new_state

Regularization = Callable[[Tensor, Tensor], Tensor]
REGULARIZATIONS: dict[str, Regularization] = {
    "vae": lambda m, v: (0.5 * (m.square() + (v.exp() - v - 1)).sum(1)).mean(),
    "beta-vae": lambda m, v: 4.0 * (0.5 * (m.square() + (v.exp() - v - 1)).sum(1)).mean(),
    "mu-vae-1": lambda m, v: torch.abs(m.sum()) / len(m) + (v.exp() - v - 1).sum(1).mean(),
    "mu-vae-1-eq6": lambda m, v: torch.abs(m.sum()) / len(m) + v.sum(1).mean(),
    "mu-vae-1-exp": lambda m, v: torch.abs(m.sum()) / len(m) + (v.exp() - 1).sum(1).mean(),
}


def written_out(config: RunConfig, train: Split, term: Regularization) -> tuple[Vae, Classifier]:
    vae, classifier = vae_for(config), Classifier(config.latent.dim, 10)
    generator = torch.Generator().manual_seed(config.seed)
    initialize(vae, generator)
    initialize(classifier, generator)
    vae_adam, classifier_adam = (
        torch.optim.Adam(module.parameters(), lr=1e-4, betas=(0.9, 0.999), fused=True)
        for module in (vae, classifier)
    )
    for epoch in range(1, config.epochs + 1):
        order = torch.Generator().manual_seed((config.seed << 20) + epoch)
        noise_seed = int(torch.randint(2**62, (), generator=order))
        noise = torch.Generator().manual_seed(noise_seed)
        permutation = torch.randperm(len(train), generator=order)
        for chosen in permutation.split(config.batch_size):
            images = train.images[chosen].float() / 255
            posterior = vae.encode(images)
            drawn = torch.empty_like(posterior.mean).normal_(generator=noise)
            codes = posterior.mean + torch.exp(0.5 * posterior.log_var) * drawn
            squares = (images - vae.decode(codes)).square().flatten(1).sum(1).mean()
            loss = squares + term(posterior.mean, posterior.log_var)
            vae_adam.zero_grad()
            # backward() has no types in torch.
            loss.backward()  # type: ignore[no-untyped-call]
            vae_adam.step()
            logits = classifier(codes.detach())
            classifier_adam.zero_grad()
            functional.cross_entropy(logits, train.labels[chosen]).backward()  # type: ignore[no-untyped-call]
            classifier_adam.step()
    return vae, classifier


@pytest.mark.parametrize("name", REGULARIZATIONS)
def test_bits_are_those_of_the_loop_written_out(name: str) -> None:
    latent = Latent(3, OBJECTIVES[name].clip)
    config = make_config(objective=name, latent=latent, epochs=2, batch_size=7, seed=3)
    state, train = new_state(config), make_split(20)
    list(fit(state, train, train))
    plain = written_out(config, train, REGULARIZATIONS[name])
    for module, expected in zip((state.vae, state.classifier), plain, strict=True):
        for key, value in expected.state_dict().items():
            assert torch.equal(module.state_dict()[key], value), key


# Recorded before objectives saw batches, with this data: of the last epoch, on the test images.
RECORDED = {
    "vae": (0.3112394154071808, 0.3112394236028194, 109.43604393005371),
    "beta-vae": (0.6324048697948456, 0.15810121241956948, 109.60827541351318),
    "mu-vae-1": (0.5054881319403648, 0.27216210290789605, 109.36900577545165),
    "mu-vae-1-eq6": (-1.9057661890983582, 0.5432408273220062, 109.76509971618653),
    "mu-vae-1-exp": (-1.1274531722068786, 0.4787321470677853, 109.73224925994873),
}


@pytest.mark.parametrize("name", RECORDED)
def test_metrics_are_those_that_were_recorded(name: str) -> None:
    """But for what another processor's sums may differ in."""
    latent = Latent(3, OBJECTIVES[name].clip)
    config = make_config(objective=name, latent=latent, epochs=2, batch_size=7, seed=3)
    *_, record = fit(new_state(config), make_split(40), make_split(20, seed=1))
    measured = (record.test.regularization, record.test.kl, record.train.reconstruction)
    assert measured == pytest.approx(RECORDED[name], rel=1e-4)
