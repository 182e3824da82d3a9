"""Penalties against the formulas worked by hand, and latent clipping against its definition."""

import math

import numpy as np
import pytest

from app.views.objectives.charts import (
    LOG_VARS,
    MEANS,
    PENALTIES,
    Curve,
    along_log_var,
    along_mean,
    clipping_chart,
    clouds,
    merged,
    penalty,
    penalty_chart,
)
from muvae import OBJECTIVES

FORMULAS = {
    "vae": lambda mean, lv: 0.5 * (mean**2 + math.exp(lv) - lv - 1),
    "beta-vae": lambda mean, lv: 2 * (mean**2 + math.exp(lv) - lv - 1),
    "mu-vae-1": lambda mean, lv: math.exp(lv) - lv - 1,
    "mu-vae-2-eq6": lambda mean, lv: lv,
    "mu-vae-2-exp": lambda mean, lv: math.exp(lv) - 1,
}


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize(("mean", "log_var"), [(0.0, 0.0), (1.5, -2.0), (-3.0, 1.0)])
def test_penalty_of_a_balanced_batch_by_hand(name: str, mean: float, log_var: float) -> None:
    expected = FORMULAS[name](mean, log_var)
    assert penalty(OBJECTIVES[name], mean, log_var) == pytest.approx(expected, abs=1e-12)


def test_only_mu_objectives_charge_more_where_nothing_balances() -> None:
    for name in FORMULAS:
        alone = penalty(OBJECTIVES[name], -2.5, 0.0, balanced=False)
        more = alone - penalty(OBJECTIVES[name], -2.5, 0.0)
        assert more == pytest.approx(2.5 if name.startswith("mu") else 0)


def over_log_var(name: str) -> Curve:
    return along_log_var(OBJECTIVES[name], -1.0, name, "#123456")


def test_only_the_kl_s_variance_term_has_its_minimum_at_a_sigma_of_1() -> None:
    for name in ("vae", "beta-vae", "mu-vae-1"):
        place = over_log_var(name).least()
        assert place is not None
        assert LOG_VARS[place] == pytest.approx(0)
    for name in ("mu-vae-1-eq6", "mu-vae-1-exp"):
        curve = over_log_var(name)
        assert curve.least() is None
        assert not curve.is_flat()
        assert curve.values.argmin() == 0


def test_balanced_means_are_free_of_charge_for_mu_objectives_alone() -> None:
    assert along_mean(OBJECTIVES["mu-vae-1"], 2.0, "μ", "#123456").is_flat()
    for curve in (
        along_mean(OBJECTIVES["vae"], 2.0, "VAE", "#123456"),
        along_mean(OBJECTIVES["mu-vae-1"], 2.0, "μ", "#123456", balanced=False),
    ):
        place = curve.least()
        assert place is not None
        assert MEANS[place] == pytest.approx(0)


def test_curves_that_lie_on_each_other_are_drawn_once_under_all_names() -> None:
    curves = [
        along_mean(OBJECTIVES[name], 1.0, name, "#123456", balanced=balanced)
        for balanced in (True, False)
        for name in ("vae", "mu-vae-1", "mu-vae-1-eq6")
    ]
    names = [curve.name for curve in merged(curves)]
    assert names == [
        "vae",
        "mu-vae-1, mu-vae-1-eq6",
        "vae, unbalanced",
        "mu-vae-1, mu-vae-1-eq6, unbalanced",
    ]


def test_chart_has_a_line_and_a_dot_a_curve_and_a_star_a_minimum() -> None:
    curves = [over_log_var(name) for name in FORMULAS]
    figure = penalty_chart(curves, LOG_VARS, -1.0, "log σ²")
    *lines, dots, stars = figure.data
    assert [line.name for line in lines] == list(FORMULAS)
    for line, curve in zip(lines, curves, strict=True):
        assert np.array_equal(line.x, LOG_VARS)
        assert np.array_equal(line.y, curve.values)
    assert set(dots.x) == {-1.0}
    assert list(dots.y) == [FORMULAS[name](0.0, -1.0) for name in FORMULAS]
    assert stars.marker.symbol == "star"
    assert np.allclose(stars.x, 0)
    assert len(stars.x) == 3
    assert PENALTIES[0] < min(dots.y) < max(dots.y) < PENALTIES[1]


@pytest.mark.parametrize("bound", [0.7, 3 * math.sqrt(2), 50.0])
def test_clipping_keeps_directions_and_what_lies_within(bound: float) -> None:
    before, after = clouds(bound)
    norms = np.linalg.norm(before, axis=1)
    assert np.linalg.norm(after, axis=1) == pytest.approx(np.minimum(norms, bound))
    assert np.array_equal(after[norms <= bound], before[norms <= bound])
    cosines = (before * after).sum(1) / (norms * np.linalg.norm(after, axis=1))
    assert cosines == pytest.approx(np.ones(len(before)))


def test_chart_of_clipping_shows_every_mean_once() -> None:
    bound = 3 * math.sqrt(2)
    before, after = clouds(bound)
    beyond = int((np.linalg.norm(before, axis=1) > bound).sum())
    assert 0 < beyond < len(before)
    figure = clipping_chart(bound, ("#111111", "#222222"))
    paths, moved, kept = figure.data
    assert (len(moved.x), len(kept.x)) == (beyond, len(before) - beyond)
    assert moved.name == f"scaled back ({beyond})"
    shown = np.concatenate([np.c_[moved.x, moved.y], np.c_[kept.x, kept.y]])
    assert np.array_equal(np.unique(shown, axis=0), np.unique(after, axis=0))
    assert np.array_equal(np.c_[paths.x, paths.y][1::3], np.c_[moved.x, moved.y])
    (circle,) = figure.layout.shapes
    assert (circle.x0, circle.y1) == (-bound, bound)
    limits = figure.layout.xaxis.range
    assert np.abs(before).max() <= limits[1] == -limits[0]
