"""Ops on each number alone: the activation functions."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor
from torch.nn import functional

from muvae.models.ops.fields import Shape, choice, number
from muvae.models.ops.op import Op


@dataclass(frozen=True)
class Activation(Op):
    """A function of each number alone, so that the shape stays."""

    def check_inputs(self, inputs: Sequence[Shape]) -> None:
        self.require_shape(inputs[0], "its input")

    def multiply_adds(self, inputs: Sequence[Shape], tensors: Mapping[str, Shape]) -> int:
        return math.prod(self.shape)


@final
@dataclass(frozen=True)
class Relu(Activation):
    """max(x, 0)."""

    kind = "relu"

    def run(self, inputs: Sequence[Tensor], tensors: Mapping[str, Tensor]) -> Tensor:
        return functional.relu(inputs[0])


@final
@dataclass(frozen=True)
class Tanh(Activation):
    """The hyperbolic tangent."""

    kind = "tanh"

    def run(self, inputs: Sequence[Tensor], tensors: Mapping[str, Tensor]) -> Tensor:
        return torch.tanh(inputs[0])


@final
@dataclass(frozen=True)
class Sigmoid(Activation):
    """1 / (1 + exp(-x))."""

    kind = "sigmoid"

    def run(self, inputs: Sequence[Tensor], tensors: Mapping[str, Tensor]) -> Tensor:
        return torch.sigmoid(inputs[0])


@final
@dataclass(frozen=True)
class Silu(Activation):
    """x · sigmoid(x), also called Swish."""

    kind = "silu"

    def run(self, inputs: Sequence[Tensor], tensors: Mapping[str, Tensor]) -> Tensor:
        return functional.silu(inputs[0])


@final
@dataclass(frozen=True)
class LeakyRelu(Activation):
    """x where it is positive, else negative_slope · x."""

    kind = "leaky_relu"
    negative_slope: float = number()

    def run(self, inputs: Sequence[Tensor], tensors: Mapping[str, Tensor]) -> Tensor:
        return functional.leaky_relu(inputs[0], self.negative_slope)


@final
@dataclass(frozen=True)
class Elu(Activation):
    """x where it is positive, else alpha · (exp(x) - 1)."""

    kind = "elu"
    alpha: float = number()

    def run(self, inputs: Sequence[Tensor], tensors: Mapping[str, Tensor]) -> Tensor:
        return functional.elu(inputs[0], self.alpha)


@final
@dataclass(frozen=True)
class Gelu(Activation):
    """x · Φ(x), with Φ the normal distribution function, or its approximation by tanh."""

    kind = "gelu"
    approximate: str = choice("none", "tanh")

    def run(self, inputs: Sequence[Tensor], tensors: Mapping[str, Tensor]) -> Tensor:
        return functional.gelu(inputs[0], approximate=self.approximate)


@final
@dataclass(frozen=True)
class Softplus(Activation):
    """log(1 + exp(beta · x)) / beta, and x itself where beta · x exceeds the threshold."""

    kind = "softplus"
    beta: float = number(low=1e-6)
    threshold: float = number()

    def run(self, inputs: Sequence[Tensor], tensors: Mapping[str, Tensor]) -> Tensor:
        return functional.softplus(inputs[0], self.beta, self.threshold)
