"""μ-VAE: objectives, models, training and exploration of "Bridging the ELBO and MMD"."""

from muvae.datasets.builtin import DATASETS
from muvae.errors import (
    CheckpointError,
    DatasetError,
    InvalidInputError,
    MuvaeError,
    TrainingError,
)
from muvae.images import ImageSpec
from muvae.models import DECODERS, ENCODERS, Classifier, Latent, Vae
from muvae.objectives import OBJECTIVES, Objective, get_objective
from muvae.runs.config import RunConfig
from muvae.runs.discovery import RunEntry, list_runs
from muvae.runs.folder import load_run
from muvae.runs.run import Codes, Run
from muvae.types import EpochRecord, LossTerms, Measurement, Posterior, Split, SplitMetrics

__all__ = [
    "DATASETS",
    "DECODERS",
    "ENCODERS",
    "OBJECTIVES",
    "CheckpointError",
    "Classifier",
    "Codes",
    "DatasetError",
    "EpochRecord",
    "ImageSpec",
    "InvalidInputError",
    "Latent",
    "LossTerms",
    "Measurement",
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
