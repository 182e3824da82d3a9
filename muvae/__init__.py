"""μ-VAE: objectives, models, training and exploration of "Bridging the ELBO and MMD"."""

from muvae.datasets.builtin import DATASETS
from muvae.errors import (
    CheckpointError,
    DatasetError,
    InvalidInputError,
    MuvaeError,
    TrainingError,
)
from muvae.models import Classifier, Vae
from muvae.objectives import OBJECTIVES, Objective, get_objective
from muvae.runs.config import ModelConfig, RunConfig
from muvae.runs.discovery import RunEntry, list_runs
from muvae.runs.folder import Codes, Run, load_run
from muvae.types import EpochRecord, LossTerms, Measurement, Posterior, Split, SplitMetrics

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
    "Measurement",
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
