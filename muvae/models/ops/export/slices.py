"""Parts of what a network computes: chunk, split, slice and select, without an op of their own."""

import math

import torch

from muvae.models.ops.activations import Activation
from muvae.models.ops.export.builder import Builder
from muvae.models.ops.export.values import Call, Constant, Value
from muvae.models.ops.layers import Affine, Conv2d, ConvTranspose2d, Linear

MOST_SELECTED = 2**22  # numbers in a weight that only selects


def part(builder: Builder, call: Call, value: Value, start: int, stop: int) -> Value:
    """Channels or features `start` to `stop` (not included) of a value.

    One linear layer whose output is cut in two, as for mean and log-variance, becomes two linear
    layers; where there is no such layer, a layer with weights 0 and 1 selects.
    """
    if (start, stop) == (0, value.shape[0]):
        return value
    return _part(builder, value, start, stop) or _selected(builder, call, value, start, stop)


def _part(builder: Builder, value: Value, start: int, stop: int) -> Value | None:
    op = builder.ops.get(value.name)
    shape = (stop - start, *value.shape[1:])

    def cut(name: str | None, axis: int = 0) -> Constant | None:
        if name is None:
            return None
        tensor = builder.tensors[name]
        # One number for all channels stays one number.
        return Constant(tensor if len(tensor) == 1 < value.shape[0] and tensor.dim() == 1
                        else tensor.narrow(axis, start, stop - start))  # fmt: skip

    sources = [Value(name, builder.shape(name)) for name in op.inputs] if op else []
    match op:
        case Linear():
            return builder.add("linear", sources, shape, weight=cut(op.weight), bias=cut(op.bias))
        case Conv2d(groups=1):
            return builder.add(
                "conv2d", sources, shape, weight=cut(op.weight), bias=cut(op.bias),
                stride=op.stride, padding=op.padding, dilation=op.dilation, groups=1,
            )  # fmt: skip
        case ConvTranspose2d(groups=1):
            return builder.add(
                "conv_transpose2d", sources, shape, weight=cut(op.weight, 1), bias=cut(op.bias),
                stride=op.stride, padding=op.padding, output_padding=op.output_padding,
                dilation=op.dilation, groups=1,
            )  # fmt: skip
        case Affine():
            inner = _part(builder, sources[0], start, stop)
            if inner is None:
                return None
            return builder.add("affine", [inner], shape, scale=cut(op.scale), shift=cut(op.shift))
        case Activation():
            inner = _part(builder, sources[0], start, stop)
            if inner is None:
                return None
            attributes = vars(op).copy()
            for key in ("name", "inputs", "shape"):
                del attributes[key]
            return builder.add(op.kind, [inner], shape, **attributes)
    if op is not None and op.kind in ("reshape", "flatten"):
        # In row-major order, rows of the new shape are rows of the old one if both divide.
        each, source_each = math.prod(value.shape[1:]), math.prod(sources[0].shape[1:])
        first, last = start * each, stop * each
        if first % source_each or last % source_each:
            return None
        inner = _part(builder, sources[0], first // source_each, last // source_each)
        return None if inner is None else builder.reshape(inner, shape)
    return None


def _selected(builder: Builder, call: Call, value: Value, start: int, stop: int) -> Value:
    count, total = stop - start, value.shape[0]
    if len(value.shape) == 2 or count * total > MOST_SELECTED:
        call.refuse("it takes a part of something too large; split the layer before it in two")
    weight = torch.zeros(count, total)
    weight[torch.arange(count), torch.arange(start, stop)] = 1
    shape = (count, *value.shape[1:])
    if len(value.shape) == 1:
        return builder.add("linear", [value], shape, weight=Constant(weight), bias=None)
    return builder.add(
        "conv2d", [value], shape, weight=Constant(weight[:, :, None, None]), bias=None,
        stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1,
    )  # fmt: skip


def framed(
    builder: Builder, value: Value, rows: tuple[int, int], columns: tuple[int, int]
) -> Value:
    """Maps with rows and columns of zeros put on (before, after), or, where negative, cut off.

    It is a convolution of each channel with a kernel that has a single one.
    """
    channels, *sides = value.shape
    padding = [max(0, *edges) for edges in (rows, columns)]
    before = [pad - edges[0] for pad, edges in zip(padding, (rows, columns), strict=True)]
    after = [pad - edges[1] for pad, edges in zip(padding, (rows, columns), strict=True)]
    kernel = [first + last + 1 for first, last in zip(before, after, strict=True)]
    weight = torch.zeros(channels, 1, *kernel)
    weight[:, 0, before[0], before[1]] = 1
    height, width = (side + sum(edges) for side, edges in zip(sides, (rows, columns), strict=True))
    return builder.add(
        "conv2d", [value], (channels, height, width), weight=Constant(weight), bias=None,
        stride=(1, 1), padding=tuple(padding), dilation=(1, 1), groups=channels,
    )  # fmt: skip
