"""The colours of runs: seen on both pages, and told apart with any vision."""

import itertools
import tomllib

import numpy as np
import pytest
from helpers import REPOSITORY
from numpy.typing import NDArray

from muvae.colors import CLASS_COLORS, class_colors, run_color, run_mark

WHITE, DARK = "#ffffff", "#171614"  # the two pages
Array = NDArray[np.float64]

# Machado, Oliveira and Fernandes (2009), "A physiologically-based model for simulation of color
# vision deficiency": what is seen of linear RGB where one kind of cone is missing.
VISIONS = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def linear(color: str) -> Array:
    """Linear RGB of a colour such as "#3a5cff"."""
    values = np.array([int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of the Web Content Accessibility Guidelines."""
    low, high = sorted(float(linear(color) @ XYZ[1]) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(color: str, vision: str) -> Array:
    """CIELAB of what a vision sees of a colour."""
    seen = np.clip(VISIONS[vision] @ linear(color), 0, 1)
    x, y, z = np.cbrt(XYZ @ seen / np.array([0.95047, 1, 1.08883]))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_the_measure_knows_black_white_and_what_red_green_blindness_confuses() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert lab("#ffffff", "deuteranopia") == pytest.approx([100, 0, 0], abs=0.1)
    red, green = "#c00000", "#707000"
    near = np.linalg.norm(lab(red, "protanopia") - lab(green, "protanopia"))
    assert near < np.linalg.norm(lab(red, "all cones") - lab(green, "all cones")) / 2


MANY = [run_color(number) for number in range(64)]
REDS = tomllib.loads((REPOSITORY / ".streamlit" / "config.toml").read_text())["theme"]


def distance(one: str, other: str) -> float:
    """How far apart two colours are: with all cones, or 1.5 times that without one kind.

    So that of Petroff's ten, which he chose for eyes with all cones, the least distance is theirs.
    """
    whole, *lacking = (
        float(np.linalg.norm(lab(one, vision) - lab(other, vision))) for vision in VISIONS
    )
    return min(whole, 1.5 * min(lacking))


PETROFF = min(distance(*pair) for pair in itertools.combinations(CLASS_COLORS, 2))


def test_petroffs_ten_are_as_far_apart_as_his_paper_has_them() -> None:
    assert 19 < PETROFF < 20


@pytest.mark.parametrize("background", [WHITE, DARK])
@pytest.mark.parametrize("color", MANY)
def test_each_colour_of_a_run_stands_out_of_both_pages(color: str, background: str) -> None:
    assert contrast(color, background) >= 3


@pytest.mark.parametrize("color", MANY)
def test_no_run_is_drawn_as_a_class_or_in_the_red_of_an_error(color: str) -> None:
    for red in (REDS["light"]["redTextColor"], REDS["dark"]["redTextColor"]):
        assert distance(color, red) >= PETROFF
    assert min(distance(color, other) for other in CLASS_COLORS) >= PETROFF


@pytest.mark.parametrize("count", range(2, 25))
def test_any_number_of_runs_is_told_apart(count: int) -> None:
    """By colour; where that is not far enough off, by their marks."""
    looks = [(run_color(number), run_mark(number)) for number in range(count)]
    assert len({color for color, _ in looks}) == count
    for (one, mark), (other, other_mark) in itertools.combinations(looks, 2):
        assert distance(one, other) >= PETROFF or mark != other_mark, (one, other)


def test_ten_runs_need_no_marks() -> None:
    assert [run_mark(number) for number in range(10)] == [0] * 10
    assert max(run_mark(number) for number in range(24)) < 6


def test_the_papers_four_are_told_apart_by_any_eyes() -> None:
    """As far as his ten are for eyes with all cones."""
    for vision in VISIONS:
        for one, other in itertools.combinations(MANY[:4], 2):
            assert np.linalg.norm(lab(one, vision) - lab(other, vision)) >= PETROFF


def test_a_colour_depends_on_nothing_but_the_number() -> None:
    looks = [(run_color(number), run_mark(number)) for number in reversed(range(300))]
    assert looks[::-1][: len(MANY)] == [(color, run_mark(at)) for at, color in enumerate(MANY)]
    assert len(set(looks)) == 300


def test_up_to_ten_classes_have_the_colours_of_the_papers_datasets() -> None:
    assert class_colors(10) == CLASS_COLORS
    assert class_colors(3) == CLASS_COLORS[:3]


@pytest.mark.parametrize("count", [11, 26, 100])
def test_more_classes_keep_them_and_add_others(count: int) -> None:
    colors = class_colors(count)
    assert len(set(colors)) == count
    assert colors[:10] == CLASS_COLORS
    assert class_colors(100)[:count] == colors
    assert all(contrast(color, page) > 1.3 for color in colors for page in (WHITE, DARK))


def nearest(count: int, vision: str) -> float:
    seen = [lab(color, vision) for color in class_colors(count)]
    return min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2))


def test_twenty_six_are_told_apart_as_ten_are() -> None:
    """For eyes with all cones as far apart as Petroff's ten; without a kind, two thirds of that."""
    assert nearest(26, "all cones") > 18
    for vision in set(VISIONS) - {"all cones", "tritanopia"}:
        assert nearest(26, vision) > 12
