"""Pictures laid out as images: the datasets' own images lie as they lay, others where theirs do."""

import numpy as np
import pytest
from helpers import SHIPPED
from numpy.typing import NDArray

from app.uploads import framing
from app.uploads.framing import Layout
from muvae import DATASETS
from muvae.datasets.spec import Framing
from muvae.datasets.test_split import read_test_split
from muvae.images import ImageSpec

Grey = NDArray[np.uint8]
MNIST, FASHION = DATASETS["mnist"].framing, DATASETS["fashion-mnist"].framing
SQUARE = ImageSpec(28, 28)


def frame(picture: Grey, way: Framing) -> Grey:
    """The framed picture, which is not all black."""
    image = framing.frame(picture, Layout.of(way, SQUARE))
    assert image is not None
    return image


def test_framings_are_those_of_the_datasets() -> None:
    assert Framing(side=20, by_mass=True) == MNIST
    assert Framing(side=28, by_mass=False) == FASHION


@pytest.mark.parametrize(("dataset", "share"), [("mnist", 0.99), ("fashion-mnist", 0.97)])
def test_the_datasets_images_stay_as_they_are(dataset: str, share: float) -> None:
    """Which is what says that they were prepared in this way."""
    images = read_test_split(SHIPPED / dataset).images[:1000, 0].numpy()
    way = DATASETS[dataset].framing
    same = [np.array_equal(frame(image, way), image) for image in images]
    assert np.mean(same) >= share


@pytest.mark.parametrize("times", [1, 7, 20])
def test_an_enlarged_image_elsewhere_comes_back(times: int) -> None:
    image = read_test_split(SHIPPED / "mnist").images[0, 0].numpy()
    large = np.kron(image, np.ones((times, times), np.uint8))
    moved = np.pad(large, ((3, 40), (25, 0)))
    assert np.array_equal(frame(moved, MNIST), image)


def test_a_black_picture_is_none() -> None:
    assert framing.frame(np.zeros((50, 60), np.uint8), Layout.of(MNIST, SQUARE)) is None


def test_the_longer_side_is_scaled_and_the_aspect_kept() -> None:
    tall = np.zeros((300, 300), np.uint8)
    tall[20:220, 50:150] = 200
    image = frame(tall, MNIST)
    assert np.array_equal(np.unique(image), [0, 200])
    assert np.ptp(np.nonzero(image.any(1))) == 19
    assert np.ptp(np.nonzero(image.any(0))) == 9
    assert np.array_equal(np.flatnonzero(image.any(1))[[0, -1]], [4, 23])


def test_an_area_is_averaged() -> None:
    """Twenty pixels of forty, of which every other row is inked."""
    stripes = np.zeros((40, 40), np.uint8)
    stripes[::2] = 201
    stripes[-1] = 201
    image = frame(stripes, MNIST)
    assert set(np.unique(image)) == {0, 101, 201}


def test_a_line_keeps_a_pixel() -> None:
    line = np.zeros((500, 500), np.uint8)
    line[10:410, 3] = 255
    for way, length in ((MNIST, 20), (FASHION, 28)):
        image = frame(line, way)
        assert (image > 0).sum() == length
        assert np.flatnonzero(image.any(0)).tolist() == [14]


def test_the_centre_of_mass_goes_to_the_middle_but_never_over_the_edge() -> None:
    heavy = np.zeros((100, 100), np.uint8)
    heavy[:, 90:] = 255  # a bar on the right, and a faint line to it from the left
    heavy[45:55, :90] = 10
    image = frame(heavy, MNIST)
    columns, rows = np.flatnonzero(image.any(0)), np.flatnonzero(image.any(1))
    assert columns[[0, -1]].tolist() == [0, 19]  # as near to the middle as it can go
    assert rows[[0, -1]].tolist() == [4, 23]
    image = frame(heavy[:, 60:], MNIST)
    mass = image.sum(0, dtype=float)
    assert 14 <= (mass * (np.arange(28) + 0.5)).sum() / mass.sum() < 15
    garment = np.zeros((100, 80), np.uint8)
    garment[10:66, 2:16] = 90
    image = frame(garment, FASHION)
    assert np.flatnonzero(image.any(1))[[0, -1]].tolist() == [0, 27]
    assert np.flatnonzero(image.any(0))[[0, -1]].tolist() == [11, 17]


def test_what_is_laid_into_an_image_that_is_no_square_fits_into_it() -> None:
    """As tests/js/framing.test.js has it: 40 by 20 pixels in an image 12 wide and 30 high."""
    picture = np.zeros((60, 60), np.uint8)
    picture[10:30, 10:50] = 99
    image = framing.frame(picture, Layout(side=20, by_mass=False, height=30, width=12))
    assert image is not None
    assert image.shape == (30, 12)
    assert np.flatnonzero(image.any(0)).tolist() == [*range(12)]
    assert np.flatnonzero(image.any(1)).tolist() == [12, 13, 14, 15, 16, 17]
