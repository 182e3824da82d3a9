"""The convolutional encoder and decoder of Table 4."""

from typing import final

from torch import Tensor, nn

NEGATIVE_SLOPE = 0.2
CHANNELS = 64
GRID = 7  # the side of the feature map between convolutions and linear layer


@final
class ConvEncoder(nn.Module):
    """Images [N,1,28,28] to features [N,3136]: 3×3 convolutions, strides 1, 2, 2 (28, 14, 7)."""

    features = CHANNELS * GRID * GRID

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, CHANNELS, 3, stride=1, padding=1),
            nn.LeakyReLU(NEGATIVE_SLOPE, inplace=True),
            nn.Conv2d(CHANNELS, CHANNELS, 3, stride=2, padding=1),
            nn.LeakyReLU(NEGATIVE_SLOPE, inplace=True),
            nn.Conv2d(CHANNELS, CHANNELS, 3, stride=2, padding=1),
            nn.LeakyReLU(NEGATIVE_SLOPE, inplace=True),
        )

    def forward(self, images: Tensor) -> Tensor:
        maps: Tensor = self.layers(images)
        # Flattened by explicit shape so that memory order (channels_last or not) cannot matter.
        return maps.reshape(len(images), self.features)


@final
class ConvDecoder(nn.Module):
    """Codes [N,D] to logits [N,1,28,28]: 3×3 deconvolutions, strides 1, 2, 2 (7, 14, 28)."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.expand = nn.Sequential(
            nn.Linear(latent_dim, CHANNELS * GRID * GRID),
            nn.LeakyReLU(NEGATIVE_SLOPE, inplace=True),
        )
        self.layers = nn.Sequential(
            nn.ConvTranspose2d(CHANNELS, CHANNELS, 3, stride=1, padding=1),
            nn.LeakyReLU(NEGATIVE_SLOPE, inplace=True),
            nn.ConvTranspose2d(CHANNELS, CHANNELS // 2, 3, stride=2, padding=1, output_padding=1),
            nn.LeakyReLU(NEGATIVE_SLOPE, inplace=True),
            nn.ConvTranspose2d(CHANNELS // 2, 1, 3, stride=2, padding=1, output_padding=1),
        )

    def forward(self, codes: Tensor) -> Tensor:
        maps: Tensor = self.expand(codes).reshape(len(codes), CHANNELS, GRID, GRID)
        logits: Tensor = self.layers(maps)
        return logits
