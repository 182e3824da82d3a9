"""Modules built from lists of ops, their parameters named as in the file."""

from collections.abc import Mapping, Sequence
from typing import final

import torch
from torch import Tensor, nn

from muvae.errors import InvalidInputError
from muvae.models.ops.fields import Shape
from muvae.models.ops.graph import Graph
from muvae.models.ops.networks import Networks


def _releases(graph: Graph) -> list[list[str]]:
    """After each op, the names that nothing reads any more, so that their memory can be freed."""
    last: dict[str, int] = {}
    for place, op in enumerate(graph.ops):
        last |= dict.fromkeys((*op.inputs, op.name), place)
    for name in graph.outputs.values():
        last.pop(name, None)
    names: list[list[str]] = [[] for _ in graph.ops]
    for name, place in last.items():
        names[place].append(name)
    return names


class _Parameters(nn.Module):
    """A tree of empty modules, so that the keys of the state_dict are the tensors' names."""

    def __init__(self) -> None:
        super().__init__()
        # Where each tensor is, so that a forward pass need not look for it by its dotted name.
        # The parameter itself may be replaced at any time (load_state_dict with assign, to_empty).
        self._places: dict[str, tuple[nn.Module, str]] = {}

    def _register(self, tensors: Mapping[str, Shape], names: Sequence[str]) -> None:
        for name in names:
            *path, leaf = name.split(".")
            place: nn.Module = self
            try:
                for part in path:
                    if part not in place._modules:
                        place.add_module(part, nn.Module())
                    child = place._modules[part]
                    assert child is not None
                    place = child
                place.register_parameter(leaf, nn.Parameter(torch.empty(tuple(tensors[name]))))
            except KeyError:
                raise InvalidInputError(
                    f'tensor "{name}" has a name that a module cannot use; rename it'
                ) from None
            self._places[name] = (place, leaf)

    def _run(self, graph: Graph, releases: list[list[str]], values: Tensor) -> dict[str, Tensor]:
        if tuple(values.shape[1:]) != graph.input_shape:
            raise InvalidInputError(
                f"{graph.input_name} has shape {list(values.shape)}; it must have "
                f"[N, {', '.join(map(str, graph.input_shape))}]"
            )
        results = set(graph.outputs.values())
        device = values.device.type
        known = {graph.input_name: values}
        for op, done in zip(graph.ops, releases, strict=True):
            inputs = [known[name] for name in op.inputs]
            tensors = {
                attribute: getattr(*self._places[name]) for attribute, name in op.tensors().items()
            }
            if op.name in results and torch.is_autocast_enabled(device):
                # What a network hands out is computed in float32 also under autocast: μ and log σ²
                # set the scale of the whole latent space.
                with torch.autocast(device, enabled=False):
                    known[op.name] = op.run([value.float() for value in inputs], tensors)
            else:
                known[op.name] = op.run(inputs, tensors)
            for name in done:
                del known[name]
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
        self._releases = _releases(graph)
        self._register(tensors, graph.tensor_names())

    def forward(self, values: Tensor) -> dict[str, Tensor]:
        """The outputs, by name, of a batch [N, ...] of inputs."""
        return self._run(self.graph, self._releases, values)


@final
class EncoderDecoder(_Parameters):
    """Both networks of a VAE as one module, without the clipping of Eq. 5, which is not an op.

    As in `Network`, parameters carry the names of the file and are not initialised.
    """

    def __init__(self, networks: Networks, tensors: Mapping[str, Shape]) -> None:
        networks.check_tensors(tensors)
        super().__init__()
        self.networks = networks
        self._encoder_releases = _releases(networks.encoder)
        self._decoder_releases = _releases(networks.decoder)
        self._register(tensors, networks.tensor_names())

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Mean [N,D], not clipped, and log_var [N,D] of images [N,C,H,W] in [0, 1]."""
        outputs = self._run(self.networks.encoder, self._encoder_releases, images)
        return outputs["mean"], outputs["log_var"]

    def decode(self, codes: Tensor) -> Tensor:
        """Images [N,C,H,W] of codes [N,D]."""
        return self._run(self.networks.decoder, self._decoder_releases, codes)["image"]
