"""What depends on random draws, measured over many: mean, standard deviation and their number."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from muvae.analysis.metrics import silhouette
from muvae.types import Measurement

DRAWS = 32
SILHOUETTE_CODES = 2000  # that one draw looks at; the cost is quadratic


def over_draws(
    measure: Callable[[torch.Generator], Mapping[str, float]], *, seed: int, draws: int = DRAWS
) -> dict[str, Measurement]:
    """Call `measure` with fresh noise, `draws` times; each of its numbers with its noise.

    All draws take from one generator in turn, so that no two see the same noise.
    """
    generator = torch.Generator().manual_seed(seed)
    found = [measure(generator) for _ in range(draws)]
    return {name: Measurement.of_draws([each[name] for each in found]) for name in found[0]}


def silhouette_over_draws(
    codes: NDArray[np.floating],
    labels: NDArray[np.integer],
    *,
    sample_size: int = SILHOUETTE_CODES,
    draws: int = DRAWS,
) -> Measurement:
    """The silhouette of codes [N,D] over draws of `sample_size` of them.

    Where there are no more than that, all are used, and nothing is drawn.
    """
    if len(codes) <= sample_size:
        return Measurement(silhouette(codes, labels, sample_size=None))
    return Measurement.of_draws(
        [silhouette(codes, labels, sample_size, seed=draw) for draw in range(draws)]
    )
