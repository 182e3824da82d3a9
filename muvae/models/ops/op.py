"""What all ops share: a name, inputs, the shape of the output, and checked attributes."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from torch import Tensor

from muvae.errors import InvalidInputError
from muvae.models.ops.fields import Shape, is_name, is_shape
from muvae.parameters import brief, require

MOST_INPUTS = 64


@dataclass(frozen=True)
class Op:
    """One step of a network, for one image or code: shapes are without the batch dimension.

    `inputs` names the network's input or earlier ops. A subclass adds its attributes as checked
    fields, and says how its output's shape follows from its inputs' and its tensors' shapes.
    """

    name: str
    inputs: tuple[str, ...]
    shape: Shape

    kind: ClassVar[str]
    least_inputs: ClassVar[int] = 1
    most_inputs: ClassVar[int] = 1

    def __post_init__(self) -> None:
        require(
            is_name(self.name),
            "op: its name",
            self.name,
            "1 to 64 of a-z, 0-9 and '_', starting with a letter",
        )
        require(
            isinstance(self.inputs, tuple)
            and self.least_inputs <= len(self.inputs) <= self.most_inputs
            and all(is_name(name) for name in self.inputs),
            f"{self.where}: inputs",
            self.inputs,
            "the name of one earlier op or of the input"
            if self.most_inputs == 1
            else f"the names of {self.least_inputs} to {self.most_inputs} earlier ops"
            if self.least_inputs < self.most_inputs
            else f"the names of {self.least_inputs} earlier ops",
        )
        require(
            is_shape(self.shape),
            f"{self.where}: shape",
            self.shape,
            "one to three whole numbers from 1, with a product of at most 2**24",
        )
        for field in dataclasses.fields(self):
            if "check" in field.metadata:
                value = getattr(self, field.name)
                require(
                    field.metadata["check"](value),
                    f"{self.where}: {field.name}",
                    value,
                    field.metadata["expected"],
                )

    @property
    def where(self) -> str:
        """The op as a message names it."""
        return f'op "{self.name}" ({self.kind})'

    def tensors(self) -> dict[str, str]:
        """The names of the tensors that the op reads, by attribute; an absent bias is left out."""
        names = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if _is_tensor(f)}
        return {attribute: name for attribute, name in names.items() if name is not None}

    def check_inputs(self, inputs: Sequence[Shape]) -> None:
        """InvalidInputError where the output's shape does not follow from the inputs' shapes."""
        raise NotImplementedError

    def check_tensors(self, inputs: Sequence[Shape], tensors: Mapping[str, Shape]) -> None:
        """InvalidInputError where the tensors' shapes (by attribute) do not fit the op."""

    def multiply_adds(self, inputs: Sequence[Shape], tensors: Mapping[str, Shape]) -> int:
        """How many multiplications with additions one image costs; an activation counts as one."""
        raise NotImplementedError

    def run(self, inputs: Sequence[Tensor], tensors: Mapping[str, Tensor]) -> Tensor:
        """The output [N, *shape] of inputs [N, ...] and of the tensors by attribute."""
        raise NotImplementedError

    def require_shape(self, expected: Shape, because: str) -> None:
        """InvalidInputError unless the output has the shape that follows from `because`."""
        if self.shape != expected:
            raise InvalidInputError(
                f"{self.where}: shape is {list(self.shape)}; from {because} it must be "
                f"{list(expected)}"
            )

    def require_tensor(self, attribute: str, shape: Shape, expected: Shape) -> None:
        """InvalidInputError unless a tensor has the shape that the op needs."""
        if shape != expected:
            raise InvalidInputError(
                f'{self.where}: {attribute} "{self.tensors()[attribute]}" has shape '
                f"{list(shape)}; it must have {list(expected)}"
            )

    def require_rank(self, inputs: Sequence[Shape], rank: int) -> None:
        """InvalidInputError unless all inputs are features (rank 1) or maps (rank 3)."""
        what = {1: "features [F]", 3: "maps [C,H,W]"}[rank]
        for shape in inputs:
            if len(shape) != rank:
                raise InvalidInputError(
                    f"{self.where}: its input has shape {list(shape)}; it must be {what}"
                )

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> Self:
        """Build from a JSON object whose "op" is this kind; unknown and missing keys are errors."""
        where = f"op {brief(values.get('name'))} ({cls.kind})"
        known = {field.name for field in dataclasses.fields(cls)} | {"op"}
        for key in values:
            if key not in known:
                raise InvalidInputError(f"{where} has an unknown attribute {brief(key)}; remove it")
        for key in sorted(known):
            if key not in values:
                raise InvalidInputError(f'{where} lacks the attribute "{key}"; add it')
        return cls(**{key: _tupled(value) for key, value in values.items() if key != "op"})

    def to_json(self) -> dict[str, Any]:
        """The JSON object: name, op, inputs and shape, then the attributes."""
        values = dataclasses.asdict(self)
        return {"name": values.pop("name"), "op": self.kind} | {
            key: list(value) if isinstance(value, tuple) else value for key, value in values.items()
        }


def _tupled(value: object) -> Any:
    # A list too long for any attribute stays a list, and is refused as such.
    return tuple(value) if isinstance(value, list) and len(value) <= MOST_INPUTS else value


def _is_tensor(field: "dataclasses.Field[Any]") -> bool:
    return bool(field.metadata.get("tensor", False))
