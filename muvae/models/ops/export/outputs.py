"""What encoders and decoders return, in the forms that are in use."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from muvae.errors import InvalidInputError
from muvae.parameters import brief

MEANS = ("mean", "mu", "loc", "embedding")  # the last is pythae's
LOG_VARS = ("log_var", "logvar", "log_variance", "log_covariance")
IMAGES = ("image", "images", "reconstruction", "x_hat")


def posterior(output: Any) -> tuple[Tensor, Tensor]:
    """Mean and log-variance: a pair, or an object or mapping that has them by name."""
    if isinstance(output, tuple | list) and len(output) == 2 and _are_tensors(output):
        return output[0], output[1]
    found = _named(output, MEANS), _named(output, LOG_VARS)
    if _are_tensors(found):
        mean, log_var = found
        assert mean is not None
        assert log_var is not None
        return mean, log_var
    raise InvalidInputError(
        f"the encoder returns {_kind(output)}; let it return (mean, log_var), or an object with "
        "these two attributes"
    )


def image(output: Any) -> tuple[Tensor]:
    """The image: a tensor, or an object or mapping that has it by name."""
    if isinstance(output, Tensor):
        return (output,)
    if isinstance(output, tuple | list) and len(output) == 1 and _are_tensors(output):
        return (output[0],)
    if isinstance(found := _named(output, IMAGES), Tensor):
        return (found,)
    raise InvalidInputError(f"the decoder returns {_kind(output)}; let it return the images")


def _named(output: Any, names: tuple[str, ...]) -> Tensor | None:
    for name in names:
        found = output.get(name) if isinstance(output, Mapping) else getattr(output, name, None)
        if isinstance(found, Tensor):
            return found
    return None


def _are_tensors(values: Any) -> bool:
    return all(isinstance(value, Tensor) for value in values)


def _kind(output: Any) -> str:
    if isinstance(output, tuple | list):
        return f"{len(output)} values"
    if isinstance(output, Mapping):
        return f"a mapping with the keys {brief(sorted(map(str, output)))}"
    return f"an object of type {type(output).__name__}"
