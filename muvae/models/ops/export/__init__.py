"""Any encoder and decoder of PyTorch as lists of ops, by torch.export."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from muvae.errors import InvalidInputError
from muvae.models.ops.export import outputs
from muvae.models.ops.export.builder import Builder
from muvae.models.ops.export.rules_layers import fold
from muvae.models.ops.export.trace import Adapter, evaluating, owner, trace, translate
from muvae.models.ops.export.values import Value
from muvae.models.ops.fields import Shape, batched, first_line
from muvae.models.ops.graph import Graph
from muvae.models.ops.network import Network
from muvae.models.ops.networks import Networks

Tensors = dict[str, Tensor]


def export_networks(
    encoder: Callable[..., Any],
    decoder: Callable[..., Any],
    image_shape: tuple[int, int, int],
    latent_dim: int,
) -> tuple[Networks, Tensors]:
    """Encoder and decoder as lists of ops, with their tensors by name.

    Each is a module or a method of one (`vae.encode`). The encoder takes images [N,C,H,W] and
    returns (mean, log_var), each [N,D], or an object with these attributes; the decoder takes codes
    [N,D] and returns images. Both are taken as they are in eval mode and left as they were. A
    parameter that is used as it is keeps its name, after "encoder." or "decoder."; where both are
    methods of one module, its own name. InvalidInputError names what has no op.
    """
    shared = owner(encoder) is owner(decoder)
    return _export(
        encoder,
        decoder,
        image_shape,
        latent_dim,
        lambda name: name if shared else f"encoder.{name}",
        lambda name: name if shared else f"decoder.{name}",
    )


def _export(
    encoder: Callable[..., Any],
    decoder: Callable[..., Any],
    image_shape: tuple[int, int, int],
    latent_dim: int,
    encoder_name: Callable[[str], str],
    decoder_name: Callable[[str], str],
) -> tuple[Networks, Tensors]:
    taken = {encoder_name(name) for name in owner(encoder).state_dict()}
    taken |= {decoder_name(name) for name in owner(decoder).state_dict()}
    code = (latent_dim,)
    encoder_graph, encoder_tensors = _graph(
        "encoder",
        Adapter(encoder, outputs.posterior),
        Value("image", tuple(image_shape)),
        {"mean": code, "log_var": code},
        encoder_name,
        taken,
    )
    decoder_graph, decoder_tensors = _graph(
        "decoder",
        Adapter(decoder, outputs.image),
        Value("code", code),
        {"image": tuple(image_shape)},
        decoder_name,
        taken,
    )
    return Networks(encoder_graph, decoder_graph), encoder_tensors | decoder_tensors


def _graph(
    network: str,
    adapter: Adapter,
    start: Value,
    results: dict[str, Shape],
    rename: Callable[[str], str],
    taken: set[str],
) -> tuple[Graph, Tensors]:
    with evaluating(adapter):
        inputs = _examples(adapter, start)
        expected = _run(network, adapter, inputs)
        builder = Builder(network, start, rename)
        values = translate(builder, trace(network, adapter, start.shape))
        ends = {
            output: _end(builder, output, value, shape)
            for (output, shape), value in zip(results.items(), values, strict=True)
        }
        builder.prune(ends.values())
        fold(builder, ends.values())
        graph, tensors = builder.finish(ends, taken)
        _verify(network, graph, tensors, inputs, expected)
    return graph, tensors


def _examples(adapter: Adapter, start: Value) -> Tensor:
    """Three inputs as they may come: images in [0, 1], codes around 0."""
    generator = torch.Generator().manual_seed(0)
    draw = torch.rand if start.name == "image" else torch.randn
    device = next((tensor.device for tensor in adapter.state_dict().values()), torch.device("cpu"))
    return draw(3, *start.shape, generator=generator).to(device)


def _run(network: str, adapter: Adapter, inputs: Tensor) -> tuple[Tensor, ...]:
    try:
        return tuple(output.cpu() for output in adapter(inputs))
    except InvalidInputError:
        raise
    except Exception as error:  # a foreign module may raise anything
        raise InvalidInputError(
            f"the {network} fails on an input of shape {list(inputs.shape)}: {first_line(error)}"
        ) from error


def _end(builder: Builder, output: str, value: Any, shape: Shape) -> Value:
    if not isinstance(value, Value):
        raise InvalidInputError(
            f'the {builder.network}\'s output "{output}" does not depend on its input; '
            "let it compute something"
        )
    if torch.Size(value.shape).numel() != torch.Size(shape).numel():
        raise InvalidInputError(
            f'the {builder.network}\'s output "{output}" has shape {batched(value.shape)}; it '
            f"must have {batched(shape)}"
        )
    if value == builder.input:  # handed on as it is: an output must be an op's
        return builder.add("flatten" if len(shape) == 1 else "reshape", [value], shape)
    return builder.reshape(value, shape)


def _verify(
    network: str, graph: Graph, tensors: Tensors, inputs: Tensor, expected: tuple[Tensor, ...]
) -> None:
    """InvalidInputError unless the list of ops computes what the module itself computes."""
    rebuilt = Network(graph, {name: tuple(tensor.shape) for name, tensor in tensors.items()})
    rebuilt.load_state_dict(tensors)
    for (output, found), target in zip(rebuilt(inputs.cpu()).items(), expected, strict=True):
        target = target.reshape(found.shape)
        scale = target.abs().max().item()
        difference = (found - target).abs().max().item()
        if not difference <= 1e-3 * max(scale, 1e-3):
            raise InvalidInputError(
                f'the {network}\'s output "{output}" differs by {difference:.2g} from what its '
                "list of ops computes; make sure that it computes the same at every call"
            )
