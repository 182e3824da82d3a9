"""A trained run in memory, and the names of the files that its folder holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

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
