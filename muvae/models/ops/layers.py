"""Ops with weights: linear, conv2d, conv_transpose2d and affine."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from torch import Tensor
from torch.nn import functional

from muvae.errors import InvalidInputError
from muvae.models.ops.fields import Pair, Shape, optional_tensor, pair, tensor, whole
from muvae.models.ops.op import Op

MOST_GROUPS = 65536


@final
@dataclass(frozen=True)
class Linear(Op):
    """Features [in] to features [out]: y = W x + b, with weight [out,in] and bias [out]."""

    kind = "linear"
    weight: str = tensor()
    bias: str | None = optional_tensor()

    def check_inputs(self, inputs: Sequence[Shape]) -> None:
        self.require_rank(inputs, 1)
        self.require_rank([self.shape], 1)

    def check_tensors(self, inputs: Sequence[Shape], tensors: Mapping[str, Shape]) -> None:
        self.require_tensor("weight", tensors["weight"], (*self.shape, *inputs[0]))
        if "bias" in tensors:
            self.require_tensor("bias", tensors["bias"], self.shape)

    def multiply_adds(self, inputs: Sequence[Shape], tensors: Mapping[str, Shape]) -> int:
        return math.prod(tensors["weight"])

    def run(self, inputs: Sequence[Tensor], tensors: Mapping[str, Tensor]) -> Tensor:
        return functional.linear(inputs[0], tensors["weight"], tensors.get("bias"))


def conv2d_sides(
    sides: Shape, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape
) -> Shape:
    """Height and width of what a convolution makes of maps of so many, as torch has it."""
    return tuple(
        (side + 2 * pad - step * (size - 1) - 1) // by + 1
        for side, size, by, pad, step in zip(sides, kernel, stride, padding, dilation, strict=True)
    )


def conv_transpose2d_sides(
    sides: Shape, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape, extra: Shape
) -> Shape:
    """The same of a transposed convolution; `extra` is its output_padding."""
    return tuple(
        (side - 1) * by - 2 * pad + step * (size - 1) + more + 1
        for side, size, by, pad, step, more in zip(
            sides, kernel, stride, padding, dilation, extra, strict=True
        )
    )


@dataclass(frozen=True)
class _Convolution(Op):
    weight: str = tensor()
    bias: str | None = optional_tensor()
    stride: tuple[int, int] = pair(1)
    padding: tuple[int, int] = pair(0)

    def _check_channels(self, inputs: Sequence[Shape], groups: int) -> None:
        self.require_rank(inputs, 3)
        self.require_rank([self.shape], 3)
        for what, channels in (("in", inputs[0][0]), ("out", self.shape[0])):
            if channels % groups:
                raise InvalidInputError(
                    f"{self.where}: groups is {groups}; it must divide the {channels} channels "
                    f"that come {what}"
                )

    def _check_weight(self, tensors: Mapping[str, Shape], channels: Pair) -> Pair:
        weight = tensors["weight"]
        if len(weight) != 4 or weight[:2] != channels or min(weight) < 1:
            self.require_tensor("weight", weight, (*channels, *weight[2:4]))
            raise InvalidInputError(
                f'{self.where}: weight "{self.weight}" has shape {list(weight)}; it must have '
                f"[{channels[0]}, {channels[1]}, height, width]"
            )
        if "bias" in tensors:
            self.require_tensor("bias", tensors["bias"], self.shape[:1])
        return weight[2], weight[3]


@final
@dataclass(frozen=True)
class Conv2d(_Convolution):
    """Maps [in,H,W] to maps [out,H',W'], with weight [out,in/groups,kh,kw] and bias [out]."""

    kind = "conv2d"
    dilation: tuple[int, int] = pair(1)
    groups: int = whole(1, MOST_GROUPS)

    def check_inputs(self, inputs: Sequence[Shape]) -> None:
        self._check_channels(inputs, self.groups)

    def check_tensors(self, inputs: Sequence[Shape], tensors: Mapping[str, Shape]) -> None:
        channels = (self.shape[0], inputs[0][0] // self.groups)
        kernel = self._check_weight(tensors, channels)
        sides = conv2d_sides(inputs[0][1:], kernel, self.stride, self.padding, self.dilation)
        self.require_shape((self.shape[0], *sides), "its input, its kernel and its attributes")

    def multiply_adds(self, inputs: Sequence[Shape], tensors: Mapping[str, Shape]) -> int:
        return math.prod(self.shape) * math.prod(tensors["weight"][1:])

    def run(self, inputs: Sequence[Tensor], tensors: Mapping[str, Tensor]) -> Tensor:
        return functional.conv2d(
            inputs[0],
            tensors["weight"],
            tensors.get("bias"),
            self.stride,
            self.padding,
            self.dilation,
            self.groups,
        )


@final
@dataclass(frozen=True)
class ConvTranspose2d(_Convolution):
    """Maps [in,H,W] to maps [out,H',W'], with weight [in,out/groups,kh,kw] and bias [out]."""

    kind = "conv_transpose2d"
    output_padding: tuple[int, int] = pair(0)
    dilation: tuple[int, int] = pair(1)
    groups: int = whole(1, MOST_GROUPS)

    def check_inputs(self, inputs: Sequence[Shape]) -> None:
        self._check_channels(inputs, self.groups)
        for extra, stride, dilation in zip(
            self.output_padding, self.stride, self.dilation, strict=True
        ):
            if extra >= max(stride, dilation):
                raise InvalidInputError(
                    f"{self.where}: output_padding is {list(self.output_padding)}; it must be "
                    "smaller than the stride or the dilation"
                )

    def check_tensors(self, inputs: Sequence[Shape], tensors: Mapping[str, Shape]) -> None:
        channels = (inputs[0][0], self.shape[0] // self.groups)
        kernel = self._check_weight(tensors, channels)
        sides = conv_transpose2d_sides(
            inputs[0][1:], kernel, self.stride, self.padding, self.dilation, self.output_padding
        )
        self.require_shape((self.shape[0], *sides), "its input, its kernel and its attributes")

    def multiply_adds(self, inputs: Sequence[Shape], tensors: Mapping[str, Shape]) -> int:
        return math.prod(inputs[0]) * math.prod(tensors["weight"][1:])

    def run(self, inputs: Sequence[Tensor], tensors: Mapping[str, Tensor]) -> Tensor:
        return functional.conv_transpose2d(
            inputs[0],
            tensors["weight"],
            tensors.get("bias"),
            self.stride,
            self.padding,
            self.output_padding,
            self.groups,
            self.dilation,
        )


@final
@dataclass(frozen=True)
class Affine(Op):
    """y = scale · x + shift, each one number [1], or one a channel (the first dimension)."""

    kind = "affine"
    scale: str = tensor()
    shift: str = tensor()

    def check_inputs(self, inputs: Sequence[Shape]) -> None:
        self.require_shape(inputs[0], "its input")

    def check_tensors(self, inputs: Sequence[Shape], tensors: Mapping[str, Shape]) -> None:
        for attribute, shape in tensors.items():
            if shape != (1,):
                self.require_tensor(attribute, shape, self.shape[:1])

    def multiply_adds(self, inputs: Sequence[Shape], tensors: Mapping[str, Shape]) -> int:
        return math.prod(self.shape)

    def run(self, inputs: Sequence[Tensor], tensors: Mapping[str, Tensor]) -> Tensor:
        sides = (1,) * (len(self.shape) - 1)
        scale, shift = (tensors[name].reshape(-1, *sides) for name in ("scale", "shift"))
        return inputs[0] * scale + shift
