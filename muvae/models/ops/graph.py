"""Networks as lists of ops, to JSON (networks.json) and back; every value is checked."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from muvae.errors import InvalidInputError
from muvae.models.ops.activations import (
    Elu,
    Gelu,
    LeakyRelu,
    Relu,
    Sigmoid,
    Silu,
    Softplus,
    Tanh,
)
from muvae.models.ops.fields import Shape, is_name, is_shape
from muvae.models.ops.layers import Affine, Conv2d, ConvTranspose2d, Linear
from muvae.models.ops.maps import Add, AvgPool, Concat, Flatten, MaxPool, Reshape, Upsample
from muvae.models.ops.op import Op
from muvae.parameters import brief, require

FORMAT = 1
MOST_OPS = 1000
MOST_TOTAL = 2**26  # numbers in the outputs of all ops together, for one image
KINDS: dict[str, type[Op]] = {
    kind.kind: kind
    for kind in (
        Linear, Conv2d, ConvTranspose2d, Relu, Tanh, Sigmoid, Silu, LeakyRelu, Elu, Gelu, Softplus,
        Reshape, Flatten, Upsample, AvgPool, MaxPool, Add, Concat, Affine,
    )
}  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How big a network is: its parameters, and multiply-adds for one image."""

    parameters: int
    multiply_adds: int


@dataclass(frozen=True)
class Graph:
    """A network: ops in the order of execution, each reading the input or earlier ops.

    `outputs` tells which ops are the results, by name. Shapes are without the batch dimension.
    """

    input_name: str
    input_shape: Shape
    ops: tuple[Op, ...]
    outputs: Mapping[str, str]

    def __post_init__(self) -> None:
        require(is_name(self.input_name), "input: its name", self.input_name, "a plain name")
        require(
            is_shape(self.input_shape),
            "input: shape",
            self.input_shape,
            "one to three whole numbers from 1, with a product of at most 2**24",
        )
        require(1 <= len(self.ops) <= MOST_OPS, "ops: their number", len(self.ops),
                f"from 1 to {MOST_OPS}")  # fmt: skip
        shapes = {self.input_name: self.input_shape}
        total = 0
        for op in self.ops:
            if op.name in shapes:
                raise InvalidInputError(f"{op.where}: its name is taken; give each op its own name")
            for name in op.inputs:
                if name not in shapes:
                    raise InvalidInputError(
                        f'{op.where}: its input "{name}" is neither "{self.input_name}" nor an '
                        "earlier op; name one of these"
                    )
            op.check_inputs([shapes[name] for name in op.inputs])
            shapes[op.name] = op.shape
            total += math.prod(op.shape)
            if total > MOST_TOTAL:
                raise InvalidInputError(
                    f"{op.where}: up to here the ops hold {total} numbers an image; make the "
                    f"network smaller than {MOST_TOTAL}"
                )
        for output, name in self.outputs.items():
            if name == self.input_name or name not in shapes:
                raise InvalidInputError(f'output "{output}" is {brief(name)}; it must name an op')

    def shapes(self) -> dict[str, Shape]:
        """The shapes of the input and of all ops, by name."""
        return {self.input_name: self.input_shape} | {op.name: op.shape for op in self.ops}

    def output_shape(self, output: str) -> Shape:
        """The shape of an output."""
        return self.shapes()[self.outputs[output]]

    def tensor_names(self) -> list[str]:
        """The names of all tensors that the ops read, each once, in the order of the ops."""
        return list(dict.fromkeys(name for op in self.ops for name in op.tensors().values()))

    def check_tensors(self, tensors: Mapping[str, Shape]) -> None:
        """InvalidInputError where a tensor is missing or its shape does not fit its op."""
        shapes = self.shapes()
        for op in self.ops:
            names = op.tensors()
            for attribute, name in names.items():
                if name not in tensors:
                    raise InvalidInputError(
                        f'{op.where}: its {attribute} "{name}" is not among the tensors; add it'
                    )
            op.check_tensors(
                [shapes[name] for name in op.inputs],
                {attribute: tuple(tensors[name]) for attribute, name in names.items()},
            )

    def size(self, tensors: Mapping[str, Shape]) -> Size:
        """How big the network is, with tensors of these shapes; InvalidInputError as above."""
        self.check_tensors(tensors)
        shapes = self.shapes()
        return Size(
            parameters=sum(math.prod(tensors[name]) for name in self.tensor_names()),
            multiply_adds=sum(
                op.multiply_adds(
                    [shapes[name] for name in op.inputs],
                    {attribute: tuple(tensors[name]) for attribute, name in op.tensors().items()},
                )
                for op in self.ops
            ),
        )

    @classmethod
    def from_json(cls, values: object) -> Self:
        """Build from parsed JSON; InvalidInputError names the op or key that is wrong."""
        parts = members("network", values, ("input", "ops", "outputs"))
        start = members("input", parts["input"], ("name", "shape"))
        ops, outputs = parts["ops"], parts["outputs"]
        require(isinstance(ops, list), "network: ops", ops, "a list of ops")
        require(len(ops) <= MOST_OPS, "ops: their number", len(ops), f"from 1 to {MOST_OPS}")
        require(
            isinstance(outputs, Mapping)
            and 1 <= len(outputs) <= 8
            and all(is_name(key) and is_name(name) for key, name in outputs.items()),
            "network: outputs",
            outputs,
            "an object that names an op for each output",
        )
        shape = start["shape"]
        return cls(
            input_name=start["name"],
            input_shape=tuple(shape) if isinstance(shape, list) else shape,
            ops=tuple(op_from_json(op) for op in ops),
            outputs=dict(outputs),
        )

    def to_json(self) -> dict[str, Any]:
        """The JSON values; `from_json` makes an equal graph of them."""
        return {
            "input": {"name": self.input_name, "shape": list(self.input_shape)},
            "ops": [op.to_json() for op in self.ops],
            "outputs": dict(self.outputs),
        }


def op_from_json(values: object) -> Op:
    """One op of parsed JSON; InvalidInputError where its kind is unknown or a value is wrong."""
    if not isinstance(values, Mapping):
        raise InvalidInputError(f"op is {brief(values)}; it must be an object")
    kind = values.get("op")
    if not isinstance(kind, str) or kind not in KINDS:
        raise InvalidInputError(
            f"op {brief(values.get('name'))}: its kind is {brief(kind)}; it must be one of "
            f"{', '.join(KINDS)}"
        )
    return KINDS[kind].from_json(values)


def members(where: str, values: object, keys: tuple[str, ...]) -> dict[str, Any]:
    """The members of a JSON object that has exactly these keys; else an InvalidInputError."""
    if not isinstance(values, Mapping):
        raise InvalidInputError(f"{where} is {brief(values)}; it must be an object")
    for key in values:
        if key not in keys:
            raise InvalidInputError(f"{where} has an unknown key {brief(key)}; remove it")
    for key in keys:
        if key not in values:
            raise InvalidInputError(f'{where} lacks the key "{key}"; add it')
    return dict(values)
