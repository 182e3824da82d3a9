"""Objectives against torch.distributions, identities of the paper, and cases worked by hand."""

import copy
import dataclasses
import json
import math

import pytest
import torch
from batches import make_batch, random_batch
from torch.distributions import Independent, Normal
from torch.distributions import kl_divergence as torch_kl

from muvae import OBJECTIVES, InvalidInputError, Posterior, get_objective
from muvae.objectives import PAPER_OBJECTIVES, changed, objective_from_json
from muvae.objectives.batch import Batch
from muvae.objectives.beta import BetaElbo
from muvae.objectives.elbo import Elbo
from muvae.objectives.mu import MuElbo
from muvae.objectives.terms import (
    VARIANCE_TERMS,
    VarianceTerm,
    aggregate_mean,
    squared_error,
    variance_term,
)
from muvae.priors.standard_normal import kl_divergence


@pytest.fixture
def batch() -> Batch:
    """5 images, 3 dimensions."""
    return random_batch()


def test_the_registry_holds_the_paper_s_objectives_and_eq_6_as_printed() -> None:
    assert tuple(OBJECTIVES)[:4] == PAPER_OBJECTIVES == ("vae", "beta-vae", "mu-vae-1", "mu-vae-2")
    assert set(OBJECTIVES) >= {f"mu-vae-{n}-{kind}" for n in (1, 2) for kind in ("eq6", "exp")}
    assert all(objective.name == name for name, objective in OBJECTIVES.items())
    assert len({objective.label for objective in OBJECTIVES.values()}) == len(OBJECTIVES)
    settings = {(type(o), o.clip, *o.parameters.values()) for o in OBJECTIVES.values()}
    assert len(settings) == len(OBJECTIVES)


@pytest.mark.parametrize(
    ("name", "clip", "sample_std", "traversal"),
    [
        ("vae", None, 1, 2),
        ("beta-vae", None, 1, 2),
        ("mu-vae-1", 3, 3, 10),
        ("mu-vae-2", 6, 3, 20),
        ("mu-vae-1-eq6", 3, 3, 10),
        ("mu-vae-2-eq6", 6, 3, 20),
        ("mu-vae-1-exp", 3, 3, 10),
        ("mu-vae-2-exp", 6, 3, 20),
    ],
)
def test_settings_are_those_of_the_paper(
    name: str, clip: float | None, sample_std: float, traversal: float
) -> None:
    """Eq. 5's bound 3√D or 6√D, Figure 6's σ, Figure 7's range."""
    objective = get_objective(name)
    assert (objective.sample_std, objective.traversal) == (sample_std, traversal)
    for latent_dim in (1, 10, 20):
        expected = None if clip is None else clip * math.sqrt(latent_dim)
        assert objective.bound(latent_dim) == expected


def test_variance_terms_of_the_registry() -> None:
    forms = {n: o.variance for n, o in OBJECTIVES.items() if isinstance(o, MuElbo)}
    assert forms == {
        "mu-vae-1": "kl",
        "mu-vae-2": "kl",
        "mu-vae-1-eq6": "log_var",
        "mu-vae-2-eq6": "log_var",
        "mu-vae-1-exp": "exp",
        "mu-vae-2-exp": "exp",
    }


def test_nothing_can_be_put_into_the_registry_or_changed_in_it() -> None:
    with pytest.raises(TypeError):
        OBJECTIVES["mine"] = OBJECTIVES["vae"]  # type: ignore[index]
    for objective in OBJECTIVES.values():
        with pytest.raises(dataclasses.FrozenInstanceError):
            objective.clip = 1.0  # type: ignore[misc]


def test_an_unknown_name_is_told_the_known_ones() -> None:
    with pytest.raises(InvalidInputError, match=r"no objective 'gan'; .* vae, beta-vae, mu-vae-1"):
        get_objective("gan")
    with pytest.raises(InvalidInputError, match=r"variance is 'none'.* kl, log_var, exp"):
        MuElbo(name="m", label="M", traversal=1.0, variance="none")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vae", {"sample_std": 1.0, "traversal": 2.0}),
        ("beta-vae", {"sample_std": 1.0, "traversal": 2.0, "beta": 4.0}),
        ("mu-vae-1", {"sample_std": 3.0, "traversal": 10.0, "variance": "kl"}),
        ("mu-vae-2", {"sample_std": 3.0, "traversal": 20.0, "variance": "kl"}),
        ("mu-vae-1-eq6", {"sample_std": 3.0, "traversal": 10.0, "variance": "log_var"}),
        ("mu-vae-2-exp", {"sample_std": 3.0, "traversal": 20.0, "variance": "exp"}),
    ],
)
def test_json_is_the_name_and_every_parameter(name: str, expected: dict[str, object]) -> None:
    """Neither the label nor the bound: that is the run's."""
    assert OBJECTIVES[name].to_json() == {"name": name, **expected}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_json_goes_both_ways(name: str) -> None:
    objective = OBJECTIVES[name]
    assert objective_from_json(json.loads(json.dumps(objective.to_json()))) == objective


