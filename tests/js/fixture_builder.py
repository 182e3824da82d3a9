"""Builds one case for the JavaScript engine: a list of ops, tensors, an input, torch's outputs.

What an op computes is written here a second time, straight in terms of torch.nn.functional, so that
the fixtures also check the library's own ops.
"""

import random
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional


class Case:
    """A growing network; its values are drawn from a generator that is seeded by the name."""

    def __init__(self, name: str, shape: Sequence[int], input_name: str = "image") -> None:
        self.name = name
        self.random = random.Random(name)
        self.input_name = input_name
        self.tensors: dict[str, Tensor] = {}
        self.ops: list[dict[str, Any]] = []
        self.values = {input_name: self.draw(shape)[None]}
        self.last = input_name

    def draw(self, shape: Sequence[int], spread: float = 1.0) -> Tensor:
        """Numbers of few binary digits, exact in float32 and short in JSON."""
        count = int(torch.tensor(list(shape)).prod())
        drawn = [round(self.random.gauss(0, spread) * 32) / 32 for _ in range(count)]
        return torch.tensor(drawn, dtype=torch.float64).reshape(list(shape))

    def tensor(self, name: str, shape: Sequence[int], spread: float = 1.0) -> str:
        """A new tensor's name; a name that is taken gives the same tensor again."""
        if name not in self.tensors:
            self.tensors[name] = self.draw(shape, spread)
        return name

    def op(self, kind: str, value: Tensor, inputs: Sequence[str], **attributes: Any) -> str:
        name = f"{kind}_{len(self.ops) + 1}"
        shape = list(value.shape[1:])
        self.ops.append({"name": name, "op": kind, "inputs": list(inputs), "shape": shape}
                        | attributes)  # fmt: skip
        self.values[name] = value
        self.last = name
        return name

    def linear(self, out: int, bias: bool = True, source: str | None = None) -> str:
        source = source or self.last
        x = self.values[source]
        key = f"layers.{len(self.ops)}"
        weight = self.tensor(f"{key}.weight", (out, x.shape[1]), x.shape[1] ** -0.5)
        bias_name = self.tensor(f"{key}.bias", (out,)) if bias else None
        value = functional.linear(
            x, self.tensors[weight], self.tensors[bias_name] if bias_name else None
        )
        return self.op("linear", value, [source], weight=weight, bias=bias_name)

    def conv(
        self,
        out: int,
        kernel: Sequence[int],
        stride: Sequence[int] = (1, 1),
        padding: Sequence[int] = (0, 0),
        dilation: Sequence[int] = (1, 1),
        groups: int = 1,
        bias: bool = True,
        source: str | None = None,
        key: str | None = None,
    ) -> str:
        source = source or self.last
        x = self.values[source]
        key = key or f"layers.{len(self.ops)}"
        shape = (out, x.shape[1] // groups, *kernel)
        weight = self.tensor(f"{key}.weight", shape, (shape[1] * shape[2] * shape[3]) ** -0.5)
        bias_name = self.tensor(f"{key}.bias", (out,)) if bias else None
        value = functional.conv2d(
            x, self.tensors[weight], self.tensors[bias_name] if bias_name else None,
            tuple(stride), tuple(padding), tuple(dilation), groups,
        )  # fmt: skip
        return self.op("conv2d", value, [source], weight=weight, bias=bias_name,
                       stride=list(stride), padding=list(padding), dilation=list(dilation),
                       groups=groups)  # fmt: skip

    def deconv(
        self,
        out: int,
        kernel: Sequence[int],
        stride: Sequence[int] = (1, 1),
        padding: Sequence[int] = (0, 0),
        output_padding: Sequence[int] = (0, 0),
        dilation: Sequence[int] = (1, 1),
        groups: int = 1,
        bias: bool = True,
    ) -> str:
        source = self.last
        x = self.values[source]
        key = f"layers.{len(self.ops)}"
        shape = (x.shape[1], out // groups, *kernel)
        weight = self.tensor(f"{key}.weight", shape, (x.shape[1] // groups) ** -0.5)
        bias_name = self.tensor(f"{key}.bias", (out,)) if bias else None
        value = functional.conv_transpose2d(
            x, self.tensors[weight], self.tensors[bias_name] if bias_name else None,
            tuple(stride), tuple(padding), tuple(output_padding), groups, tuple(dilation),
        )  # fmt: skip
        return self.op("conv_transpose2d", value, [source], weight=weight, bias=bias_name,
                       stride=list(stride), padding=list(padding),
                       output_padding=list(output_padding), dilation=list(dilation),
                       groups=groups)  # fmt: skip

    def activation(self, kind: str, source: str | None = None, **attributes: Any) -> str:
        source = source or self.last
        x = self.values[source]
        function = getattr(torch if kind in ("tanh", "sigmoid") else functional, kind)
        return self.op(kind, function(x, **attributes), [source], **attributes)

    def reshape(self, *shape: int, source: str | None = None) -> str:
        source = source or self.last
        return self.op("reshape", self.values[source].reshape(1, *shape), [source])

    def flatten(self, source: str | None = None) -> str:
        source = source or self.last
        return self.op("flatten", self.values[source].flatten(1), [source])

    def upsample(
        self, height: int, width: int, mode: str = "nearest", align_corners: bool = False
    ) -> str:
        x = self.values[self.last]
        corners = {"align_corners": align_corners} if mode == "bilinear" else {}
        value = functional.interpolate(x, (height, width), mode=mode, **corners)
        return self.op("upsample", value, [self.last], mode=mode, align_corners=align_corners)

    def pool(
        self,
        kind: str,
        kernel: Sequence[int],
        stride: Sequence[int],
        padding: Sequence[int] = (0, 0),
        **attributes: Any,
    ) -> str:
        function = {"avg_pool": functional.avg_pool2d, "max_pool": functional.max_pool2d}[kind]
        x = self.values[self.last]
        value = function(x, tuple(kernel), tuple(stride), tuple(padding), **attributes)
        return self.op(kind, value, [self.last], kernel=list(kernel), stride=list(stride),
                       padding=list(padding), **attributes)  # fmt: skip

    def add(self, first: str, second: str) -> str:
        return self.op("add", self.values[first] + self.values[second], [first, second])

    def concat(self, *sources: str) -> str:
        value = torch.cat([self.values[source] for source in sources], dim=1)
        return self.op("concat", value, sources, axis=0)

    def affine(self, scales: int | None = None, shifts: int | None = None) -> str:
        """One scale and shift a channel, or as many as told."""
        x = self.values[self.last]
        key = f"layers.{len(self.ops)}"
        scale = self.tensor(f"{key}.scale", (scales or x.shape[1],))
        shift = self.tensor(f"{key}.shift", (shifts or x.shape[1],))
        sides = (1,) * (x.dim() - 2)
        value = x * self.tensors[scale].reshape(-1, *sides)
        value = value + self.tensors[shift].reshape(-1, *sides)
        return self.op("affine", value, [self.last], scale=scale, shift=shift)

    def to_json(self, **outputs: str) -> dict[str, Any]:
        """The case; without outputs, the last op's value is its only one, named "output"."""
        outputs = outputs or {"output": self.last}
        return {
            "graph": {
                "input": {
                    "name": self.input_name,
                    "shape": list(self.values[self.input_name].shape[1:]),
                },
                "ops": self.ops,
                "outputs": outputs,
            },
            "tensors": {
                name: {"shape": list(value.shape), "values": _numbers(value)}
                for name, value in self.tensors.items()
            },
            "input": _numbers(self.values[self.input_name]),
            "outputs": {output: _numbers(self.values[name]) for output, name in outputs.items()},
        }


def _numbers(value: Tensor) -> list[float]:
    # Eight digits: more than float32 holds.
    return [
        int(number) if number == int(number) else float(f"{number:.8g}")
        for number in value.flatten().tolist()
    ]
