"""What a run's tensor files must hold, by its configuration and its networks."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import torch

from muvae.errors import CheckpointError, InvalidInputError
from muvae.models import Classifier
from muvae.models.ops import Networks
from muvae.runs.config import RunConfig
from muvae.runs.run import MAPS
from muvae.runs.tensor_files import Header, Layout, Wanted

T = TypeVar("T")


def weights_layout(networks: Networks, path: Path) -> Wanted:
    """The layout of model.safetensors: float32, of the names and shapes that the ops need."""

    def wanted(header: Header) -> tuple[Layout, tuple[str, ...]]:
        fitting(path, lambda: networks.check_tensors(header.shapes))
        return {name: (torch.float32, shape) for name, shape in header.shapes.items()}, ()

    return wanted


def codes_layout(config: RunConfig, path: Path, images: int | None) -> Wanted:
    """The layout of codes.safetensors; None: of any number of images."""
    dim = config.latent.dim
    shapes = {"mean": (images, dim), "log_var": (images, dim), "squared_error": (images,)}
    shapes |= dict.fromkeys(MAPS, (images, 2))

    def wanted(header: Header) -> tuple[Layout, tuple[str, ...]]:
        own = header.shapes.get("mean", ())
        if images is not None and len(own) == 2 and own[0] != images:
            raise CheckpointError(
                f"{path} is of {own[0]} images, test.npz of {images}; "
                "make it again with: python scripts/embed.py"
            )
        return {name: (torch.float32, shape) for name, shape in shapes.items()}, MAPS

    return wanted


def classifier_layout(config: RunConfig, path: Path) -> Layout:
    """The layout of classifier.safetensors; CheckpointError where there can be none."""
    return _classifier_layout(config.latent.dim, fitting(path, lambda: classes_of(config)))


@lru_cache(maxsize=32)  # making its modules takes longer than all else that is checked of a run
def _classifier_layout(dim: int, classes: int) -> Layout:
    with torch.device("meta"):
        state = Classifier(dim, classes).state_dict()
    return {name: (torch.float16, tuple(value.shape)) for name, value in state.items()}


def classes_of(config: RunConfig) -> int:
    """How many classes a run's classifier has; InvalidInputError if it can have none."""
    if config.classes is None:
        raise InvalidInputError(
            f"{config.name} is of images without labels, and runs need those for their classifier"
        )
    return config.classes


def fitting(path: Path, check: Callable[[], T]) -> T:
    """What `check` returns; what is wrong by it is wrong with the file."""
    try:
        return check()
    except InvalidInputError as error:
        raise CheckpointError(f"{path}: {error}") from error
