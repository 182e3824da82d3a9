"""Ops without weights that move, join or pool numbers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor
from torch.nn import functional

from muvae.errors import InvalidInputError
from muvae.models.ops.fields import Shape, choice, flag, pair, whole
from muvae.models.ops.op import MOST_INPUTS, Op


@dataclass(frozen=True)
class _Reshaped(Op):
    def check_inputs(self, inputs: Sequence[Shape]) -> None:
        if math.prod(inputs[0]) != math.prod(self.shape):
            raise InvalidInputError(
                f"{self.where}: shape {list(self.shape)} holds {math.prod(self.shape)} numbers; "
                f"it must hold the {math.prod(inputs[0])} of its input"
            )

    def multiply_adds(self, inputs: Sequence[Shape], tensors: Mapping[str, Shape]) -> int:
        return 0

    def run(self, inputs: Sequence[Tensor], tensors: Mapping[str, Tensor]) -> Tensor:
        # By explicit shape: the order in memory (channels_last or not) cannot matter.
        return inputs[0].reshape(len(inputs[0]), *self.shape)


@final
@dataclass(frozen=True)
class Reshape(_Reshaped):
    """The same numbers, in row-major order, under another shape."""

    kind = "reshape"


@final
@dataclass(frozen=True)
class Flatten(_Reshaped):
    """The same numbers, in row-major order, as features [F]."""

    kind = "flatten"

    def check_inputs(self, inputs: Sequence[Shape]) -> None:
        self.require_shape((math.prod(inputs[0]),), "its input")


@final
@dataclass(frozen=True)
class Upsample(Op):
    """Maps [C,H,W] to maps [C,H',W'] by nearest or bilinear interpolation, as PyTorch has it."""

    kind = "upsample"
    mode: str = choice("nearest", "bilinear")
    align_corners: bool = flag()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.mode == "nearest" and self.align_corners:
            raise InvalidInputError(
                f'{self.where}: align_corners is true; with mode "nearest" it must be false'
            )

    def check_inputs(self, inputs: Sequence[Shape]) -> None:
        self.require_rank([*inputs, self.shape], 3)
        self.require_shape((inputs[0][0], *self.shape[1:]), "its input")

    def multiply_adds(self, inputs: Sequence[Shape], tensors: Mapping[str, Shape]) -> int:
        return math.prod(self.shape) * (4 if self.mode == "bilinear" else 0)

    def run(self, inputs: Sequence[Tensor], tensors: Mapping[str, Tensor]) -> Tensor:
        height, width = self.shape[1:]
        corners = self.align_corners if self.mode == "bilinear" else None
        return functional.interpolate(inputs[0], (height, width), None, self.mode, corners)


@dataclass(frozen=True)
class _Pool(Op):
    kernel: tuple[int, int] = pair(1)
    stride: tuple[int, int] = pair(1)
    padding: tuple[int, int] = pair(0)

    def check_inputs(self, inputs: Sequence[Shape]) -> None:
        self.require_rank(inputs, 3)
        for padding, size in zip(self.padding, self.kernel, strict=True):
            if 2 * padding > size:
                raise InvalidInputError(
                    f"{self.where}: padding is {list(self.padding)}; it must be at most half of "
                    f"the kernel {list(self.kernel)}"
                )
        sides = [
            (side + 2 * padding - size) // stride + 1
            for side, padding, size, stride in zip(
                inputs[0][1:], self.padding, self.kernel, self.stride, strict=True
            )
        ]
        self.require_shape((inputs[0][0], *sides), "its input and its attributes")

    def multiply_adds(self, inputs: Sequence[Shape], tensors: Mapping[str, Shape]) -> int:
        return math.prod(self.shape) * math.prod(self.kernel)


@final
@dataclass(frozen=True)
class AvgPool(_Pool):
    """Means over windows; `count_include_pad` says whether padding counts as numbers."""

    kind = "avg_pool"
    count_include_pad: bool = flag()

    def run(self, inputs: Sequence[Tensor], tensors: Mapping[str, Tensor]) -> Tensor:
        return functional.avg_pool2d(
            inputs[0],
            self.kernel,
            self.stride,
            self.padding,
            count_include_pad=self.count_include_pad,
        )


@final
@dataclass(frozen=True)
class MaxPool(_Pool):
    """Largest numbers of windows."""

    kind = "max_pool"

    def run(self, inputs: Sequence[Tensor], tensors: Mapping[str, Tensor]) -> Tensor:
        return functional.max_pool2d(inputs[0], self.kernel, self.stride, self.padding)


@final
@dataclass(frozen=True)
class Add(Op):
    """The sum of two inputs of one shape."""

    kind = "add"
    least_inputs = most_inputs = 2

    def check_inputs(self, inputs: Sequence[Shape]) -> None:
        for shape in inputs:
            self.require_shape(shape, "its inputs")

    def multiply_adds(self, inputs: Sequence[Shape], tensors: Mapping[str, Shape]) -> int:
        return math.prod(self.shape)

    def run(self, inputs: Sequence[Tensor], tensors: Mapping[str, Tensor]) -> Tensor:
        return inputs[0] + inputs[1]


@final
@dataclass(frozen=True)
class Concat(Op):
    """Inputs one behind the other, along the first dimension: channels, or features."""

    kind = "concat"
    least_inputs = 2
    most_inputs = MOST_INPUTS
    axis: int = whole(0, 0)

    def check_inputs(self, inputs: Sequence[Shape]) -> None:
        total = sum(shape[0] for shape in inputs)
        for shape in inputs:
            self.require_shape((total, *shape[1:]), "its inputs")

    def multiply_adds(self, inputs: Sequence[Shape], tensors: Mapping[str, Shape]) -> int:
        return 0

    def run(self, inputs: Sequence[Tensor], tensors: Mapping[str, Tensor]) -> Tensor:
        return torch.cat(list(inputs), dim=1 + self.axis)
