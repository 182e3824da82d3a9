"""A trained run in memory, and the names of the files that its folder holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from muvae.errors import InvalidInputError
from muvae.models import Classifier, Vae
from muvae.models.ops import Networks
from muvae.objectives import Objective
from muvae.priors import Prior
from muvae.runs.config import RunConfig
from muvae.runs.replay import Replay
from muvae.types import EpochRecord, Measurement

NETWORKS, MODEL, CLASSIFIER = "networks.json", "model.safetensors", "classifier.safetensors"
CODES, HISTORY, REPLAY = "codes.safetensors", "history.csv", "replay.safetensors"
PARTS = "parts.safetensors"
FARTHEST, MOST_LOG_VAR = 1e15, 80.0  # of codes that can be measured and shown: exp(80) is 5.5e34
MAPS = ("tsne", "umap")  # of codes.safetensors, which may lack them


@dataclass(frozen=True)
class Codes:
    """The test set in latent space: posterior mean and log_var [N,D], in the test set's order.

    `squared_error` [N] is that of the reconstruction of each mean; `tsne` and `umap` [N,2] are
    None until scripts/embed.py has made them.
    """

    mean: Tensor
    log_var: Tensor
    squared_error: Tensor
    tsne: Tensor | None = None
    umap: Tensor | None = None

    def __len__(self) -> int:
        return len(self.mean)

    def check(self) -> None:
        """Whether what is measured of them is finite; InvalidInputError names what would not be.

        Sums of squares and variances are to fit float32, in which browsers compute too.
        """
        for name, values in vars(self).items():
            low, high = _ends(values)
            most = MOST_LOG_VAR if name == "log_var" else FARTHEST
            if high > most or low < -FARTHEST:
                raise InvalidInputError(
                    f"{name} goes from {low:.3g} to {high:.3g}, and can be shown from "
                    f"{-FARTHEST:g} to {most:g}; train the run anew"
                )


def _ends(values: Tensor | None) -> tuple[float, float]:
    """The least and the largest of some values; 0 where there are none."""
    if values is None or not values.numel():
        return 0.0, 0.0
    low, high = values.aminmax()
    return float(low), float(high)


@dataclass(frozen=True)
class Run:
    """A trained run, as its folder holds it; its networks are in eval mode, without gradients.

    `replay` holds its test codes, and mostly its decoder, after some epochs, if they were kept.
    """

    name: str
    config: RunConfig
    metrics: Mapping[str, Measurement]
    history: Sequence[EpochRecord]
    provenance: Mapping[str, Any]
    vae: Vae
    classifier: Classifier
    codes: Codes
    replay: Replay | None = None

    @property
    def objective(self) -> Objective:
        """The objective that it was trained with."""
        return self.config.objective

    @property
    def prior(self) -> Prior:
        """The prior that it was trained with."""
        return self.config.prior

    @property
    def networks(self) -> Networks:
        """Its encoder and decoder as lists of ops."""
        return self.vae.graphs
