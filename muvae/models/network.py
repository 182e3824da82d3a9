"""What every encoder and decoder is: a registered name, parameters, and the module they build."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from torch import Tensor, nn

from muvae.components import Component
from muvae.images import ImageSpec
from muvae.models.plain import Step
from muvae.parameters import require

MOST_LAYERS, MOST_WIDTH = 16, 4096


class EncoderModule(nn.Module, ABC):
    """Images float [N,C,H,W] in [0, 1] to features [N,F], of which the heads make mean and log_var.

    `features` is F.
    """

    features: int

    @abstractmethod
    def forward(self, images: Tensor) -> Tensor:
        """Features [N,F] of images [N,C,H,W]."""

    def steps(self) -> Sequence[Step] | None:
        """Its plain layers in order; None, and torch.export finds out what it computes."""
        return None


class DecoderModule(nn.Module, ABC):
    """Codes [N,D] to logits [N,C,H,W], of which the sigmoid makes images."""

    @abstractmethod
    def forward(self, codes: Tensor) -> Tensor:
        """Logits [N,C,H,W] of codes [N,D]."""

    def steps(self) -> Sequence[Step] | None:
        """Its plain layers in order; None, and torch.export finds out what it computes."""
        return None


@dataclass(frozen=True, kw_only=True)
class Encoder(Component, ABC):
    """An encoder's parameters: all that decides what it computes but for its weights."""

    kind: ClassVar[str] = "encoder"

    @abstractmethod
    def fitting(self, image: ImageSpec) -> Self:
        """The same, with as many stages as images of this size need."""

    @abstractmethod
    def build(self, image: ImageSpec) -> EncoderModule:
        """The network, its weights not yet drawn."""


@dataclass(frozen=True, kw_only=True)
class Decoder(Component, ABC):
    """A decoder's parameters: all that decides what it computes but for its weights."""

    kind: ClassVar[str] = "decoder"

    @abstractmethod
    def fitting(self, image: ImageSpec) -> Self:
        """The same, with as many stages as images of this size need."""

    @abstractmethod
    def build(self, image: ImageSpec, latent_dim: int) -> DecoderModule:
        """The network, its weights not yet drawn."""


def require_widths(name: str, widths: tuple[int, ...]) -> None:
    """InvalidInputError unless these are the widths or channels of some layers."""
    fits = 1 <= len(widths) <= MOST_LAYERS and all(1 <= width <= MOST_WIDTH for width in widths)
    expected = f"1 to {MOST_LAYERS} whole numbers from 1 to {MOST_WIDTH}"
    require(fits, name, list(widths), expected)


def require_slope(slope: float) -> None:
    """InvalidInputError unless this is a leaky ReLU's slope for negative values."""
    require(0 <= slope <= 1, "negative_slope", slope, "a number from 0 to 1")
