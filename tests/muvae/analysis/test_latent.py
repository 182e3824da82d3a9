"""Moves in latent space: what is asked to change changes, and nothing else."""

import math

import pytest
import torch

from muvae import InvalidInputError
from muvae.analysis.latent import (
    analogy,
    angle_between,
    linear_path,
    move,
    nearest,
    quantile_range,
    sample_aggregate,
    sample_prior,
    spacing,
    spherical_path,
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


SHARES = torch.tensor([0.0, 0.25, 0.5, 1.0])


def test_a_linear_path_goes_straight_and_evenly() -> None:
    start, end = standard_noise(2, 10, seed=0)
    path = linear_path(start, end, SHARES)
    assert torch.equal(path[0], start)
    assert torch.equal(path[-1], end)
    torch.testing.assert_close(path[2], (start + end) / 2)
    steps = (path - start).norm(dim=1) / (end - start).norm()
    torch.testing.assert_close(steps, SHARES)


def test_a_spherical_path_turns_evenly_and_its_norm_goes_linearly() -> None:
    start, end = standard_noise(2, 10, seed=1)
    end = 3 * end
    path = spherical_path(start, end, SHARES)
    torch.testing.assert_close(path[0], start)
    torch.testing.assert_close(path[-1], end)
    torch.testing.assert_close(path.norm(dim=1), torch.lerp(start.norm(), end.norm(), SHARES))
    whole = angle_between(start, end)
    assert whole == pytest.approx(
        math.acos(torch.cosine_similarity(start, end, dim=0).item()), abs=1e-5
    )
    for code, share in zip(path[1:], SHARES.tolist()[1:], strict=True):
        assert angle_between(start, code) == pytest.approx(share * whole, abs=1e-5)
    # It stays in the plane of its ends.
    basis = torch.linalg.qr(torch.stack([start, end], dim=1)).Q
    torch.testing.assert_close(path @ basis @ basis.T, path)


def test_the_middle_of_a_quarter_turn_lies_on_the_circle() -> None:
    path = spherical_path(torch.tensor([2.0, 0.0]), torch.tensor([0.0, 2.0]), torch.tensor([0.5]))
    torch.testing.assert_close(path, torch.full((1, 2), 2**0.5))


@pytest.mark.parametrize("end", [[0, 0, 0], [2, 4, -4], [-1, -2, 2], [1, 2, -2]])
def test_where_no_arc_joins_the_ends_the_path_is_straight(end: list[float]) -> None:
    start, other = torch.tensor([1.0, 2.0, -2.0]), torch.tensor(end, dtype=torch.float32)
    assert angle_between(start, other) is None
    path = spherical_path(start, other, SHARES)
    assert torch.equal(path, linear_path(start, other, SHARES))


def test_an_analogy_adds_what_c_has_beyond_b() -> None:
    a, b, c = standard_noise(3, 10, seed=2)
    torch.testing.assert_close(analogy(a, b, c), a - b + c)
    assert torch.equal(analogy(a, b, c, 0), a)
    torch.testing.assert_close(analogy(b, b, c), c)
    torch.testing.assert_close(analogy(a, b, b, 1.7), a)
    torch.testing.assert_close(analogy(a, b, c, 2), a + 2 * (c - b))


def test_spacing_is_the_distance_to_the_nearest_other_code() -> None:
    line = torch.tensor([[0.0], [1.0], [3.0], [7.0], [15.0]])  # nearest others: 1, 1, 2, 4, 8
    assert spacing(line, coverage=1) == 8
    assert spacing(line, coverage=0.5) == 2
    assert spacing(line, coverage=0) == 1
    assert spacing(torch.cat([line, line]), coverage=1) == 0  # a double is another code
    assert spacing(line, coverage=1, most=3) == 8  # of 0, 3 and 15
    assert spacing(line, coverage=0.5, most=3) == 2
    with pytest.raises(InvalidInputError, match="not of 1"):
        spacing(line[:1])


def test_spacing_of_many_codes_is_that_of_all_pairs() -> None:
    codes = standard_noise(400, 10, seed=3)
    distances = (codes[:, None] - codes).norm(dim=2).fill_diagonal_(torch.inf)
    expected = torch.quantile(distances.amin(dim=1), 0.99).item()
    assert spacing(codes) == pytest.approx(expected, rel=1e-5)
