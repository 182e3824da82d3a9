"""How PyTorch's operators that move, join or pool numbers become ops."""

import math
from typing import Any

import torch

from muvae.models.ops.export.builder import Builder, number
from muvae.models.ops.export.rules_layers import pair
from muvae.models.ops.export.rules_pointwise import Rule, broadcast
from muvae.models.ops.export.slices import framed, part
from muvae.models.ops.export.values import Call, Constant, Value


def _reshape(builder: Builder, call: Call) -> Value:
    return builder.reshape(call.value(), call.shape)


def _permute(builder: Builder, call: Call) -> Value:
    value = call.value()
    rank = 1 + len(value.shape)
    if "dims" in call.arguments:
        order = [axis % rank for axis in call["dims"]]
    else:
        order = list(range(rank))
        first, second = call["dim0"] % rank, call["dim1"] % rank
        order[first], order[second] = order[second], order[first]
    long = [axis for axis in order if axis == 0 or value.shape[axis - 1] > 1]
    if long != sorted(long):
        call.refuse("it changes the order of dimensions; no op does this")
    return builder.reshape(value, call.shape)


def _expand(builder: Builder, call: Call) -> Value:
    return broadcast(builder, call, call.value(), call.shape)


def _axis(call: Call, value: Value) -> int:
    """The dimension an operator works along, counted with the batch."""
    return int(call["dim"]) % (1 + len(value.shape))


def _cat(builder: Builder, call: Call) -> Value:
    values = call["tensors"]
    if not all(isinstance(value, Value) for value in values):
        call.refuse("it joins with a constant; only what depends on the input can be joined")
    if _axis(call, values[0]) != 1:
        call.refuse("it joins along another dimension than the channels; join along dim=1")
    return values[0] if len(values) == 1 else builder.add("concat", values, call.shape, axis=0)


def _split(builder: Builder, call: Call) -> list[Value]:
    value = call.value()
    if _axis(call, value) != 1:
        call.refuse("it splits another dimension than the channels; split along dim=1")
    start, parts = 0, []
    for shape in call.shapes:
        parts.append(part(builder, call, value, start, start + shape[0]))
        start += shape[0]
    return parts


def _unbind(builder: Builder, call: Call) -> list[Value]:
    value = call.value()
    if _axis(call, value) != 1:
        call.refuse("it splits another dimension than the channels; split along dim=1")
    return [
        builder.reshape(part(builder, call, value, index, index + 1), shape)
        for index, shape in enumerate(call.shapes)
    ]


def _slice(builder: Builder, call: Call) -> Value:
    value = call.value()
    axis = _axis(call, value)
    start, stop, step = (call[name] for name in ("start", "end", "step"))
    whole = (start in (None, 0)) and (stop is None or stop >= 2**62)
    if step != 1 or (axis == 0 and not whole):
        call.refuse("it takes a part of the batch, or every so many; no op does this")
    if axis == 0:
        return value
    size = value.shape[axis - 1]
    start, stop, _ = slice(start, stop).indices(size)
    if (start, stop) == (0, size):
        return value
    if axis == 1:
        return part(builder, call, value, start, stop)
    if len(value.shape) != 3:
        call.refuse("it takes a part of something that is neither features nor maps")
    cut = (-start, stop - size)
    return framed(builder, value, *((cut, (0, 0)) if axis == 2 else ((0, 0), cut)))


def _select(builder: Builder, call: Call) -> Value:
    value = call.value()
    if _axis(call, value) != 1:
        call.refuse("it takes one of another dimension than the channels; no op does this")
    index = call["index"] % value.shape[0]
    return builder.reshape(part(builder, call, value, index, index + 1), call.shape)


def _pad(builder: Builder, call: Call) -> Value:
    if call.arguments.get("mode", "constant") != "constant" or call["value"] not in (None, 0):
        call.refuse("it pads with something else than zeros; no op does this")
    left, right, top, bottom = ([*call["pad"], 0, 0, 0, 0])[:4]
    if any([*call["pad"]][4:]):
        call.refuse("it pads channels; no op does this")
    return framed(builder, call.value(rank=3), (top, bottom), (left, right))


def _upsample(mode: str) -> Rule:
    def rule(builder: Builder, call: Call) -> Value:
        value = call.value("input" if "input" in call.arguments else "self", rank=3)
        scales = call.arguments.get("scale_factors") or [
            call.arguments.get(name) for name in ("scales_h", "scales_w")
        ]
        corners = bool(call.arguments.get("align_corners", False))
        for scale, side, new in zip(scales, value.shape[1:], call.shape[1:], strict=True):
            if scale is not None and scale * side != new and not corners:
                call.refuse("its scale gives no whole number of pixels; give it size=")
        if mode == "nearest-exact" and any(
            new % side for side, new in zip(value.shape[1:], call.shape[1:], strict=True)
        ):
            call.refuse('mode "nearest-exact" needs a whole scale; use "nearest"')
        kind = "bilinear" if mode == "bilinear" else "nearest"
        return builder.add("upsample", [value], call.shape, mode=kind, align_corners=corners)

    return rule


