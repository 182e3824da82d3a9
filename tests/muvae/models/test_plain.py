"""Lists of ops of plain layers: what they compute is what torch's own layers do."""

import pytest
import torch
from torch import nn

from muvae.errors import InvalidInputError
from muvae.models.ops import Network
from muvae.models.plain import PlainOps, named

ACTIVATIONS = (
    nn.ReLU(),
    nn.Tanh(),
    nn.Sigmoid(),
    nn.SiLU(),
    nn.LeakyReLU(0.3),
    nn.ELU(0.7),
    nn.GELU(),
    nn.GELU(approximate="tanh"),
    nn.Softplus(2, 5),
)
GRIDS = (
    nn.Conv2d(3, 4, 3, 2, 1),
    nn.Conv2d(3, 6, 4, 3, 1, groups=3),
    nn.Conv2d(3, 4, (1, 3), 1, (0, 2), dilation=2),
    nn.Conv2d(3, 4, 3, (2, 1)),
    nn.Conv2d(3, 4, 3, bias=False),
    nn.ConvTranspose2d(3, 4, 3, 2, 1, output_padding=1),
    nn.ConvTranspose2d(3, 6, 4, 2, 1, groups=3),
    nn.ConvTranspose2d(3, 4, (2, 3), (3, 1), (0, 1), dilation=(2, 1)),
)


def compare(layers: nn.Sequential, values: torch.Tensor) -> None:
    ops = PlainOps("x", tuple(values.shape[1:]))
    ops.add(named("layers", layers), "own.")
    tensors = {f"own.layers.{name}": value for name, value in layers.state_dict().items()}
    graph = ops.graph({"y": ops.last})
    network = Network(graph, {name: tuple(value.shape) for name, value in tensors.items()})
    network.load_state_dict(tensors)
    torch.testing.assert_close(network(values)["y"], layers(values))


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=str)
def test_every_activation_that_is_an_op_is_plain(activation: nn.Module) -> None:
    values = torch.randn(5, 7, generator=torch.Generator().manual_seed(1))
    compare(nn.Sequential(nn.Linear(7, 4), activation), 4 * values)


@pytest.mark.parametrize("layer", GRIDS, ids=str)
def test_convolutions_of_any_kernel_have_their_shapes(layer: nn.Module) -> None:
    compare(
        nn.Sequential(layer, nn.ReLU()),
        torch.randn(2, 3, 9, 11, generator=torch.Generator().manual_seed(2)),
    )


def test_what_is_not_plain_is_named() -> None:
    with pytest.raises(InvalidInputError, match=r"own.layers.0 \(Dropout.*leave steps\(\) out"):
        PlainOps("x", (3,)).add(named("layers", nn.Sequential(nn.Dropout())), "own.")
