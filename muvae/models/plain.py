"""Lists of ops of plain layers in order: those that torch.export finds, which takes it seconds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from muvae.errors import InvalidInputError
from muvae.models.ops import KINDS, Graph, Op
from muvae.models.ops.fields import Shape
from muvae.models.ops.layers import conv2d_sides, conv_transpose2d_sides


@dataclass(frozen=True)
class Layer:
    """A layer, and the name with which those of its parameters begin."""

    name: str
    module: nn.Module


# By activation: its op, and what of the layer that takes.
_ACTIVATIONS: dict[type[nn.Module], tuple[str, tuple[str, ...]]] = {
    nn.ReLU: ("relu", ()),
    nn.Tanh: ("tanh", ()),
    nn.Sigmoid: ("sigmoid", ()),
    nn.SiLU: ("silu", ()),
    nn.LeakyReLU: ("leaky_relu", ("negative_slope",)),
    nn.ELU: ("elu", ("alpha",)),
    nn.GELU: ("gelu", ("approximate",)),
    nn.Softplus: ("softplus", ("beta", "threshold")),
}
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
        """Add layers whose parameters' names begin with `prefix`.

        InvalidInputError names one that is not plain.
        """
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
        has_bias = getattr(layer, "bias", None) is not None
        weights = {"weight": f"{name}.weight", "bias": f"{name}.bias" if has_bias else None}
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
            case _ if type(layer) in _ACTIVATIONS:
                kind, attributes = _ACTIVATIONS[type(layer)]
                own = {attribute: getattr(layer, attribute) for attribute in attributes}
                self._op(kind, self.shape, **own)
            case _:
                raise InvalidInputError(
                    f"{name} ({layer}) is no plain layer; leave steps() out, and torch.export "
                    "finds out what the network computes"
                )

    def _op(self, kind: str, shape: Shape, **attributes: Any) -> None:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        name = f"{kind}_{self._counts[kind]}"
        self._ops.append(KINDS[kind](name=name, inputs=(self.last,), shape=shape, **attributes))
        self.last, self.shape = name, shape

    def _grid(self, layer: nn.Conv2d | nn.ConvTranspose2d) -> Shape:
        """The shape [C,H,W] of a convolution's output."""
        if not isinstance(layer.padding, tuple):
            raise InvalidInputError(f"{layer} has its padding by name; give it as numbers")
        window = (layer.kernel_size, layer.stride, layer.padding, layer.dilation)
        if isinstance(layer, nn.ConvTranspose2d):
            sides = conv_transpose2d_sides(self.shape[1:], *window, layer.output_padding)
        else:
            sides = conv2d_sides(self.shape[1:], *window)
        return (layer.out_channels, *sides)


def _window(layer: nn.Conv2d | nn.ConvTranspose2d) -> dict[str, Any]:
    return {
        "stride": layer.stride,
        "padding": layer.padding,
        "dilation": layer.dilation,
        "groups": layer.groups,
    }
