"""ImageSpec: sizes by name, and images as tensors and as arrays of pixels."""

import numpy as np
import pytest
import torch

from muvae import InvalidInputError
from muvae.images import ImageSpec, to_array, to_tensor


def test_a_size_has_its_shapes() -> None:
    grey, color = ImageSpec(24, 32), ImageSpec(24, 32, channels=3)
    assert (grey.shape, color.shape) == ((1, 24, 32), (3, 24, 32))
    assert (grey.array_shape, color.array_shape) == ((24, 32), (24, 32, 3))
    assert (grey.pixels, color.pixels) == (768, 768)
    assert (grey.values, color.values) == (768, 2304)
    assert (grey.title, color.title) == ("32×24 grey", "32×24 RGB")
    assert color.to_json() == {"height": 24, "width": 32, "channels": 3}
    assert ImageSpec.from_json(color.to_json()) == color
    assert ImageSpec.of(torch.zeros(5, 3, 24, 32)) == color


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((7, 28, 1), "height is 7; it must be a whole number from 8 to 128"),
        ((28, 129, 1), "width is 129"),
        ((28, 28.0, 1), "width is 28.0"),
        ((28, 28, 2), r"channels is 2; it must be 1 \(grey\) or 3 \(RGB\)"),
        ((28, 28, True), "channels is True"),
    ],
)
def test_a_wrong_size_is_named(values: tuple[int, int, int], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        ImageSpec(*values)


@pytest.mark.parametrize("channels", [1, 3])
def test_images_go_from_arrays_to_tensors_and_back(channels: int) -> None:
    spec = ImageSpec(9, 12, channels)
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (4, *spec.shape), generator=generator, dtype=torch.uint8)
    array = to_array(images)
    assert array.shape == (4, *spec.array_shape)
    pixel = array[2, 5, 7]
    assert np.atleast_1d(pixel).tolist() == images[2, :, 5, 7].tolist()
    back = to_tensor(array)
    assert torch.equal(back, images)
    assert back.is_contiguous()
    back[:] = 0  # memory of its own
    assert array.any()


def test_what_are_no_images_is_named() -> None:
    with pytest.raises(InvalidInputError, match=r"images are float32 \[1, 1, 8, 8\]; they must be"):
        to_array(torch.zeros(1, 1, 8, 8))
    with pytest.raises(InvalidInputError, match=r"images are uint8 \[1, 8, 8, 2\]; they must be"):
        to_tensor(np.zeros((1, 8, 8, 2), np.uint8))
    with pytest.raises(InvalidInputError, match=r"images are \[1, 3, 8, 9\]; .* \[N, 3, 8, 8\]"):
        ImageSpec(8, 8, 3).check(torch.zeros(1, 3, 8, 9))
    with pytest.raises(InvalidInputError, match=r"images are \[8, 8\]; they must be \[N,C,H,W\]"):
        ImageSpec.of(torch.zeros(8, 8))
