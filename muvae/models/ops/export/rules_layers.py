"""How PyTorch's operators with weights become ops: linear layers, convolutions, batch norm."""

import dataclasses
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from muvae.models.ops.export.builder import Builder
from muvae.models.ops.export.rules_pointwise import Rule
from muvae.models.ops.export.values import Call, Constant, Value
from muvae.models.ops.fields import Pair, batched
from muvae.models.ops.layers import Conv2d, ConvTranspose2d, Linear


def pair(call: Call, argument: str, otherwise: Pair | None = None) -> Pair:
    """An argument that is one number for height and width alike, or two, or empty."""
    sides = call[argument]
    if isinstance(sides, int):
        sides = [sides]
    if not sides and otherwise is not None:
        return otherwise
    if len(sides) not in (1, 2) or not all(isinstance(side, int) for side in sides):
        call.refuse(f'its argument "{argument}" is {sides}; give it height and width')
    return sides[0], sides[-1]


def _linear(builder: Builder, call: Call) -> Value:
    weight, bias = call.constant("weight"), call.optional("bias")
    return _dense(builder, call, call.value("input"), weight, bias)


def _dense(
    builder: Builder, call: Call, value: Value, weight: Constant, bias: Constant | None
) -> Value:
    *rows, width = value.shape
    if any(side != 1 for side in rows):
        call.refuse(f"its input has shape {batched(value.shape)}; give it features [N,F]")
    if bias is not None and bias.tensor.shape != weight.tensor.shape[:1]:
        bias = Constant(bias.tensor.expand(len(weight.tensor)).contiguous())
    features = builder.reshape(value, (width,))
    out = builder.add("linear", [features], (len(weight.tensor),), weight=weight, bias=bias)
    return builder.reshape(out, call.shape)


def _matmul(builder: Builder, call: Call) -> Value:
    other = "mat2" if "mat2" in call.arguments else "other"
    return _dense(builder, call, call.value(), _transposed(call, other), None)


def _addmm(builder: Builder, call: Call) -> Value:
    if call["beta"] != 1 or call["alpha"] != 1:
        call.refuse("it scales its matrices; use Linear")
    weight = _transposed(call, "mat2")
    return _dense(builder, call, call.value("mat1"), weight, call.constant("self"))


def _transposed(call: Call, argument: str) -> Constant:
    matrix = call.constant(argument).tensor
    if matrix.dim() != 2:
        call.refuse("it multiplies by something that is no matrix; use Linear")
    return Constant(matrix.t().contiguous())


def _conv2d(builder: Builder, call: Call) -> Value:
    padding: Any = call["padding"]
    dilation = pair(call, "dilation")
    weight = call.constant("weight")
    if padding == "valid":
        sides = (0, 0)
    elif padding == "same":
        around = [
            step * (size - 1) for step, size in zip(dilation, weight.tensor.shape[2:], strict=True)
        ]
        if any(both % 2 for both in around):
            call.refuse('padding="same" pads unevenly with an even kernel; use an odd one')
        sides = (around[0] // 2, around[1] // 2)
    else:
        sides = pair(call, "padding")
    return builder.add(
        "conv2d", [call.value("input", rank=3)], call.shape,
        weight=weight, bias=call.optional("bias"), stride=pair(call, "stride"), padding=sides,
        dilation=dilation, groups=call["groups"],
    )  # fmt: skip


def _conv_transpose2d(builder: Builder, call: Call) -> Value:
    return builder.add(
        "conv_transpose2d", [call.value("input", rank=3)], call.shape,
        weight=call.constant("weight"), bias=call.optional("bias"), stride=pair(call, "stride"),
        padding=pair(call, "padding"), output_padding=pair(call, "output_padding"),
        dilation=pair(call, "dilation"), groups=call["groups"],
    )  # fmt: skip


def _convolution(builder: Builder, call: Call) -> Value:
    call.value("input", rank=3)
    return (_conv_transpose2d if call["transposed"] else _conv2d)(builder, call)


def _batch_norm(builder: Builder, call: Call) -> Any:
    """Scale and shift by the recorded statistics: (x - mean) / √(var + eps) · weight + bias."""
    value = call.value("input")
    if call.arguments.get("training"):
        call.refuse("it takes the statistics of the batch; use track_running_stats=True")
    mean = call.constant("running_mean").tensor.double()
    variance = call.constant("running_var").tensor.double()
    weight, bias = call.optional("weight"), call.optional("bias")
    scale = torch.rsqrt(variance + call["eps"])
    if weight is not None:
        scale = scale * weight.tensor.double()
    shift = -mean * scale
    if bias is not None:
        shift = shift + bias.tensor.double()
    result = builder.affine(value, scale.float().cpu(), shift.float().cpu())
    builder.foldable.add(result.name)
    return (result,) if isinstance(call.node.meta["val"], list | tuple) else result


def fold(builder: Builder, results: Iterable[Value]) -> None:
    """Put each batch norm into the weights of the layer before it, if it alone reads that layer."""
    outputs = {value.name for value in results}
    for norm in [op for op in builder.ops.values() if op.name in builder.foldable]:
        layer = builder.ops.get(norm.inputs[0])
        readers = [op for op in builder.ops.values() if norm.inputs[0] in op.inputs]
        if not isinstance(layer, Linear | Conv2d | ConvTranspose2d):
            continue
        if len(readers) > 1 or layer.name in outputs:
            continue
        names = layer.tensors()
        scale, shift = (_double(builder, norm.tensors()[key]) for key in ("scale", "shift"))
        weight = _scaled(layer, _double(builder, names["weight"]), scale)
        if "bias" in names:
            shift = shift + _double(builder, names["bias"]) * scale
        builder.ops[norm.name] = dataclasses.replace(
            layer,
            name=norm.name,
            weight=builder.tensor_name(Constant(weight.float())),
            bias=builder.tensor_name(Constant(shift.float())),
        )
        del builder.ops[layer.name]


def _double(builder: Builder, name: str) -> Tensor:
    return builder.tensors[name].detach().cpu().double()


def _scaled(layer: Linear | Conv2d | ConvTranspose2d, weight: Tensor, scale: Tensor) -> Tensor:
    if not isinstance(layer, ConvTranspose2d):
        return weight * scale.reshape(-1, *(1,) * (weight.dim() - 1))
    # [in, out/groups, kh, kw]: the inputs of group g make the outputs of group g.
    grouped = weight.reshape(layer.groups, -1, *weight.shape[1:])
    return (grouped * scale.reshape(layer.groups, 1, -1, 1, 1)).reshape(weight.shape)


RULES: dict[str, Rule] = {
    "aten.linear": _linear,
    "aten.addmm": _addmm,
    "aten.mm": _matmul,
    "aten.matmul": _matmul,
    "aten.conv2d": _conv2d,
    "aten.conv_transpose2d": _conv_transpose2d,
    "aten.convolution": _convolution,
    "aten.batch_norm": _batch_norm,
    "aten._native_batch_norm_legit_no_training": _batch_norm,
}
