"""The size of a dataset's images, and the two ways that images lie in memory."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from muvae.errors import InvalidInputError
from muvae.parameters import JsonDataclass, is_int, require

SMALLEST, LARGEST = 8, 128  # pixels a side
CHANNELS = (1, 3)  # grey, and red, green and blue


@dataclass(frozen=True)
class ImageSpec(JsonDataclass):
    """How large all images of a dataset are: height and width in pixels, 1 (grey) or 3 channels."""

    height: int
    width: int
    channels: int = 1

    def __post_init__(self) -> None:
        for name in ("height", "width"):
            side = getattr(self, name)
            require(
                is_int(side, SMALLEST) and side <= LARGEST,
                name,
                side,
                f"a whole number from {SMALLEST} to {LARGEST}",
            )
        require(
            is_int(self.channels, 1) and self.channels in CHANNELS,
            "channels",
            self.channels,
            "1 (grey) or 3 (RGB)",
        )

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape (C, H, W) of an image as a tensor."""
        return self.channels, self.height, self.width

    @property
    def array_shape(self) -> tuple[int, ...]:
        """Shape (H, W) of a grey image as an array of pixels, (H, W, 3) of a coloured one."""
        size = (self.height, self.width)
        return size if self.channels == 1 else (*size, self.channels)

    @property
    def pixels(self) -> int:
        """Number of pixels, H × W."""
        return self.height * self.width

    @property
    def values(self) -> int:
        """Number of values in an image, C × H × W."""
        return self.channels * self.pixels

    @property
    def title(self) -> str:
        """The size for people, width first: `32×24 grey` or `32×24 RGB`."""
        return f"{self.width}×{self.height} {'grey' if self.channels == 1 else 'RGB'}"

    def check(self, images: Tensor) -> None:
        """InvalidInputError unless images are [N,C,H,W] of this size."""
        if images.ndim != 4 or tuple(images.shape[1:]) != self.shape:
            raise InvalidInputError(
                f"images are {list(images.shape)}; they must be "
                f"[N, {', '.join(map(str, self.shape))}]"
            )

    @classmethod
    def of(cls, images: Tensor) -> Self:
        """The size of images [N,C,H,W]; InvalidInputError where it is not one that can be."""
        if images.ndim != 4:
            raise InvalidInputError(f"images are {list(images.shape)}; they must be [N,C,H,W]")
        channels, height, width = images.shape[1:]
        return cls(height, width, channels)


def to_array(images: Tensor) -> NDArray[np.uint8]:
    """Images uint8 [N,C,H,W] as arrays of pixels: [N,H,W] if they are grey, [N,H,W,3] if RGB."""
    array: NDArray[np.uint8] = images.numpy()
    if array.dtype != np.uint8 or array.ndim != 4 or array.shape[1] not in CHANNELS:
        raise InvalidInputError(
            f"images are {array.dtype} {list(array.shape)}; they must be uint8 [N,C,H,W]"
        )
    return array[:, 0] if array.shape[1] == 1 else np.ascontiguousarray(array.transpose(0, 2, 3, 1))


def to_tensor(images: NDArray[np.uint8]) -> Tensor:
    """Images uint8 [N,H,W] or [N,H,W,3] as a tensor uint8 [N,C,H,W] of their own memory."""
    if images.dtype != np.uint8 or images.ndim not in (3, 4) or images.shape[3:] not in ((), (3,)):
        raise InvalidInputError(
            f"images are {images.dtype} {list(images.shape)}; they must be uint8 [N,H,W] or "
            "[N,H,W,3]"
        )
    channels_last = images[..., None] if images.ndim == 3 else images
    return torch.from_numpy(np.ascontiguousarray(channels_last.transpose(0, 3, 1, 2)).copy())


def to_float(images: Tensor) -> Tensor:
    """Images uint8 0 to 255 as float32 in [0, 1], same shape."""
    return images.float().div_(255)
