"""A module's operators, as torch.export traces them, and what it returns."""

import operator
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind

from muvae.errors import InvalidInputError
from muvae.models.ops.export.builder import Builder
from muvae.models.ops.export.rules import RULES
from muvae.models.ops.export.values import BATCH, Call, Constant, Value
from muvae.models.ops.fields import Shape, first_line
from muvae.models.ops.graph import KINDS
from muvae.parameters import brief

# Operators that pass their first argument on as it is.
UNCHANGED = {"aten.alias", "aten.clone", "aten.contiguous", "aten.detach", "aten.lift_fresh_copy"}
# Checks that torch.export leaves in the graph, and sizes.
IGNORED = {"aten._assert_tensor_metadata", "aten._assert_scalar", "aten._assert_async",
           "aten.sym_constrain_range_for_size", "aten.sym_constrain_range"}  # fmt: skip
WRAPPERS = {"wrap_with_autocast": 4, "wrap_with_set_grad_enabled": 1}  # their leading arguments


class Adapter(nn.Module):
    """A network that returns a tuple of tensors, whatever the module or method returns."""

    def __init__(
        self, network: Callable[..., Any], read: Callable[[Any], tuple[Tensor, ...]]
    ) -> None:
        super().__init__()
        self.module = owner(network)
        # What has an owner and is not it is a bound method, which Callable does not say.
        self.method: Callable[..., Any] | None = (
            None if network is self.module else network.__func__  # type: ignore[attr-defined]
        )
        self.read = read

    def forward(self, values: Tensor) -> tuple[Tensor, ...]:
        method = self.method
        return self.read(self.module(values) if method is None else method(self.module, values))


def owner(network: Callable[..., Any]) -> nn.Module:
    """The module itself, or the one that a method belongs to."""
    module = network if isinstance(network, nn.Module) else getattr(network, "__self__", None)
    if not isinstance(module, nn.Module):
        raise InvalidInputError(
            f"{brief(network)} is no network; give a torch.nn.Module, or a method of one"
        )
    return module


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """The module in eval mode without gradients; each part has its own mode again afterwards."""
    modes = {part: part.training for part in module.modules()}
    module.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for part, mode in modes.items():
            part.training = mode


def trace(network: str, adapter: Adapter, shape: Shape) -> ExportedProgram:
    """The module's operators on a batch; InvalidInputError where torch.export cannot tell them.

    The batch has a fixed size, as many modules ask for it with len(), which is a plain number to
    torch.export. Rules keep the batch as the first dimension, and the result is compared with the
    module on a batch of another size.
    """
    device = next((tensor.device for tensor in adapter.state_dict().values()), torch.device("cpu"))
    example = torch.zeros(BATCH, *shape, device=device)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program: ExportedProgram = torch.export.export(adapter, (example,), strict=False)
            if any(_changes_a_shared_value(node) for node in program.graph.nodes):
                # The same operators, none of them in place; it takes longer than all the rest.
                program = program.run_decompositions({})
            return program
    except InvalidInputError:
        raise
    except Exception as error:  # torch.export raises errors of many kinds
        raise InvalidInputError(
            f"the {network} cannot become a list of ops: torch.export refuses it: "
            f"{first_line(error)}"
        ) from error


def _changes_a_shared_value(node: fx.Node) -> bool:
    """Whether an operator writes where another may read; ReLU in place after its layer does not."""
    if node.op != "call_function" or node.target is operator.getitem:
        return False
    if not isinstance(node.target, torch._ops.OpOverload):
        return True  # a region of its own, which may hold anything
    if not node.target._schema.is_mutable:
        return False
    changed = node.args[0] if node.args else None
    if not isinstance(changed, fx.Node) or changed.op != "call_function" or len(changed.users) > 1:
        return True
    source = changed.target
    if not isinstance(source, torch._ops.OpOverload) or "dropout" in str(source):
        return True  # in eval mode dropout hands on its input itself
    returns = source._schema.returns
    return not source._schema.is_mutable and any(value.alias_info for value in returns)


