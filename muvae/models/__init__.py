"""The networks of the paper."""

from muvae.models.classifier import Classifier
from muvae.models.initialization import initialize
from muvae.models.vae import Vae, clip_norm

__all__ = ["Classifier", "Vae", "clip_norm", "initialize"]
