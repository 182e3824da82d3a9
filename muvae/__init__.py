"""μ-VAE: objectives, models, training and exploration of "Bridging the ELBO and MMD"."""

from muvae.catalog import RunEntry, list_runs
from muvae.checkpoints import Codes, Run, load_run
from muvae.config import ModelConfig, RunConfig
from muvae.data import DATASETS
from muvae.errors import (
    CheckpointError,
    DatasetError,
    InvalidInputError,
    MuvaeError,
    TrainingError,
)
from muvae.models import Classifier, Vae
from muvae.objectives import OBJECTIVES, Objective, get_objective
from muvae.types import EpochRecord, LossTerms, Posterior, Split, SplitMetrics

__all__ = [
    "DATASETS",
    "OBJECTIVES",
    "CheckpointError",
    "Classifier",
    "Codes",
    "DatasetError",
    "EpochRecord",
    "InvalidInputError",
    "LossTerms",
    "ModelConfig",
    "MuvaeError",
    "Objective",
    "Posterior",
    "Run",
    "RunConfig",
    "RunEntry",
    "Split",
    "SplitMetrics",
    "TrainingError",
    "Vae",
    "get_objective",
    "list_runs",
    "load_run",
]
