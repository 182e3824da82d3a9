"""What live views are told of the chosen runs and of the test images."""

from typing import TypedDict

from app.data import store
from app.data.browser_assets import ROUTE
from app.state.choice import run_label
from app.state.sidebar import Selection
from app.ui.colors import run_color, run_number
from app.ui.objective_cards import card_of
from app.ui.run_header import bound_text
from muvae.images import ImageSpec


class ImageSize(TypedDict):
    """How large images are: pixels, and numbers a pixel (1 grey, 3 colours)."""

    height: int
    width: int
    channels: int


class RunPayload(TypedDict):
    """A run: what it is called, and where its weights and codes are."""

    name: str
    label: str
    summary: str
    color: str
    source: str
    version: str
    image: ImageSize
    latentDim: int
    bound: float | None


class ImagesPayload(TypedDict):
    """Where the dataset's test images and their classes are."""

    source: str
    version: str
    image: ImageSize


def image_size(image: ImageSpec) -> ImageSize:
    """The size of a dataset's images, as live views take it."""
    return {"height": image.height, "width": image.width, "channels": image.channels}


def describe(selection: Selection) -> list[RunPayload]:
    """The chosen runs as live views take them."""
    dataset = selection.dataset.name
    return [
        {
            "name": run.name,
            "label": run_label(run.name, run.objective.name),
            "summary": f"{card_of(run.objective).summary} · {bound_text(run)}",
            "color": run_color(run_number(dataset, run.name)),
            "source": f"{ROUTE}/{dataset}/{run.name}",
            "version": store.version(dataset, [run.name]),
            "image": image_size(selection.dataset.image),
            "latentDim": run.config.latent.dim,
            "bound": run.config.latent.bound,
        }
        for run in selection.runs
    ]


def describe_images(selection: Selection) -> ImagesPayload:
    """Where the dataset's test images are, for live views."""
    dataset = selection.dataset.name
    return {
        "source": f"{ROUTE}/{dataset}",
        "version": store.test_version(dataset),
        "image": image_size(selection.dataset.image),
    }
