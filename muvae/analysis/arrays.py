"""What every function on arrays checks first."""

import numpy as np
from numpy.typing import NDArray

from muvae.errors import InvalidInputError


def matrix(name: str, values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Check that `values` is a non-empty, finite, real [N,D], and return it as float64."""
    array = np.asarray(values)
    if array.dtype.kind not in "fiu":
        raise InvalidInputError(f"{name} must hold real numbers, not {array.dtype}.")
    if array.ndim != 2 or array.size == 0:
        raise InvalidInputError(
            f"{name} must be a non-empty array of shape [N,D], not {array.shape}."
        )
    if not np.isfinite(array).all():
        raise InvalidInputError(f"{name} must be finite; it holds NaN or infinite values.")
    return array.astype(np.float64)
