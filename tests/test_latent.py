"""Moves in latent space: what is asked to change changes, and nothing else."""

import pytest
import torch

from muvae import InvalidInputError
from muvae.latent import (
    move,
    nearest,
    quantile_range,
    sample_aggregate,
    sample_prior,
    standard_noise,
    traverse,
)


def test_noise_is_standard_and_its_seed_s() -> None:
    noise = standard_noise(20_000, 3, seed=1)
    assert noise.shape == (20_000, 3)
    torch.testing.assert_close(noise.mean(0), torch.zeros(3), atol=0.04, rtol=0)
    torch.testing.assert_close(noise.std(0), torch.ones(3), atol=0.03, rtol=0)
    assert torch.equal(noise, standard_noise(20_000, 3, seed=1))
    assert not torch.equal(noise, standard_noise(20_000, 3, seed=2))


def test_samples_are_the_noise_moved_and_stretched() -> None:
    noise = standard_noise(50, 2, seed=0)
    assert torch.equal(sample_prior(noise, 3.0), 3 * noise)
    assert not sample_prior(noise, 0.0).any()
    mean, std = torch.tensor([1.0, -4.0]), torch.tensor([0.5, 2.0])
    torch.testing.assert_close((sample_aggregate(noise, mean, std) - mean) / std, noise)


@pytest.mark.parametrize("std", [-0.1, float("nan")])
def test_a_bad_std_is_named(std: float) -> None:
    with pytest.raises(InvalidInputError, match=r"std is .* must be 0 or more"):
        sample_prior(torch.zeros(1, 2), std)


def test_a_traversal_changes_one_coordinate_and_leaves_its_base() -> None:
    base = torch.tensor([1.0, 2.0, 3.0])
    values = torch.tensor([-9.0, 0.0, 9.0, 2.0])
    codes = traverse(base, 1, values)
    assert codes.tolist() == [[1, -9, 3], [1, 0, 3], [1, 9, 3], [1, 2, 3]]
    assert base.tolist() == [1, 2, 3]
    # Another dimension starts from the base again: no earlier one stays changed.
    assert traverse(base, 2, values)[:, 1].tolist() == [2, 2, 2, 2]


@pytest.mark.parametrize("dimension", [-1, 3])
def test_a_dimension_that_is_not_there_is_named(dimension: int) -> None:
    with pytest.raises(InvalidInputError, match=f"dimension is {dimension}; the code has 0 to 2"):
        traverse(torch.zeros(3), dimension, torch.zeros(1))


def test_positions_go_from_low_by_the_base_to_high() -> None:
    base, low, high = torch.tensor([1.0, 0.0]), torch.tensor([-3.0, -1.0]), torch.tensor([3.0, 1.0])
    for position, expected in (
        (-1.0, [-3.0, -1.0]),
        (-0.5, [-1.0, -0.5]),
        (0.0, [1.0, 0.0]),
        (0.5, [2.0, 0.5]),
        (1.0, [3.0, 1.0]),
    ):
        moved = move(base, torch.full((2,), position), low, high)
        assert moved.tolist() == expected
    mixed = move(base, torch.tensor([0.0, 1.0]), low, high)
    assert mixed.tolist() == [1.0, 1.0]


def test_a_base_outside_its_range_is_the_end_of_that_side() -> None:
    base, low, high = torch.tensor([5.0]), torch.tensor([-1.0]), torch.tensor([1.0])
    assert move(base, torch.tensor([1.0]), low, high).item() == 5
    assert move(base, torch.tensor([-1.0]), low, high).item() == -1
    with pytest.raises(InvalidInputError, match="between -1 and 1"):
        move(base, torch.tensor([1.1]), low, high)


def test_the_central_range_holds_its_share() -> None:
    codes = torch.stack([torch.arange(101.0), torch.arange(101.0) * -2], dim=1)
    low, high = quantile_range(codes, coverage=0.8)
    torch.testing.assert_close(low, torch.tensor([10.0, -180.0]))
    torch.testing.assert_close(high, torch.tensor([90.0, -20.0]))


def test_the_nearest_come_first() -> None:
    codes = torch.tensor([[3.0, 4.0], [0.0, 1.0], [10.0, 0.0], [0.0, 0.0]])
    distances, indices = nearest(codes, torch.zeros(2), 3)
    assert indices.tolist() == [3, 1, 0]
    assert distances.tolist() == [0, 1, 5]
    assert len(nearest(codes, torch.zeros(2), 9)[0]) == 4
