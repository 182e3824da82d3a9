"""The colours of classes: Petroff's ten, and as many more as a dataset of one's own needs."""

import itertools

import numpy as np
import pytest
from test_colors import DARK, VISIONS, WHITE, contrast, lab

from muvae.colors import CLASS_COLORS, class_colors


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
