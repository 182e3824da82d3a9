"""The vocabulary: what posteriors draw, what losses add up to, what splits give."""

import dataclasses

import pytest
import torch

from muvae import LossTerms, Measurement, Posterior, Split


def test_posterior_samples_have_its_moments() -> None:
    mean, std = torch.tensor([[1.0, -3.0]]), torch.tensor([[0.5, 2.0]])
    posterior = Posterior(mean.expand(40_000, 2), (2 * std.log()).expand(40_000, 2))
    torch.testing.assert_close(posterior.std[:1], std)
    codes = posterior.sample(torch.Generator().manual_seed(0))
    torch.testing.assert_close(codes.mean(0), mean[0], atol=0.05, rtol=0)
    torch.testing.assert_close(codes.std(0), std[0], atol=0, rtol=0.02)
    # Diagonal: the noise of two dimensions has nothing to do with each other.
    assert abs(torch.corrcoef(codes.T)[0, 1]) < 0.03


def test_a_sample_is_its_generator_s() -> None:
    posterior = Posterior(torch.zeros(5, 3), torch.zeros(5, 3))
    first, same, other = (
        posterior.sample(torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_a_sample_is_differentiable_in_mean_and_log_var() -> None:
    """dz/dμ = 1 and dz/d log σ² = σ ε / 2."""
    mean = torch.tensor([[0.3, -1.0]], requires_grad=True)
    log_var = torch.tensor([[0.5, -0.7]], requires_grad=True)
    codes = Posterior(mean, log_var).sample(torch.Generator().manual_seed(0))
    codes.sum().backward()
    torch.testing.assert_close(mean.grad, torch.ones(1, 2))
    torch.testing.assert_close(log_var.grad, (codes - mean).detach() / 2)


def test_the_total_loss_is_the_sum_of_its_terms() -> None:
    assert LossTerms(torch.tensor(3.0), torch.tensor(-5.0)).total == -2.0


def test_a_measurement_of_draws_has_their_mean_and_standard_deviation() -> None:
    """Of 1, 2 and 6: mean 3, squared deviations 4 + 1 + 9 over n − 1 = 2."""
    assert Measurement.of_draws([1.0, 2.0, 6.0]) == Measurement(3.0, pytest.approx(7**0.5), 3)
    assert Measurement.of_draws([0.25]) == Measurement(0.25, None, 1)
    assert Measurement(0.25) == Measurement(0.25, sd=None, draws=None)


@pytest.mark.parametrize(
    ("measured", "form", "text"),
    [
        (Measurement(0.92634, 0.0018, 32).times(100), ".1f", "92.6 ± 0.2"),
        (Measurement(16.6907, 0.0243, 32), ".2f", "16.69 ± 0.02"),
        (Measurement(1651.3, 12.4, 32), ".4g", "1651 ± 12"),
        (Measurement(137.42, 1.83, 32), ".4g", "137.4 ± 1.8"),
        (Measurement(0.25, 0.013, 32), ".1%", "25.0% ± 1.3%"),
        (Measurement(3.956e10, 2.5e8, 32), ".3g", "3.96e+10 ± 2.5e+08"),
        (Measurement(11.898), ".2f", "11.90"),
        (Measurement(10), ".0f", "10"),
        (Measurement(0.9331, None, 1).times(100), ".2f", "93.31 (one draw)"),
    ],
)
def test_a_measurement_is_written_with_its_noise(
    measured: Measurement, form: str, text: str
) -> None:
    assert f"{measured:{form}}" == text


@pytest.mark.parametrize(
    ("count", "expected"), [(1, [0]), (2, [0, 9]), (4, [0, 3, 6, 9]), (10, range(10))]
)
def test_a_part_of_a_split_is_spread_over_it(count: int, expected: list[int]) -> None:
    whole = Split(torch.arange(10).to(torch.uint8).reshape(10, 1, 1, 1), torch.arange(10))
    part = whole.take(count)
    assert part.labels.tolist() == part.images.flatten().tolist() == list(expected)
    assert len(part) == count


def test_no_part_is_larger_than_its_split() -> None:
    whole = Split(torch.zeros(10, 1, 28, 28, dtype=torch.uint8), torch.arange(10))
    assert whole.take(11) is whole


@pytest.mark.parametrize("count", [999, 1000, 9999])
def test_a_part_holds_no_image_twice(count: int) -> None:
    labels = torch.arange(10_000)
    assert len(Split(labels, labels).take(count).labels.unique()) == count


def test_records_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Posterior(torch.zeros(1), torch.zeros(1)).mean = torch.ones(1)  # type: ignore[misc]