def translate(builder: Builder, program: ExportedProgram) -> Sequence[Any]:
    """The ops of a traced program, put into the builder; returns the program's outputs."""
    signature = program.graph_signature
    tensors = dict(program.state_dict) | dict(program.constants)
    specs = {spec.arg.name: spec for spec in signature.input_specs}
    environment: dict[fx.Node, Any] = {}
    for node in program.graph.nodes:
        if node.op == "placeholder":
            spec = specs[node.name]
            if spec.kind == InputKind.USER_INPUT:
                environment[node] = builder.input
            else:
                name = spec.target if spec.kind != InputKind.CONSTANT_TENSOR else None
                tensor = tensors[spec.target]
                name = name and name.removeprefix("module.")
                environment[node] = Constant(tensor, name)
    for spec in signature.output_specs:
        if spec.kind.name != "USER_OUTPUT":
            raise InvalidInputError(
                f"the {builder.network} changes its buffer {brief(spec.target)} while it runs; "
                "leave buffers alone in eval mode"
            )
    return _translate(builder, program.graph_module, environment)


def _translate(
    builder: Builder, module: fx.GraphModule, environment: dict[fx.Node, Any]
) -> Sequence[Any]:
    outputs: Sequence[Any] = ()
    for node in module.graph.nodes:
        match node.op:
            case "placeholder":
                pass
            case "output":
                outputs = fx.map_arg(node.args[0], environment.__getitem__)
            case "get_attr":
                attribute = getattr(module, node.target)
                environment[node] = (
                    Constant(attribute) if isinstance(attribute, Tensor) else attribute
                )
            case _:
                environment[node] = _result(builder, node, environment)
    return outputs


def _result(builder: Builder, node: fx.Node, environment: dict[fx.Node, Any]) -> Any:
    resolved: Any = fx.map_arg((node.args, node.kwargs), environment.__getitem__)
    args, kwargs = resolved
    target = node.target
    if target is operator.getitem:
        return args[0][args[1]]
    call = Call(builder.network, node, _bound(target, args, kwargs))
    if isinstance(target, torch._ops.HigherOrderOperator):
        return _inside(builder, call, args)
    if call.operator in IGNORED:
        return None
    if call.operator in UNCHANGED:
        return args[0]
    if not any(isinstance(part, Value) for part in _leaves((args, kwargs))):
        return _folded(call, args, kwargs)
    if str(target).startswith("aten.") and (rule := RULES.get(_packet(target))):
        return rule(builder, call)
    if any(word in call.operator for word in ("rand", "normal", "bernoulli")):
        call.refuse("it draws random numbers; return the mean instead")
    return call.refuse(f"no op does this; use only {', '.join(KINDS)}")


def _inside(builder: Builder, call: Call, args: Sequence[Any]) -> Any:
    """The ops of a region under torch.no_grad or under autocast that is switched off."""
    name = str(call.node.target)
    if name not in WRAPPERS or (name == "wrap_with_autocast" and args[2]):
        call.refuse("no op does this; leave control flow and autocast out of the module")
    module, *inputs = args[WRAPPERS[name] :]
    starts = [node for node in module.graph.nodes if node.op == "placeholder"]
    return _translate(builder, module, dict(zip(starts, inputs, strict=True)))


def _folded(call: Call, args: Any, kwargs: Any) -> Any:
    """What an operator makes of constants alone: weight norm, say, or a transposed weight."""
    # The target of a call is an operator; torch.fx types it as any kind of target, names too.
    target = call.node.target
    if torch.Tag.nondeterministic_seeded in target.tags:  # type: ignore[union-attr]
        call.refuse("it draws random numbers; return the mean instead")
    plain_args, plain_kwargs = _plain((args, kwargs))
    result = target(*plain_args, **plain_kwargs)  # type: ignore[operator]
    if isinstance(result, Tensor):
        return Constant(result)
    if isinstance(result, list | tuple):
        return tuple(Constant(part) if isinstance(part, Tensor) else part for part in result)
    return result


def _bound(target: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(target, torch._ops.OpOverload):
        return dict(kwargs)
    arguments = target._schema.arguments
    bound = {argument.name: argument.default_value for argument in arguments}
    bound |= {argument.name: value for argument, value in zip(arguments, args, strict=False)}
    return bound | dict(kwargs)


def _packet(target: Any) -> str:
    """The operator's name without its overload, in place or not: aten.relu for aten.relu_."""
    return str(target.overloadpacket).removesuffix("_")


def _leaves(values: Any) -> Iterator[Any]:
    if isinstance(values, dict):
        values = values.values()
    if isinstance(values, list | tuple | type({}.values())):
        for value in values:
            yield from _leaves(value)
    else:
        yield values


def _plain(values: Any) -> Any:
    if isinstance(values, Constant):
        return values.tensor
    if isinstance(values, list | tuple):
        return type(values)(_plain(value) for value in values)
    if isinstance(values, dict):
        return {key: _plain(value) for key, value in values.items()}
    return values
