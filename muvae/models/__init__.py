"""Networks: encoders and decoders by name, the VAE around them, the classifier, lists of ops."""

from muvae.models.classifier import Classifier
from muvae.models.initialization import initialize
from muvae.models.latent import Latent, clip_norm
from muvae.models.registry import DECODERS, ENCODERS
from muvae.models.vae import TrainableNetworks, Vae, decoder_tensors, exported

__all__ = [
    "DECODERS",
    "ENCODERS",
    "Classifier",
    "Latent",
    "TrainableNetworks",
    "Vae",
    "clip_norm",
    "decoder_tensors",
    "exported",
    "initialize",
]