def _pixel_shuffle(builder: Builder, call: Call) -> Value:
    """Each channel's factor² planes woven together, which a transposed convolution can do."""
    value, factor = call.value(rank=3), call["upscale_factor"]
    weight = torch.eye(factor * factor).reshape(-1, 1, factor, factor)
    return builder.add(
        "conv_transpose2d", [value], call.shape,
        weight=Constant(weight.repeat(call.shape[0], 1, 1, 1)), bias=None,
        stride=(factor, factor), padding=(0, 0), output_padding=(0, 0), dilation=(1, 1),
        groups=call.shape[0],
    )  # fmt: skip


def _pool(kind: str) -> Rule:
    def rule(builder: Builder, call: Call) -> Any:
        value = call.value(rank=3)
        if call.arguments.get("divisor_override") is not None:
            call.refuse("divisor_override has no op; leave it out")
        if "dilation" in call.arguments and pair(call, "dilation") != (1, 1):
            call.refuse("a pool with dilation has no op; use dilation 1")
        kernel = pair(call, "kernel_size")
        several = isinstance(call.node.meta["val"], list | tuple)
        shape = call.shapes[0] if several else call.shape
        stride, padding = pair(call, "stride", kernel), pair(call, "padding")
        plain = tuple(
            (side + 2 * pad - size) // step + 1
            for side, pad, size, step in zip(value.shape[1:], padding, kernel, stride, strict=True)
        )
        if shape[1:] != plain:
            call.refuse("ceil_mode adds windows here; leave it out")
        more = {} if kind == "max_pool" else {"count_include_pad": call["count_include_pad"]}
        result = builder.add(
            kind, [value], shape, kernel=kernel, stride=stride, padding=padding, **more
        )
        return (result, None) if several else result

    return rule


def _adaptive(kind: str) -> Rule:
    def rule(builder: Builder, call: Call) -> Any:
        value = call.value(rank=3)
        several = isinstance(call.node.meta["val"], list | tuple)
        shape = call.shapes[0] if several else call.shape
        if any(side % new for side, new in zip(value.shape[1:], shape[1:], strict=True)):
            call.refuse(
                f"its windows differ in size, from {list(value.shape[1:])} to {list(shape[1:])}; "
                "use sizes that divide"
            )
        result = _windows(builder, kind, value, shape)
        return (result, None) if several else result

    return rule


def _windows(builder: Builder, kind: str, value: Value, shape: tuple[int, ...]) -> Value:
    if value.shape == shape:
        return value
    kernel = tuple(side // new for side, new in zip(value.shape[1:], shape[1:], strict=True))
    more = {} if kind == "max_pool" else {"count_include_pad": True}
    return builder.add(kind, [value], shape, kernel=kernel, stride=kernel, padding=(0, 0), **more)


def _mean(builder: Builder, call: Call) -> Value:
    value = call.value(rank=3)
    if sorted(axis % 4 for axis in call["dim"] or []) != [2, 3]:
        call.refuse("it averages other dimensions than height and width; use dim=(2, 3)")
    pooled = _windows(builder, "avg_pool", value, (value.shape[0], 1, 1))
    return builder.reshape(pooled, call.shape)


def _sum(builder: Builder, call: Call) -> Value:
    mean, value = _mean(builder, call), call.value()
    return builder.affine(mean, number(math.prod(value.shape[1:])), number(0))


RULES: dict[str, Rule] = {
    **dict.fromkeys(
        ("aten.view", "aten._unsafe_view", "aten.reshape", "aten.flatten", "aten.unflatten",
         "aten.squeeze", "aten.unsqueeze", "aten.view_as", "aten.reshape_as"), _reshape,
    ),
    **dict.fromkeys(("aten.permute", "aten.transpose"), _permute),
    **dict.fromkeys(("aten.expand", "aten.expand_as", "aten.repeat"), _expand),
    "aten.cat": _cat,
    **dict.fromkeys(("aten.split", "aten.split_with_sizes", "aten.chunk", "aten.tensor_split"),
                    _split),
    "aten.unbind": _unbind,
    "aten.slice": _slice,
    "aten.select": _select,
    "aten.pad": _pad,
    "aten.constant_pad_nd": _pad,
    "aten.upsample_nearest2d": _upsample("nearest"),
    "aten._upsample_nearest_exact2d": _upsample("nearest-exact"),
    "aten.upsample_bilinear2d": _upsample("bilinear"),
    "aten.pixel_shuffle": _pixel_shuffle,
    "aten.avg_pool2d": _pool("avg_pool"),
    "aten.max_pool2d": _pool("max_pool"),
    "aten.max_pool2d_with_indices": _pool("max_pool"),
    "aten.adaptive_avg_pool2d": _adaptive("avg_pool"),
    "aten.adaptive_max_pool2d": _adaptive("max_pool"),
    "aten.mean": _mean,
    "aten.sum": _sum,
}  # fmt: skip
