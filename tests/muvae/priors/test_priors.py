"""Priors against torch.distributions."""

import json
import math
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor
from torch.distributions import Independent, Normal
from torch.distributions import kl_divergence as torch_kl

from muvae import InvalidInputError, Posterior
from muvae.priors import PRIORS, Prior, StandardNormal, prior_from_json


def normal(dim: int, std: float = 1.0) -> Independent:
    return Independent(Normal(torch.zeros(dim), torch.full((dim,), std)), 1)


def test_the_paper_s_prior_is_registered() -> None:
    assert list(PRIORS) == ["standard-normal"]
    assert PRIORS["standard-normal"] == StandardNormal()


@pytest.mark.parametrize("name", PRIORS)
def test_json_goes_both_ways(name: str) -> None:
    values = json.loads(json.dumps(PRIORS[name].to_json()))
    assert values["name"] == name
    assert prior_from_json(values) == PRIORS[name]


def test_an_unknown_prior_is_told_those_there_are() -> None:
    with pytest.raises(InvalidInputError, match="no prior 'vamp'; the priors are standard-normal"):
        prior_from_json({"name": "vamp"})


def test_the_standard_normal_is_that_of_torch() -> None:
    codes = 3 * torch.randn(50, 7, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(StandardNormal().log_prob(codes), normal(7).log_prob(codes))


def test_draws_of_the_standard_normal_are_standard_normal_and_the_generator_s() -> None:
    draws = [
        StandardNormal().sample(20_000, 3, torch.Generator().manual_seed(s)) for s in (1, 1, 2)
    ]
    assert draws[0].shape == (20_000, 3)
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])
    assert draws[0].mean(0).abs().max() < 4 / math.sqrt(20_000)
    assert (draws[0].T.cov() - torch.eye(3)).abs().max() < 0.05


@dataclass(frozen=True, kw_only=True)
class Wide(Prior):
    """N(0, 4 I), without a closed form of its KL."""

    name: str = "wide"

    def sample(self, count: int, dim: int, generator: torch.Generator | None = None) -> Tensor:
        return 2 * torch.randn(count, dim, generator=generator)

    def log_prob(self, codes: Tensor) -> Tensor:
        return normal(codes.shape[1], 2.0).log_prob(codes)


def test_kl_is_estimated_where_no_closed_form_is_given() -> None:
    generator = torch.Generator().manual_seed(0)
    mean, log_var = torch.randn(2, 1, 3, generator=generator)
    posterior = Posterior(mean.expand(200_000, 3), log_var.expand(200_000, 3))
    q = Independent(Normal(mean[0], torch.exp(0.5 * log_var[0])), 1)
    codes = posterior.sample(generator)
    one_by_one = Wide().kl(posterior, codes)
    expected = q.log_prob(codes) - normal(3, 2.0).log_prob(codes)
    torch.testing.assert_close(one_by_one, expected, rtol=1e-4, atol=1e-4)
    assert one_by_one.mean() == pytest.approx(torch_kl(q, normal(3, 2.0)).item(), rel=0.02)


def test_the_standard_normal_s_kl_is_exact_whatever_was_drawn() -> None:
    generator = torch.Generator().manual_seed(0)
    posterior = Posterior(*torch.randn(2, 5, 3, generator=generator))
    q = Independent(Normal(posterior.mean, posterior.std), 1)
    for codes in (posterior.mean, posterior.sample(generator)):
        exact = torch_kl(q, Independent(Normal(torch.zeros(5, 3), torch.ones(5, 3)), 1))
        torch.testing.assert_close(StandardNormal().kl(posterior, codes), exact)
