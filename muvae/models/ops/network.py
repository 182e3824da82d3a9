"""Modules built from lists of ops, their parameters named as in the file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from muvae.errors import InvalidInputError
from muvae.models.ops.fields import Shape, is_tensor_name
from muvae.models.ops.graph import Graph
from muvae.models.ops.networks import Networks
from muvae.models.ops.op import Op

_PLAIN = nn.Module()
_OWN = {"graph", "networks", "encode", "decode"}  # what the classes below have at their root


def is_parameter_name(name: str) -> bool:
    """Whether a parameter of a network can have this dotted name."""
    parts = name.split(".")
    taken = parts[0] in _OWN or any(hasattr(_PLAIN, part) for part in parts)
    return is_tensor_name(name) and not taken


@dataclass(frozen=True)
class _Step:
    """One op, where its tensors are, what it is the last to read, and whether it is a result.

    A tensor is looked up by the module that holds it, at each run: it may be replaced at any time
    (load_state_dict with assign, to_empty).
    """

    op: Op
    tensors: tuple[tuple[str, nn.Module, str], ...]
    done: tuple[str, ...]
    is_result: bool

    def run(
        self, known: dict[str, Tensor], floats: dict[str, Tensor], autocast: bool, device: str
    ) -> None:
        """Put the op's output among the values, and drop those that nothing reads any more."""
        op = self.op
        tensors = {attribute: getattr(place, leaf) for attribute, place, leaf in self.tensors}
        if autocast and self.is_result:
            # What a network hands out is computed in float32 also under autocast: μ and log σ² set
            # the scale of the whole latent space. Each value is converted once, so that the
            # gradients of several results add up in float32.
            with torch.autocast(device, enabled=False):
                for name in op.inputs:
                    if name not in floats:
                        floats[name] = known[name].float()
                known[op.name] = op.run([floats[name] for name in op.inputs], tensors)
        else:
            known[op.name] = op.run([known[name] for name in op.inputs], tensors)
        for name in self.done:
            del known[name]


class _Parameters(nn.Module):
    """A tree of empty modules, so that the keys of the state_dict are the tensors' names."""

    def _register(self, tensors: Mapping[str, Shape], names: Sequence[str]) -> None:
        for name in names:
            *path, leaf = name.split(".")
            place: nn.Module = self
            try:
                if not is_parameter_name(name):
                    raise KeyError(name)
                for part in path:
                    if part not in place._modules:
                        place.add_module(part, nn.Module())
                    place = place.get_submodule(part)
                place.register_parameter(leaf, nn.Parameter(torch.empty(tuple(tensors[name]))))
            except KeyError:
                raise InvalidInputError(
                    f'tensor "{name}" has a name that a module cannot use; rename it'
                ) from None

    def _steps(self, graph: Graph) -> list[_Step]:
        last: dict[str, int] = {}
        for index, op in enumerate(graph.ops):
            last |= dict.fromkeys((*op.inputs, op.name), index)
        results = set(graph.outputs.values())
        steps = []
        for index, op in enumerate(graph.ops):
            places = []
            for attribute, name in op.tensors().items():
                path, _, leaf = name.rpartition(".")
                places.append((attribute, self.get_submodule(path), leaf))
            done = (name for name in (*op.inputs, op.name) if last[name] == index)
            steps.append(
                _Step(
                    op=op,
                    tensors=tuple(places),
                    done=tuple(name for name in dict.fromkeys(done) if name not in results),
                    is_result=op.name in results,
                )
            )
        return steps


def _run(graph: Graph, steps: list[_Step], values: Tensor) -> dict[str, Tensor]:
    if tuple(values.shape[1:]) != graph.input_shape:
        raise InvalidInputError(
            f"{graph.input_name} has shape {list(values.shape)}; it must have "
            f"[N, {', '.join(map(str, graph.input_shape))}]"
        )
    device = values.device.type
    autocast = torch.is_autocast_enabled(device)
    known = {graph.input_name: values}
    floats: dict[str, Tensor] = {}
    for step in steps:
        step.run(known, floats, autocast, device)
    return {output: known[name] for output, name in graph.outputs.items()}


@final
class Network(_Parameters):
    """One list of ops as a module; `state_dict` has the names of the graph's tensors.

    The parameters are not initialised: load them, or draw them. `tensors` tells their shapes, as a
    safetensors header does; InvalidInputError where one is missing or does not fit its op.
    """

    def __init__(self, graph: Graph, tensors: Mapping[str, Shape]) -> None:
        graph.check_tensors(tensors)
        super().__init__()
        self.graph = graph
        self._graph_steps: list[_Step] = []
        self._register(tensors, graph.tensor_names())
        self._graph_steps = self._steps(graph)

    def forward(self, values: Tensor) -> dict[str, Tensor]:
        """The outputs, by name, of a batch [N, ...] of inputs."""
        return _run(self.graph, self._graph_steps, values)


@final
class EncoderDecoder(_Parameters):
    """Both networks of a VAE as one module, without the clipping of Eq. 5, which is not an op.

    As in `Network`, parameters carry the names of the file and are not initialised.
    """

    def __init__(self, networks: Networks, tensors: Mapping[str, Shape]) -> None:
        networks.check_tensors(tensors)
        super().__init__()
        self.networks = networks
        self._encoder_steps: list[_Step] = []
        self._decoder_steps: list[_Step] = []
        self._register(tensors, networks.tensor_names())
        self._encoder_steps = self._steps(networks.encoder)
        self._decoder_steps = self._steps(networks.decoder)

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Mean [N,D], not clipped, and log_var [N,D] of images [N,C,H,W] in [0, 1]."""
        outputs = _run(self.networks.encoder, self._encoder_steps, images)
        return outputs["mean"], outputs["log_var"]

    def decode(self, codes: Tensor) -> Tensor:
        """Images [N,C,H,W] of codes [N,D]."""
        return _run(self.networks.decoder, self._decoder_steps, codes)["image"]
