"""What the arguments of a traced operator can be, and the operator's call itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from torch import Tensor, fx

from muvae.errors import InvalidInputError
from muvae.models.ops.fields import Shape, batched
from muvae.parameters import brief

# How many items a batch has while a network is traced: a number that other sizes rarely have.
BATCH = 7


@dataclass(frozen=True)
class Value:
    """What the network computes: its input, or an op's output; the shape has no batch dimension."""

    name: str
    shape: Shape


@dataclass(eq=False)
class Constant:
    """A tensor that does not depend on the input; `name` is that of a parameter used as it is."""

    tensor: Tensor
    name: str | None = None


@dataclass(frozen=True)
class Call:
    """One traced operator: its arguments by name, and the network that it belongs to."""

    network: str
    node: fx.Node
    arguments: Mapping[str, Any]

    def __getitem__(self, argument: str) -> Any:
        if argument not in self.arguments:
            self.refuse(f'it is called without "{argument}", which no op does')
        return self.arguments[argument]

    @property
    def operator(self) -> str:
        """The operator's name: "aten.relu"."""
        return str(self.node.target).removesuffix(".default")

    @property
    def shape(self) -> Shape:
        """The output's shape without its batch dimension, which must be the first."""
        return self.shape_of(self.node.meta.get("val"))

    @property
    def shapes(self) -> list[Shape]:
        """As `shape`, of each of several outputs."""
        return [self.shape_of(value) for value in self.node.meta["val"]]

    def shape_of(self, value: Any) -> Shape:
        """The shape of one traced output, without the batch dimension."""
        if not isinstance(value, Tensor) or value.dim() < 2:
            self.refuse("its output is not a batch of numbers")
        if not all(isinstance(side, int) for side in value.shape):
            self.refuse("the shape of its output depends on numbers that only a run tells")
        if value.shape[0] != BATCH:
            self.refuse("it mixes the items of a batch; keep the batch as the first dimension")
        return tuple(value.shape[1:])

    def value(self, argument: str = "self", rank: int | None = None) -> Value:
        """An argument that the network must have computed: features (rank 1) or maps (rank 3)."""
        value = self[argument]
        if not isinstance(value, Value):
            self.refuse(f'its argument "{argument}" does not come from the network\'s input')
        if rank is not None and len(value.shape) != rank:
            what = {1: "features [N,F]", 3: "maps [N,C,H,W]"}[rank]
            self.refuse(f"its input has shape {batched(value.shape)}; give it {what}")
        return value

    def constant(self, argument: str) -> Constant:
        """An argument that must not depend on the input, such as a weight."""
        constant = self[argument]
        if not isinstance(constant, Constant):
            self.refuse(f'its argument "{argument}" depends on the input; make it a parameter')
        return constant

    def optional(self, argument: str) -> Constant | None:
        """As `constant`, or None."""
        return None if self[argument] is None else self.constant(argument)

    def refuse(self, reason: str) -> NoReturn:
        """Raise an InvalidInputError that names the operator, its module and the reason."""
        raise InvalidInputError(
            f"the {self.network} cannot become a list of ops: {self.operator} "
            f"{where(self.node)}: {reason}"
        )


def where(node: fx.Node) -> str:
    """The module that a traced operator comes from, as a message names it."""
    stack = [
        (path, kind)
        for path, kind in (node.meta.get("nn_module_stack") or {}).values()
        if path.startswith("module")
    ]
    if not stack:
        return "in its forward method"
    path, kind = stack[-1]
    kind = kind if isinstance(kind, str) else kind.__name__
    kind = kind.rpartition(".")[2]
    path = path.removeprefix("module").removeprefix(".")
    return f"in {brief(path)} ({kind})" if path else f"in the forward method of {kind}"
