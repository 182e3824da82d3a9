"""Lists of ops at random: spoilt JSON never does worse than a refusal, random networks agree."""

import copy
import random
from typing import Any

import pytest
import torch
from op_graphs import NETWORKS, TENSORS
from torch import Tensor, nn

from muvae.errors import InvalidInputError
from muvae.models.ops import EncoderDecoder, Networks
from muvae.models.ops.export import export_networks

JUNK = [None, True, -1, 0, 1, 2, 7, 2.5, 2**70, float("nan"), float("inf"), "", "conv", "relu",
        "mean", "image", [], {}, [1], [2, 2], [1, 2, 3], [[]], {"name": 1}]  # fmt: skip


def places(values: Any) -> list[tuple[Any, Any]]:
    """Every place in nested JSON, as its container and its key."""
    keys = list(values) if isinstance(values, dict) else range(len(values))
    found = [(values, key) for key in keys]
    return found + [
        place
        for key in keys
        if isinstance(values[key], dict | list)
        for place in places(values[key])
    ]


@pytest.mark.parametrize("seed", range(8))
def test_spoilt_json_is_refused_or_runs(seed: int) -> None:
    draw = random.Random(seed)
    refused = 0
    for _ in range(200):
        values = copy.deepcopy(NETWORKS)
        for _ in range(draw.choice((1, 1, 2))):
            container, key = draw.choice(places(values))
            match draw.randrange(3):
                case 0:
                    container[key] = draw.choice(JUNK)
                case 1:
                    del container[key]
                case 2:
                    other, other_key = draw.choice(places(values))
                    container[key] = copy.deepcopy(other[other_key])
        try:
            networks = Networks.from_json(values)
            module = EncoderDecoder(networks, TENSORS)
        except InvalidInputError:
            refused += 1
            continue
        with torch.no_grad():
            mean, log_var = module.encode(torch.zeros(2, *networks.image_shape))
            images = module.decode(torch.zeros(2, networks.latent_dim))
        assert mean.shape == log_var.shape == (2, networks.latent_dim)
        assert images.shape == (2, *networks.image_shape)
    assert refused > 100  # a new slope, say, spoils nothing


def random_layers(draw: random.Random, channels: int) -> list[nn.Module]:
    """Layers that keep maps at least 4 by 4."""
    out = draw.randint(1, 4) * 2
    kernel = draw.choice((1, 2, 3, 5))
    bias = draw.random() < 0.7
    groups = 2 if channels % 2 == 0 and draw.random() < 0.3 else 1
    layers: list[nn.Module] = [
        draw.choice(
            [
                nn.Conv2d(channels, out, kernel, padding=2, groups=groups, bias=bias),
                nn.Conv2d(channels, out, 3, padding=2, dilation=2),
                nn.ConvTranspose2d(channels, out, kernel, draw.choice((1, 2)), groups=groups),
                nn.ConvTranspose2d(channels, out, 4, 2, 1, 1),
            ]
        )
    ]
    if draw.random() < 0.5:
        layers.append(nn.BatchNorm2d(out))
    layers.append(
        draw.choice([nn.ReLU(inplace=True), nn.ELU(), nn.SiLU(), nn.GELU(), nn.LeakyReLU(0.3, True),
                     nn.Tanh(), nn.Sigmoid(), nn.Softplus(), nn.SELU(), nn.CELU(), nn.Dropout(),
                     nn.Identity(), nn.PReLU(), nn.UpsamplingNearest2d(scale_factor=2),
                     nn.Upsample(scale_factor=2, mode="bilinear"), nn.MaxPool2d(3, 1, 1),
                     nn.UpsamplingBilinear2d(scale_factor=2), nn.AvgPool2d(3, 1, 1)])
    )  # fmt: skip
    return [*layers, nn.ZeroPad2d((0, 1, 2, 0))] if draw.random() < 0.2 else layers


class Head(nn.Module):
    def __init__(self, body: nn.Module, features: int, latent_dim: int) -> None:
        super().__init__()
        self.body, self.head = body, nn.Linear(features, 2 * latent_dim)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        return self.head(self.body(images).flatten(1)).split(self.head.out_features // 2, 1)


@pytest.mark.parametrize("seed", range(10))
def test_random_networks_agree(seed: int) -> None:
    draw = random.Random(seed)
    torch.manual_seed(seed)
    shape = (draw.choice((1, 3)), draw.randint(4, 7), draw.randint(4, 7))
    layers = [*random_layers(draw, shape[0]), nn.LazyConv2d(4, 1), *random_layers(draw, 4)]
    body = nn.Sequential(*layers)
    features = body(torch.rand(2, *shape)).flatten(1).shape[1]
    latent_dim = draw.randint(1, 5)
    encoder = Head(body, features, latent_dim)
    pixels = shape[0] * shape[1] * shape[2]
    decoder = nn.Sequential(
        nn.Linear(latent_dim, 32), nn.Unflatten(1, (2, 4, 4)), *random_layers(draw, 2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LazyLinear(pixels), nn.Unflatten(1, shape),
    )  # fmt: skip
    decoder(torch.rand(2, latent_dim))  # which also gives batch norms other statistics

    networks, tensors = export_networks(encoder, decoder, shape, latent_dim)
    module = EncoderDecoder(networks, {name: tuple(t.shape) for name, t in tensors.items()})
    module.load_state_dict(tensors)

    images, codes = torch.rand(4, *shape), torch.randn(4, latent_dim)
    encoder.eval(), decoder.eval()
    with torch.no_grad():
        for found, expected in zip(module.encode(images), encoder(images), strict=True):
            torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(module.decode(codes), decoder(codes), rtol=1e-3, atol=1e-4)
