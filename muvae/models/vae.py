"""The variational autoencoder around any encoder and decoder: encode, clip, sample, decode."""

from typing import final

import torch
from torch import Tensor, nn

from muvae.models.conv import ConvDecoder, ConvEncoder
from muvae.models.mlp import MlpDecoder, MlpEncoder
from muvae.runs.config import ModelConfig
from muvae.types import Posterior


def clip_norm(mean: Tensor, bound: float | None) -> Tensor:
    """Latent clipping (Eq. 5): scale each row of [N,D] whose L2 norm exceeds `bound` back to it.

    Rows within the bound pass unchanged, value and gradient; beyond it the gradient is that of the
    projection onto the sphere, so it has no radial part. A bound of None leaves all rows alone.
    """
    if bound is None:
        return mean
    norm = torch.linalg.vector_norm(mean, dim=1, keepdim=True)
    return torch.where(norm > bound, mean * (bound / norm.clamp_min(bound)), mean)


def networks(config: ModelConfig) -> tuple[ConvEncoder | MlpEncoder, ConvDecoder | MlpDecoder]:
    """The encoder and the decoder of an architecture: Table 4, or Table 2 and its activation."""
    family, _, activation = config.architecture.partition("-")
    if family == "mlp":
        return MlpEncoder(activation), MlpDecoder(config.latent_dim, activation)
    return ConvEncoder(), ConvDecoder(config.latent_dim)


@final
class Vae(nn.Module):
    """Encoder, linear heads for mean and log-variance, decoder; the mean is clipped (Eq. 5).

    The heads, and everything after the decoder's last layer, compute in float32 also under
    autocast: μ and log σ² set the scale of the whole latent space.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.bound = config.bound
        self.latent_dim = config.latent_dim
        self.encoder, decoder = networks(config)
        self.mean_head = nn.Linear(self.encoder.features, config.latent_dim)
        self.log_var_head = nn.Linear(self.encoder.features, config.latent_dim)
        self.decoder = decoder  # last: the order of registration is that of the weights' draws

    def encode(self, images: Tensor) -> Posterior:
        """Posterior of images float [N,1,28,28] in [0, 1]: mean [N,D] within the bound, log_var."""
        features = self.encoder(images)
        with torch.autocast(features.device.type, enabled=False):
            features = features.float()
            mean = clip_norm(self.mean_head(features), self.bound)
            return Posterior(mean=mean, log_var=self.log_var_head(features))

    def decode(self, codes: Tensor) -> Tensor:
        """Images float32 [N,1,28,28] in [0, 1] of codes [N,D]."""
        return torch.sigmoid(self.decoder(codes).float())
