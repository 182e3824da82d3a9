"""The fully connected encoder and decoder of Table 2, the toy model behind Figure 1."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self, final

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

Activation = Literal["tanh", "relu", "leaky-relu"]  # those that Figure 1 compares


@dataclass(frozen=True, kw_only=True)
class _Layers(Component):
    """The widths of the hidden layers, and what follows each of them; the defaults are Table 2's.

    `negative_slope` is that of the leaky ReLU; the other activations have none.
    """

    name: str = "mlp"
    hidden: tuple[int, ...] = (512, 512, 512)
    activation: Activation = "leaky-relu"
    negative_slope: float = 0.2

    def __post_init__(self) -> None:
        super().__post_init__()
        require_widths("hidden", self.hidden)
        require_slope(self.negative_slope)

    def layers(self, inputs: int) -> list[nn.Module]:
        """The hidden layers, each a linear one and its activation."""
        layers: list[nn.Module] = []
        for width in self.hidden:
            layers += [nn.Linear(inputs, width), self._activation()]
            inputs = width
        return layers

    def _activation(self) -> nn.Module:
        match self.activation:
            case "tanh":
                return nn.Tanh()
            case "relu":
                return nn.ReLU(inplace=True)
            case "leaky-relu":
                return nn.LeakyReLU(self.negative_slope, inplace=True)


@final
@dataclass(frozen=True, kw_only=True)
class MlpEncoder(_Layers, Encoder):
    """Hidden layers over an image's values."""

    def fitting(self, image: ImageSpec) -> Self:
        return self

    def build(self, image: ImageSpec) -> EncoderModule:
        return MlpEncoderModule(self, image)


@final
@dataclass(frozen=True, kw_only=True)
class MlpDecoder(_Layers, Decoder):
    """Hidden layers over a code, then one linear layer to an image's values."""

    def fitting(self, image: ImageSpec) -> Self:
        return self

    def build(self, image: ImageSpec, latent_dim: int) -> DecoderModule:
        return MlpDecoderModule(self, image, latent_dim)


@final
class MlpEncoderModule(EncoderModule):
    """Images to features, the last hidden layer's."""

    def __init__(self, encoder: MlpEncoder, image: ImageSpec) -> None:
        super().__init__()
        self.values, self.features = image.values, encoder.hidden[-1]
        self.layers = nn.Sequential(*encoder.layers(image.values))

    def forward(self, images: Tensor) -> Tensor:
        features: Tensor = self.layers(images.reshape(len(images), self.values))
        return features

    def steps(self) -> Sequence[Step]:
        return [(self.values,), *named("layers", self.layers)]


@final
class MlpDecoderModule(DecoderModule):
    """Codes to logits."""

    def __init__(self, decoder: MlpDecoder, image: ImageSpec, latent_dim: int) -> None:
        super().__init__()
        self.shape = image.shape
        hidden = decoder.layers(latent_dim)
        self.layers = nn.Sequential(*hidden, nn.Linear(decoder.hidden[-1], image.values))

    def forward(self, codes: Tensor) -> Tensor:
        logits: Tensor = self.layers(codes)
        return logits.reshape(len(codes), *self.shape)

    def steps(self) -> Sequence[Step]:
        return [*named("layers", self.layers), self.shape]
