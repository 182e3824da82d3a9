"""Lists of ops of plain layers in order: those that torch.export finds, which takes it seconds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from muvae.models.ops import KINDS, Graph, Op
from muvae.models.ops.fields import Shape


@dataclass(frozen=True)
class Layer:
    """A layer, and the name with which those of its parameters begin."""

    name: str
    module: nn.Module


Step = Layer | Shape  # a layer, or the shape that values take: features [F] or maps [C,H,W]


def named(name: str, layers: nn.Sequential) -> list[Step]:
    """The layers of an attribute `name` of a network."""
    return [Layer(f"{name}.{index}", layer) for index, layer in enumerate(layers)]


class PlainOps:
    """Ops of layers that follow each other, as they are added; `last` names the latest."""

    def __init__(self, input_name: str, shape: Shape) -> None:
        self._input = (input_name, shape)
        self._ops: list[Op] = []
        self._counts: dict[str, int] = {}
        self.last, self.shape = input_name, shape

    def add(self, steps: Sequence[Step], prefix: str) -> None:
        """Add layers whose parameters' names begin with `prefix`; ValueError: one is not plain."""
        for step in steps:
            if isinstance(step, Layer):
                self._layer(prefix + step.name, step.module)
            else:
                self._op("flatten" if len(step) == 1 else "reshape", step)

    def head(self, name: str, layer: nn.Linear) -> str:
        """Add a linear layer that others do not follow; returns its op's name."""
        last, shape = self.last, self.shape
        self._layer(name, layer)
        head, self.last, self.shape = self.last, last, shape
        return head

    def graph(self, outputs: dict[str, str]) -> Graph:
        """All that was added, with its outputs by the ops' names."""
        return Graph(*self._input, tuple(self._ops), outputs)

    def _layer(self, name: str, layer: nn.Module) -> None:
        weights = {"weight": f"{name}.weight", "bias": f"{name}.bias"}
        match layer:
            case nn.Linear():
                self._op("linear", (layer.out_features,), **weights)
            case nn.Conv2d():
                self._op("conv2d", self._grid(layer), **weights, **_window(layer))
            case nn.ConvTranspose2d():
                extra = {"output_padding": layer.output_padding}
                self._op(
                    "conv_transpose2d", self._grid(layer), **weights, **_window(layer), **extra
                )
            case nn.LeakyReLU():
                self._op("leaky_relu", self.shape, negative_slope=layer.negative_slope)
            case nn.ReLU() | nn.Tanh() | nn.Sigmoid():
                self._op(type(layer).__name__.lower(), self.shape)
            case _:
                raise ValueError(f"{name} is no plain layer: {layer}")

    def _op(self, kind: str, shape: Shape, **attributes: Any) -> None:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        name = f"{kind}_{self._counts[kind]}"
        self._ops.append(KINDS[kind](name=name, inputs=(self.last,), shape=shape, **attributes))
        self.last, self.shape = name, shape

    def _grid(self, layer: nn.Conv2d | nn.ConvTranspose2d) -> Shape:
        """The shape of a convolution's output, for an odd kernel and half of it as padding."""
        assert layer.padding == tuple(side // 2 for side in layer.kernel_size)
        stride = layer.stride[0]
        if isinstance(layer, nn.ConvTranspose2d):
            extra = layer.output_padding
            sides = [
                (side - 1) * stride + 1 + rest
                for side, rest in zip(self.shape[1:], extra, strict=True)
            ]
        else:
            sides = [math.ceil(side / stride) for side in self.shape[1:]]
        return (layer.out_channels, *sides)


def _window(layer: nn.Conv2d | nn.ConvTranspose2d) -> dict[str, Any]:
    return {
        "stride": layer.stride,
        "padding": layer.padding,
        "dilation": layer.dilation,
        "groups": layer.groups,
    }
