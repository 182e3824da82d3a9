"""A list of ops that grows, with its tensors, until it is finished as a Graph."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from muvae.errors import InvalidInputError
from muvae.models.ops.export.values import Constant, Value
from muvae.models.ops.fields import Shape
from muvae.models.ops.graph import KINDS, Graph
from muvae.models.ops.network import is_parameter_name
from muvae.models.ops.op import Op
from muvae.parameters import brief


class Builder:
    """Ops and tensors of one network.

    A parameter that an op uses as it is keeps the name that `rename` makes of its own; what is
    computed from several (a folded batch norm, say) is named after its op when all is done. `taken`
    holds names that no such tensor may have.
    """

    def __init__(self, network: str, input_value: Value, rename: Callable[[str], str]) -> None:
        self.network = network
        self.input = input_value
        self.ops: dict[str, Op] = {}
        self._count = 0
        self.tensors: dict[str, Tensor] = {}
        self.foldable: set[str] = set()  # affine ops that are batch norms
        self._rename = rename
        self._unnamed: set[str] = set()

    def add(self, kind: str, inputs: Sequence[Value], shape: Shape, **attributes: Any) -> Value:
        """Append an op; tensors among its attributes are constants."""
        name = f"op{self._count}"
        self._count += 1
        named = {
            key: self.tensor_name(value) if isinstance(value, Constant) else value
            for key, value in attributes.items()
        }
        names = tuple(value.name for value in inputs)
        self.ops[name] = KINDS[kind](name=name, inputs=names, shape=shape, **named)
        return Value(name, shape)

    def tensor_name(self, constant: Constant) -> str:
        """The name of a constant among the tensors, where it is put on its first use."""
        if constant.tensor.dtype != torch.float32:
            raise InvalidInputError(
                f"the {self.network} has a tensor {brief(constant.name)} of "
                f"{constant.tensor.dtype}; convert the module with .float()"
            )
        if constant.name is not None and is_parameter_name(name := self._rename(constant.name)):
            self.tensors[name] = constant.tensor
            return name
        for name in self._unnamed:
            if self.tensors[name] is constant.tensor:
                return name
        name = f"unnamed-{len(self._unnamed)}"
        self._unnamed.add(name)
        self.tensors[name] = constant.tensor
        return name

    def shape(self, name: str) -> Shape:
        """The shape of the input or of an op."""
        return self.input.shape if name == self.input.name else self.ops[name].shape

    def affine(self, value: Value, scale: Tensor, shift: Tensor) -> Value:
        """Scale · x + shift, with tensors of one number or of one a channel."""
        tensors = {"scale": Constant(scale), "shift": Constant(shift)}
        return self.add("affine", [value], value.shape, **tensors)

    def reshape(self, value: Value, shape: Shape) -> Value:
        """The value under another shape; a reshape of a reshape is one op."""
        if value.shape == shape:
            return value
        while value.name in self.ops and self.ops[value.name].kind in ("reshape", "flatten"):
            (source,) = self.ops[value.name].inputs
            value = Value(source, self.shape(source))
        if value.shape == shape:
            return value
        return self.add("flatten" if len(shape) == 1 else "reshape", [value], shape)

    def finish(self, outputs: dict[str, Value], taken: set[str]) -> tuple[Graph, dict[str, Tensor]]:
        """The graph of the ops that the outputs need, and its tensors; `taken` gets their names."""
        names = {self.input.name: self.input.name}
        counts: dict[str, int] = {}
        renamed: dict[str, str] = {}
        ops, tensors = [], {}
        self.prune(outputs.values())
        for op in self.ops.values():
            counts[op.kind] = counts.get(op.kind, 0) + 1
            names[op.name] = f"{op.kind}_{counts[op.kind]}"
            for attribute, name in op.tensors().items():
                if name not in renamed:
                    new = f"{self.network}.{names[op.name]}.{attribute}"
                    renamed[name] = _free(new, taken) if name in self._unnamed else name
                    taken.add(renamed[name])
                    tensors[renamed[name]] = (
                        self.tensors[name]
                        .detach()
                        .cpu()
                        .clone(memory_format=torch.contiguous_format)
                    )
            attributes: dict[str, Any] = {key: renamed[name] for key, name in op.tensors().items()}
            inputs = tuple(names[name] for name in op.inputs)
            ops.append(dataclasses.replace(op, name=names[op.name], inputs=inputs, **attributes))
        graph = Graph(
            input_name=self.input.name,
            input_shape=self.input.shape,
            ops=tuple(ops),
            outputs={output: names[value.name] for output, value in outputs.items()},
        )
        return graph, tensors

    def prune(self, results: Iterable[Value]) -> None:
        """Drop the ops that these results do not need."""
        needed = {value.name for value in results}
        for op in reversed(self.ops.values()):
            if op.name in needed:
                needed |= set(op.inputs)
        self.ops = {name: op for name, op in self.ops.items() if name in needed}


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def number(value: float) -> Tensor:
    """A tensor of one number."""
    return torch.tensor([value], dtype=torch.float32)
