"""What addresses hold besides widgets: numbers, selections, drawings."""

import base64
import random
import zlib

import numpy as np
import pytest

from app.state import drawing, selected_images
from muvae.images import ImageSpec

SIZE = 10_000
IMAGE = ImageSpec(28, 28)


@pytest.mark.parametrize(
    "count", [1, 2, selected_images.FEW, selected_images.FEW + 1, 500, 5000, SIZE]
)
def test_a_selection_comes_back_from_its_text(count: int) -> None:
    indices = random.Random(count).sample(range(SIZE), count)
    text = selected_images.pack(indices)
    found = selected_images.unpack(text, SIZE)
    assert found == (indices if count <= selected_images.FEW else sorted(indices))
    assert len(text) < 1800
    assert text.replace("-", "").replace("_", "").replace(".", "").isalnum()


def test_nothing_selected_is_no_text() -> None:
    assert selected_images.pack([]) == ""
    assert selected_images.unpack("", SIZE) == []


BOMB = "b" + base64.urlsafe_b64encode(zlib.compress(bytes(50_000_000), 9)).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    ["x", "1.x", "-1", "1..2", "9" * 40, "٣", "b", "b!!", "bAAAA", "b" + "A" * 4000, BOMB],
    ids=range(11),
)
def test_what_names_no_selection_is_none(text: str) -> None:
    assert selected_images.unpack(text, SIZE) == []


def test_numbers_past_the_last_image_are_left_out() -> None:
    assert selected_images.unpack("3.10000.4.3", SIZE) == [3, 4]
    assert selected_images.unpack(selected_images.pack(range(100)), 50) == list(range(50))


def test_a_drawing_comes_back_from_its_text() -> None:
    picture = np.zeros((28, 28), np.uint8)
    picture[5:20, 12:15] = np.arange(45, dtype=np.uint8).reshape(15, 3) + 200
    found = drawing.unpack(drawing.pack(picture), IMAGE)
    assert found is not None
    assert np.array_equal(found, picture)
    assert len(drawing.pack(picture)) < 200


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!",
        "AAAA",
        drawing.pack(np.zeros((28, 27), np.uint8)),
        drawing.pack(np.zeros((28, 29), np.uint8)),
        BOMB[1:],
    ],
    ids=["none", "no base64", "no zlib", "too few", "too many", "a bomb"],
)
def test_what_is_no_drawing_is_none(text: str) -> None:
    assert drawing.unpack(text, IMAGE) is None
