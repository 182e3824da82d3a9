"""The fully connected encoder and decoder of Table 2, the toy model behind Figure 1."""

import math
from typing import final

from torch import Tensor, nn

from muvae.models.conv import NEGATIVE_SLOPE
from muvae.types import IMAGE_SHAPE

HIDDEN = 512
PIXELS = math.prod(IMAGE_SHAPE)


def activation(name: str) -> nn.Module:
    """One of the three activation functions that Figure 1 compares."""
    match name:
        case "tanh":
            return nn.Tanh()
        case "relu":
            return nn.ReLU(inplace=True)
        case "leaky-relu":
            return nn.LeakyReLU(NEGATIVE_SLOPE, inplace=True)
    raise ValueError(name)


def _hidden(inputs: int, name: str) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for width in (inputs, HIDDEN, HIDDEN):
        layers += [nn.Linear(width, HIDDEN), activation(name)]
    return layers


@final
class MlpEncoder(nn.Module):
    """Images [N,1,28,28] to features [N,512]: three layers of 512 units."""

    features = HIDDEN

    def __init__(self, activation: str) -> None:
        super().__init__()
        self.layers = nn.Sequential(*_hidden(PIXELS, activation))

    def forward(self, images: Tensor) -> Tensor:
        features: Tensor = self.layers(images.reshape(len(images), PIXELS))
        return features


@final
class MlpDecoder(nn.Module):
    """Codes [N,D] to logits [N,1,28,28]: three layers of 512 units, then one a pixel."""

    def __init__(self, latent_dim: int, activation: str) -> None:
        super().__init__()
        self.layers = nn.Sequential(*_hidden(latent_dim, activation), nn.Linear(HIDDEN, PIXELS))

    def forward(self, codes: Tensor) -> Tensor:
        logits: Tensor = self.layers(codes)
        return logits.reshape(len(codes), *IMAGE_SHAPE)
