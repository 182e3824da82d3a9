"""The two networks of a VAE as networks.json has them: encoder and decoder."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from muvae.errors import InvalidInputError
from muvae.models.ops.fields import Shape
from muvae.models.ops.graph import FORMAT, Graph, Size, members
from muvae.parameters import brief


@dataclass(frozen=True)
class Networks:
    """Encoder, images [C,H,W] to mean [D] and log_var [D], and decoder, codes [D] to images."""

    encoder: Graph
    decoder: Graph

    def __post_init__(self) -> None:
        _require_outputs("encoder", self.encoder, "image", {"mean", "log_var"})
        _require_outputs("decoder", self.decoder, "code", {"image"})
        code, image = self.decoder.input_shape, self.encoder.input_shape
        _require_shape("code", code, 1, "[D]")
        _require_shape("image", image, 3, "[C,H,W]")
        for graph, output, expected in (
            (self.encoder, "mean", code),
            (self.encoder, "log_var", code),
            (self.decoder, "image", image),
        ):
            if (shape := graph.output_shape(output)) != expected:
                raise InvalidInputError(
                    f'output "{output}" has shape {list(shape)}; it must have {list(expected)}, '
                    "as the other network's input has"
                )

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of the images."""
        channels, height, width = self.encoder.input_shape
        return channels, height, width

    @property
    def latent_dim(self) -> int:
        """How many dimensions D a code has."""
        return self.decoder.input_shape[0]

    def tensor_names(self) -> list[str]:
        """The names of all tensors of both networks, each once, in the order of the ops."""
        return list(dict.fromkeys(self.encoder.tensor_names() + self.decoder.tensor_names()))

    def check_tensors(self, tensors: Mapping[str, Shape]) -> None:
        """InvalidInputError unless these are the tensors of the two networks, no more, no less."""
        self.encoder.check_tensors(tensors)
        self.decoder.check_tensors(tensors)
        names = set(self.tensor_names())
        for name in tensors:
            if name not in names:
                raise InvalidInputError(
                    f"tensor {brief(name)} belongs to no op; remove it or name it in an op"
                )

    def size(self, tensors: Mapping[str, Shape]) -> Size:
        """How big both are: parameters (a shared one counts once), multiply-adds of one image."""
        parts = [self.encoder.size(tensors), self.decoder.size(tensors)]
        return Size(
            parameters=sum(math.prod(tensors[name]) for name in self.tensor_names()),
            multiply_adds=sum(part.multiply_adds for part in parts),
        )

    @classmethod
    def from_json(cls, values: object) -> Self:
        """Build from the parsed networks.json; InvalidInputError names what is wrong."""
        parts = members("networks.json", values, ("format", "encoder", "decoder"))
        if parts["format"] != FORMAT or isinstance(parts["format"], bool):
            raise InvalidInputError(
                f"networks.json: its format is {brief(parts['format'])}; it must be {FORMAT}"
            )
        graphs = {}
        for name in ("encoder", "decoder"):
            try:
                graphs[name] = Graph.from_json(parts[name])
            except InvalidInputError as error:
                raise InvalidInputError(f"{name}: {error}") from error
        return cls(**graphs)

    def to_json(self) -> dict[str, Any]:
        """The JSON values of networks.json; `from_json` makes equal networks of them."""
        return {
            "format": FORMAT,
            "encoder": self.encoder.to_json(),
            "decoder": self.decoder.to_json(),
        }


def _require_outputs(network: str, graph: Graph, input_name: str, outputs: set[str]) -> None:
    if graph.input_name != input_name:
        raise InvalidInputError(
            f'{network}: its input is "{graph.input_name}"; it must be "{input_name}"'
        )
    if set(graph.outputs) != outputs:
        raise InvalidInputError(
            f"{network}: its outputs are {brief(sorted(graph.outputs))}; they must be "
            f"{sorted(outputs)}"
        )


def _require_shape(name: str, shape: Shape, rank: int, expected: str) -> None:
    if len(shape) != rank:
        raise InvalidInputError(f'input "{name}" has shape {list(shape)}; it must be {expected}')
