"""How PyTorch's operators on each number alone become ops: activations and plain arithmetic."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from muvae.models.ops.export.builder import Builder, number
from muvae.models.ops.export.values import Call, Constant, Value
from muvae.models.ops.fields import Shape, batched

Rule = Callable[[Builder, Call], Any]


def _activation(kind: str, *attributes: str) -> Rule:
    def rule(builder: Builder, call: Call) -> Value:
        value = call.value()
        values = {
            name: call[name] if isinstance(call[name], str) else float(call[name])
            for name in attributes
        }
        return builder.add(kind, [value], value.shape, **values)

    return rule


def _elu(builder: Builder, call: Call) -> Value:
    value = call.value()
    alpha, scale, inner = (float(call[name]) for name in ("alpha", "scale", "input_scale"))
    return _scaled_elu(builder, value, alpha, scale, inner)


def _scaled_elu(builder: Builder, value: Value, alpha: float, scale: float, inner: float) -> Value:
    # scale · x above zero, scale · alpha · (exp(inner · x) - 1) below.
    if inner != 1:
        value = builder.affine(value, number(inner), number(0))
    value = builder.add("elu", [value], value.shape, alpha=alpha * inner)
    if scale != inner:
        value = builder.affine(value, number(scale / inner), number(0))
    return value


def _selu(builder: Builder, call: Call) -> Value:
    alpha, scale = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
    return _scaled_elu(builder, call.value(), alpha, scale, 1.0)


def _celu(builder: Builder, call: Call) -> Value:
    alpha = float(call["alpha"])
    return _scaled_elu(builder, call.value(), alpha, 1.0, 1 / alpha)


def _prelu(builder: Builder, call: Call) -> Value:
    value, slope = call.value(), call.constant("weight").tensor
    if slope.numel() != 1:
        call.refuse("it has one slope a channel; use one for all, or LeakyReLU")
    return builder.add("leaky_relu", [value], value.shape, negative_slope=float(slope))


def _clamp(builder: Builder, call: Call) -> Value:
    value = call.value()
    if call["min"] != 0 or call.arguments.get("max") is not None:
        call.refuse("it clamps; only clamping at 0 from below, which is ReLU, has an op")
    return builder.add("relu", [value], value.shape)


def _dropout(builder: Builder, call: Call) -> Any:
    if call["train"]:
        call.refuse("it drops numbers at random also in eval mode; pass training=self.training")
    return call["input"]


def _cast(builder: Builder, call: Call) -> Any:
    value = call.value()
    if call.node.meta["val"].dtype != torch.float32:
        call.refuse("it changes the type of number; stay with float32")
    return value


def _add(builder: Builder, call: Call) -> Value:
    return _sum(builder, call, 1.0, float(call.arguments.get("alpha", 1)))


def _sub(builder: Builder, call: Call) -> Value:
    return _sum(builder, call, 1.0, -float(call.arguments.get("alpha", 1)))


def _rsub(builder: Builder, call: Call) -> Value:
    return _sum(builder, call, -float(call.arguments.get("alpha", 1)), 1.0)


def _sum(builder: Builder, call: Call, left: float, right: float) -> Value:
    """Left · self + right · other."""
    sides = [(call["self"], left), (call["other"], right)]
    values = [(side, factor) for side, factor in sides if isinstance(side, Value)]
    if len(values) == 1:
        ((value, factor),) = values
        other, weight = sides[0] if sides[1][0] is value else sides[1]
        return affine(builder, call, value, factor, _tensor(call, other) * weight)
    scaled = [
        side if factor == 1 else builder.affine(side, number(factor), number(0))
        for side, factor in values
    ]
    scaled = [broadcast(builder, call, side, call.shape) for side in scaled]
    return builder.add("add", scaled, call.shape)


def _mul(builder: Builder, call: Call) -> Value:
    sides = [call["self"], call["other"]]
    values = [side for side in sides if isinstance(side, Value)]
    if len(values) != 1:
        call.refuse("it multiplies two things that depend on the input; no op does this")
    other = sides[0] if sides[1] is values[0] else sides[1]
    return affine(builder, call, values[0], _tensor(call, other), 0.0)


def _div(builder: Builder, call: Call) -> Value:
    if isinstance(call["other"], Value):
        call.refuse("it divides by something that depends on the input; no op does this")
    if call.arguments.get("rounding_mode") is not None:
        call.refuse("it rounds; no op does this")
    return affine(builder, call, call.value(), 1 / _tensor(call, call["other"]).double(), 0.0)


def _neg(builder: Builder, call: Call) -> Value:
    return affine(builder, call, call.value(), -1.0, 0.0)


def _tensor(call: Call, other: Any) -> Tensor:
    if isinstance(other, Constant):
        return other.tensor
    return torch.tensor(float(other), dtype=torch.float64)


def affine(
    builder: Builder, call: Call, value: Value, scale: Tensor | float, shift: Tensor | float
) -> Value:
    """Scale · value + shift, each one number, or one a channel, or one for each number."""
    value = broadcast(builder, call, value, call.shape)
    tensors = [_spread(call, torch.as_tensor(item), value.shape) for item in (scale, shift)]
    if all(tensor.dim() == 1 for tensor in tensors):
        return builder.affine(value, *tensors)
    # One for each number of the maps: as features, each number is a channel of its own.
    each = [
        tensor.flatten() if tensor.dim() > 1
        else tensor if tensor.numel() == 1
        else tensor.repeat_interleave(_rest(value.shape))
        for tensor in tensors
    ]  # fmt: skip
    features = builder.reshape(value, (value.shape[0] * _rest(value.shape),))
    return builder.reshape(builder.affine(features, *each), value.shape)


def _rest(shape: Shape) -> int:
    return math.prod(shape[1:])


def _spread(call: Call, tensor: Tensor, shape: Shape) -> Tensor:
    """A constant as [1] or [C], or, where it differs within a channel, as the whole shape."""
    tensor = tensor.detach().to("cpu", torch.float32)
    if tensor.numel() == 1:
        return tensor.reshape(1)
    full = tensor.reshape((1,) * (1 + len(shape) - tensor.dim()) + tuple(tensor.shape))
    if not (full == full[:1]).all():
        call.refuse("it computes with a constant that differs from item to item of a batch")
    if all(side == 1 for side in full.shape[2:]):
        return full.reshape(-1)
    return full[0].expand(shape)


def broadcast(builder: Builder, call: Call, value: Value, shape: Shape) -> Value:
    """The value in a shape that PyTorch broadcasts it to: from one pixel to whole maps."""
    if value.shape == shape:
        return value
    if len(shape) == 3 == len(value.shape) and value.shape == (shape[0], 1, 1):
        return builder.add("upsample", [value], shape, mode="nearest", align_corners=False)
    return call.refuse(
        f"it spreads {batched(value.shape)} over {batched(shape)}; only [N,C,1,1] can be spread"
    )


RULES: dict[str, Rule] = {
    "aten.relu": _activation("relu"),
    "aten.tanh": _activation("tanh"),
    "aten.sigmoid": _activation("sigmoid"),
    "aten.silu": _activation("silu"),
    "aten.leaky_relu": _activation("leaky_relu", "negative_slope"),
    "aten.gelu": _activation("gelu", "approximate"),
    "aten.softplus": _activation("softplus", "beta", "threshold"),
    "aten.elu": _elu,
    "aten.selu": _selu,
    "aten.celu": _celu,
    "aten.prelu": _prelu,
    "aten._prelu_kernel": _prelu,
    "aten.clamp": _clamp,
    "aten.clamp_min": _clamp,
    "aten.dropout": _dropout,
    "aten.feature_dropout": _dropout,
    "aten.alpha_dropout": _dropout,
    "aten.feature_alpha_dropout": _dropout,
    "aten.to": _cast,
    "aten._to_copy": _cast,
    "aten.add": _add,
    "aten.sub": _sub,
    "aten.rsub": _rsub,
    "aten.mul": _mul,
    "aten.div": _div,
    "aten.neg": _neg,
}
