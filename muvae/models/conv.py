"""The convolutional encoder and decoder of Table 4, for images of any size."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, final

from torch import Tensor, nn

from muvae.components import Component
from muvae.images import ImageSpec
from muvae.models.network import (
    Decoder,
    DecoderModule,
    Encoder,
    EncoderModule,
    require_slope,
    require_widths,
)
from muvae.models.plain import Step, named
from muvae.parameters import require

LARGEST_GRID = 8
MOST_STRIDE, MOST_KERNEL = 4, 11
Grid = tuple[int, int]


def stages(image: ImageSpec) -> int:
    """Number of stride-2 stages after which no side of the grid is longer than 8 pixels.

    Each halves the sides, rounded up, so that the longer one ends at 5 to 8 pixels. Table 4 has
    two.
    """
    longer = max(image.height, image.width)
    return max(0, math.ceil(math.log2(longer / LARGEST_GRID)))


@dataclass(frozen=True, kw_only=True)
class _Convolutions(Component):
    """`channels` and `strides` of the layers, one square kernel, and the leaky ReLU's slope."""

    name: str = "conv"
    channels: tuple[int, ...]
    strides: tuple[int, ...] = (1, 2, 2)
    kernel: int = 3
    negative_slope: float = 0.2

    def __post_init__(self) -> None:
        super().__post_init__()
        require_widths("channels", self.channels)
        count = len(self.channels)
        fits = len(self.strides) == count and all(1 <= s <= MOST_STRIDE for s in self.strides)
        expected = f"a whole number from 1 to {MOST_STRIDE} for each of the {count} channels"
        require(fits, "strides", list(self.strides), expected)
        odd = 1 <= self.kernel <= MOST_KERNEL and self.kernel % 2 == 1
        require(odd, "kernel", self.kernel, f"an odd number from 1 to {MOST_KERNEL}")
        require_slope(self.negative_slope)


@final
@dataclass(frozen=True, kw_only=True)
class ConvEncoder(_Convolutions, Encoder):
    """Convolutions in order, each with a leaky ReLU; the defaults are Table 4's."""

    channels: tuple[int, ...] = (64, 64, 64)

    def fitting(self, image: ImageSpec) -> Self:
        strides = (1, *[2] * stages(image))
        return dataclasses.replace(
            self, channels=(self.channels[0],) * len(strides), strides=strides
        )

    def build(self, image: ImageSpec) -> EncoderModule:
        return ConvEncoderModule(self, image)


@final
@dataclass(frozen=True, kw_only=True)
class ConvDecoder(_Convolutions, Decoder):
    """A linear layer to a grid, then deconvolutions in order; the defaults are Table 4's.

    `channels` are those that go into each deconvolution, the last of which makes the image.
    """

    channels: tuple[int, ...] = (64, 64, 32)

    def fitting(self, image: ImageSpec) -> Self:
        strides = (1, *[2] * stages(image))
        wide = (self.channels[0],) * len(strides)
        channels = wide if len(strides) == 1 else (*wide[1:], self.channels[-1])
        return dataclasses.replace(self, channels=channels, strides=strides)

    def build(self, image: ImageSpec, latent_dim: int) -> DecoderModule:
        return ConvDecoderModule(self, image, latent_dim)


@final
class ConvEncoderModule(EncoderModule):
    """Images to features: convolutions, each of which divides the sides by its stride."""

    def __init__(self, encoder: ConvEncoder, image: ImageSpec) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = image.channels
        for width, stride in zip(encoder.channels, encoder.strides, strict=True):
            layers += [
                nn.Conv2d(channels, width, encoder.kernel, stride, padding=encoder.kernel // 2),
                nn.LeakyReLU(encoder.negative_slope, inplace=True),
            ]
            channels = width
        self.features = channels * math.prod(_grids(image, encoder.strides)[-1])
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> Tensor:
        maps: Tensor = self.layers(images)
        # Flattened by explicit shape so that memory order (channels_last or not) cannot matter.
        return maps.reshape(len(images), self.features)

    def steps(self) -> Sequence[Step]:
        return [*named("layers", self.layers), (self.features,)]


@final
class ConvDecoderModule(DecoderModule):
    """Codes to logits: a linear layer to the smallest grid, then deconvolutions up to the image."""

    def __init__(self, decoder: ConvDecoder, image: ImageSpec, latent_dim: int) -> None:
        super().__init__()
        # The grids are those of an encoder with the same strides, from the last to the first.
        grids = _grids(image, decoder.strides[::-1])[::-1]
        self.grid = (decoder.channels[0], *grids[0])
        self.expand = nn.Sequential(
            nn.Linear(latent_dim, math.prod(self.grid)),
            nn.LeakyReLU(decoder.negative_slope, inplace=True),
        )
        layers: list[nn.Module] = []
        widths = (*decoder.channels[1:], image.channels)
        for at, (width, stride) in enumerate(zip(widths, decoder.strides, strict=True)):
            if at:
                layers.append(nn.LeakyReLU(decoder.negative_slope, inplace=True))
            layers.append(
                nn.ConvTranspose2d(
                    decoder.channels[at],
                    width,
                    decoder.kernel,
                    stride,
                    padding=decoder.kernel // 2,
                    output_padding=_output_padding(grids[at], grids[at + 1], stride),
                )
            )
        self.layers = nn.Sequential(*layers)

    def forward(self, codes: Tensor) -> Tensor:
        maps: Tensor = self.expand(codes).reshape(len(codes), *self.grid)
        logits: Tensor = self.layers(maps)
        return logits

    def steps(self) -> Sequence[Step]:
        return [*named("expand", self.expand), self.grid, *named("layers", self.layers)]


def _grids(image: ImageSpec, strides: tuple[int, ...]) -> list[Grid]:
    """Heights and widths from the image's own through those after each of the strides."""
    grids = [(image.height, image.width)]
    for stride in strides:
        height, width = grids[-1]
        grids.append((math.ceil(height / stride), math.ceil(width / stride)))
    return grids


def _output_padding(small: Grid, large: Grid, stride: int) -> Grid:
    """What a deconvolution from one grid to another must add at the end of each side."""
    height, width = (
        side - 1 - (before - 1) * stride for before, side in zip(small, large, strict=True)
    )
    return height, width