def test_a_run_s_parameters_are_its_json_s_whatever_the_defaults_are() -> None:
    values = {"name": "beta-vae", "beta": 0.01, "sample_std": 1, "traversal": 3}
    objective = objective_from_json(values)
    assert isinstance(objective, BetaElbo)
    assert (objective.beta, objective.traversal, objective.label) == (0.01, 3.0, "β-VAE")
    with pytest.raises(InvalidInputError, match="the objective 'beta-vae' lacks the key 'beta'"):
        objective_from_json({"name": "beta-vae", "sample_std": 1.0, "traversal": 2.0})


def test_parameters_are_set_from_texts() -> None:
    assert changed(OBJECTIVES["beta-vae"], {"beta": "2"}).to_json()["beta"] == 2.0
    other = changed(OBJECTIVES["mu-vae-1"], {"variance": "exp", "sample_std": "2.5"})
    assert other.to_json() == {
        "name": "mu-vae-1",
        "sample_std": 2.5,
        "traversal": 10.0,
        "variance": "exp",
    }
    with pytest.raises(InvalidInputError, match="'vae' has no parameter 'beta'; it has sample_std"):
        changed(OBJECTIVES["vae"], {"beta": "2"})
    with pytest.raises(InvalidInputError, match="has no parameter 'label'"):
        changed(OBJECTIVES["vae"], {"label": "mine"})


@pytest.mark.parametrize(
    ("name", "texts", "message"),
    [
        ("beta-vae", {"beta": "-1"}, "beta is -1.0; it must be 0 or more"),
        ("beta-vae", {"beta": "inf"}, "beta is 'inf'; it must be a number"),
        ("mu-vae-1", {"variance": "none"}, "variance is 'none'; it must be one of kl, log_var, e"),
        ("vae", {"sample_std": "0"}, "sample_std is 0.0; it must be a positive number"),
        ("vae", {"traversal": "-2"}, "traversal is -2.0; it must be a positive number"),
    ],
)
def test_values_that_cannot_be_are_named(name: str, texts: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidInputError, match=f"^the objective '{name}': {message}"):
        changed(OBJECTIVES[name], texts)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_objectives_are_pure(name: str, batch: Batch) -> None:
    """The same in, the same out; neither inputs nor the objective change."""
    objective = OBJECTIVES[name]
    before, same = copy.deepcopy((batch, objective))
    first, second = objective.loss(batch), objective.loss(batch)
    assert torch.equal(first.total, second.total)
    assert torch.equal(batch.images, before.images)
    assert torch.equal(batch.reconstructions, before.reconstructions)
    assert torch.equal(batch.codes, before.codes)
    assert torch.equal(batch.posterior.mean, before.posterior.mean)
    assert torch.equal(batch.posterior.log_var, before.posterior.log_var)
    assert objective == same


@pytest.mark.parametrize("name", OBJECTIVES)
def test_terms_are_scalars_and_the_reconstruction_is_the_same_for_all(
    name: str, batch: Batch
) -> None:
    terms = OBJECTIVES[name].loss(batch)
    assert terms.reconstruction.shape == terms.regularization.shape == ()
    errors = batch.images - batch.reconstructions
    by_hand = sum(errors[i].double().pow(2).sum().item() for i in range(5))
    assert terms.reconstruction.item() == pytest.approx(by_hand / 5, rel=1e-6)


def test_squared_error_is_a_sum_over_pixels_an_image() -> None:
    images = torch.zeros(2, 1, 28, 28)
    reconstructions = images.clone()
    reconstructions[0, 0, 0, 0] = 0.5
    reconstructions[1] = 1.0
    assert squared_error(images, reconstructions).tolist() == [0.25, 784.0]


def test_kl_is_that_of_torch(batch: Batch) -> None:
    posterior = batch.posterior
    q = Independent(Normal(posterior.mean, posterior.std), 1)
    p = Independent(Normal(torch.zeros(5, 3), torch.ones(5, 3)), 1)
    torch.testing.assert_close(kl_divergence(posterior), torch_kl(q, p))
    torch.testing.assert_close(OBJECTIVES["vae"].loss(batch).regularization, torch_kl(q, p).mean())


def test_kl_is_least_at_the_prior() -> None:
    at_prior = Posterior(torch.zeros(1, 3), torch.zeros(1, 3))
    assert kl_divergence(at_prior).item() == 0
    for shift in (-0.01, 0.01):
        near = torch.full((1, 3), shift)
        assert kl_divergence(Posterior(near, at_prior.log_var)).item() > 0
        assert kl_divergence(Posterior(at_prior.mean, near)).item() > 0


def test_beta_of_1_is_the_elbo(batch: Batch) -> None:
    beta = BetaElbo(name="b", label="B", beta=1.0)
    assert torch.equal(beta.loss(batch).total, Elbo(name="e", label="E").loss(batch).total)


@pytest.mark.parametrize("beta", [0.0, 0.5, 4.0])
def test_beta_weighs_the_kl_alone(batch: Batch, beta: float) -> None:
    elbo = OBJECTIVES["vae"].loss(batch)
    weighted = BetaElbo(name="b", label="B", beta=beta).loss(batch)
    torch.testing.assert_close(weighted.regularization, beta * elbo.regularization)
    assert torch.equal(weighted.reconstruction, elbo.reconstruction)


def test_beta_vae_s_beta_is_4(batch: Batch) -> None:
    terms = [OBJECTIVES[name].loss(batch).regularization for name in ("beta-vae", "vae")]
    ratio = terms[0] / terms[1]
    assert ratio.item() == pytest.approx(4.0)


# B = 2, D = 2; Σμ = 1 − 2 − 3 + 1 = −3, Σ log σ² = 1 + 0 − 2 + 0.5 = −0.5.
MEAN = torch.tensor([[1.0, -2.0], [-3.0, 1.0]])
LOG_VAR = torch.tensor([[1.0, 0.0], [-2.0, 0.5]])
EXP = math.e + 1 + math.exp(-2) + math.exp(0.5) - 4


@pytest.mark.parametrize(
    ("variance", "expected"),
    [("log_var", (3 - 0.5) / 2), ("exp", (3 + EXP) / 2), ("kl", (3 + EXP + 0.5) / 2)],
)
def test_equation_6_by_hand(variance: VarianceTerm, expected: float) -> None:
    """(|Σ_i Σ_d μ| + Σ_i Σ_d v(log σ²)) / B beside ||x − x'||² = (4·0.25 + 784) / 2."""
    objective = MuElbo(name="m", label="M", traversal=1.0, variance=variance)
    images = torch.zeros(2, 1, 28, 28)
    reconstructions = torch.stack([torch.zeros(1, 28, 28), torch.ones(1, 28, 28)])
    reconstructions[0, 0, :2, :2] = 0.5
    terms = objective.loss(make_batch(images, reconstructions, Posterior(MEAN, LOG_VAR)))
    assert terms.regularization.item() == pytest.approx(expected, rel=1e-6)
    assert terms.reconstruction.item() == 392.5
    assert terms.total.item() == pytest.approx(392.5 + expected, rel=1e-6)


def test_the_aggregate_couples_the_whole_batch() -> None:
    """Opposite means cancel, across images and dimensions: not a mean of absolute values."""
    assert aggregate_mean(MEAN).item() == 1.5
    assert aggregate_mean(torch.tensor([[5.0, -2.0], [-4.0, 1.0]])).item() == 0
    assert aggregate_mean(MEAN[:1]).item() == 1
    assert aggregate_mean(MEAN[1:]).item() == 2
    # Halves of a batch, each for itself, give more than the whole.
    halves = torch.tensor([[3.0], [-3.0]])
    assert aggregate_mean(halves) == 0
    assert aggregate_mean(halves[:1]) == aggregate_mean(halves[1:]) == 3


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_one_image_s_gradient_depends_on_the_others(sign: float) -> None:
    mean = torch.tensor([[0.5], [sign * 9.0]], requires_grad=True)
    aggregate_mean(mean).backward()
    assert mean.grad is not None
    assert mean.grad.tolist() == [[sign / 2], [sign / 2]]


def test_only_kl_has_its_minimum_at_a_sigma_of_1() -> None:
    log_var = torch.linspace(-3, 3, 601, dtype=torch.float64)
    values = variance_term(log_var, "kl")
    assert values.min().item() == pytest.approx(0, abs=1e-12)
    assert log_var[values.argmin()].item() == pytest.approx(0, abs=1e-12)
    for form in ("log_var", "exp"):
        assert (variance_term(log_var, form).diff() > 0).all(), form  # σ falls without end


def test_log_var_has_no_bound_below_and_exp_goes_to_minus_1() -> None:
    log_var = torch.tensor([-1e3, -1e12])
    assert variance_term(log_var, "log_var").tolist() == log_var.tolist()
    assert variance_term(log_var, "exp").tolist() == [-1, -1]
    assert variance_term(log_var, "kl")[1].item() == pytest.approx(1e12)


def test_twice_the_kl_is_squares_and_the_kl_form(batch: Batch) -> None:
    mean, log_var = batch.posterior.mean, batch.posterior.log_var
    expected = (mean.square() + variance_term(log_var, "kl")).sum(1) / 2
    torch.testing.assert_close(kl_divergence(batch.posterior), expected)
    assert set(VARIANCE_TERMS) == {"kl", "log_var", "exp"}
