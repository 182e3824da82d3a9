"""Networks as other people write them become lists of ops that compute the same."""

import json

import pytest
import torch
from foreign_networks import (
    OneClassVae,
    PythaeDecoder,
    PythaeEncoder,
    ResnetEncoder,
    SkipDecoder,
    UnetEncoder,
    UpsampleDecoder,
    settle,
)
from torch import Tensor, nn
from torch.nn import functional

from muvae.models.ops import EncoderDecoder, Networks
from muvae.models.ops.export import export_networks

RGB = (3, 8, 12)


def rebuild(networks: Networks, tensors: dict[str, Tensor]) -> EncoderDecoder:
    """The networks as they come back from their files."""
    read = Networks.from_json(json.loads(json.dumps(networks.to_json())))
    assert read == networks
    module = EncoderDecoder(read, {name: tuple(tensor.shape) for name, tensor in tensors.items()})
    module.load_state_dict(tensors)
    return module.eval()


def kinds(networks: Networks, network: str) -> list[str]:
    return [op.kind for op in getattr(networks, network).ops]


def assert_decodes(module: EncoderDecoder, decoder: nn.Module, latent_dim: int) -> None:
    codes = torch.randn(5, latent_dim)
    with torch.no_grad():
        torch.testing.assert_close(module.decode(codes), decoder(codes), rtol=1e-4, atol=1e-5)


def test_residual_networks_with_batch_norm() -> None:
    encoder = settle(ResnetEncoder(3, 4)).eval()
    decoder = settle(UpsampleDecoder(4, RGB)).eval()
    networks, tensors = export_networks(encoder, decoder, RGB, 4)
    module = rebuild(networks, tensors)

    images = torch.rand(5, *RGB)
    with torch.no_grad():
        mean, log_var = encoder(images)
        found_mean, found_log_var = module.encode(images)
    torch.testing.assert_close(found_mean, mean, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(found_log_var, log_var, rtol=1e-4, atol=1e-4)
    assert_decodes(module, decoder, 4)
    # Batch norms are gone into the convolutions, and the head is two linear layers.
    assert kinds(networks, "encoder").count("affine") == 2  # those that normalise the images
    assert kinds(networks, "encoder")[-2:] == ["linear", "linear"]
    assert "affine" not in kinds(networks, "decoder")
    assert "encoder.blocks.0.first.weight" not in tensors
    assert tensors["encoder.conv2d_1.weight"].shape == (6, 3, 3, 3)
    assert torch.equal(tensors["decoder.expand.weight"], decoder.expand.weight)


def test_branches_skips_and_an_object_with_attributes() -> None:
    encoder, decoder = UnetEncoder(RGB, 3).eval(), SkipDecoder(3, RGB).eval()
    networks, tensors = export_networks(encoder, decoder, RGB, 3)
    module = rebuild(networks, tensors)

    images = torch.rand(5, *RGB)
    with torch.no_grad():
        expected = encoder(images)
        mean, log_var = module.encode(images)
    torch.testing.assert_close(mean, expected.mean)
    torch.testing.assert_close(log_var, expected.log_var)
    assert_decodes(module, decoder, 3)
    assert kinds(networks, "decoder").count("concat") == 2
    assert set(tensors) >= {f"encoder.{name}" for name in encoder.state_dict()}


def test_networks_in_the_manner_of_pythae() -> None:
    shape = (1, 28, 28)
    encoder, decoder = PythaeEncoder(shape, 2).eval(), settle(PythaeDecoder(2)).eval()
    networks, tensors = export_networks(encoder, decoder, shape, 2)
    module = rebuild(networks, tensors)

    images, codes = torch.rand(5, *shape), torch.randn(5, 2)
    with torch.no_grad():
        output = encoder(images)
        assert torch.equal(module.encode(images)[0], output["embedding"])
        assert torch.equal(module.encode(images)[1], output["log_covariance"])
        expected = decoder(codes)["reconstruction"]
        torch.testing.assert_close(module.decode(codes), expected, rtol=1e-4, atol=1e-5)


def test_methods_of_one_module() -> None:
    shape = (3, 12, 13)
    vae = settle(OneClassVae(4)).train()
    networks, tensors = export_networks(vae.encode, vae.decode, shape, 4)
    assert vae.training
    assert all(part.training for part in vae.modules())
    module = rebuild(networks, tensors)

    vae.eval()
    images, codes = torch.rand(5, *shape), torch.randn(5, 4)
    with torch.no_grad():
        for found, expected in zip(module.encode(images), vae.encode(images), strict=True):
            torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(module.decode(codes), vae.decode(codes), rtol=1e-4, atol=1e-5)
    assert torch.equal(tensors["out.weight"], vae.out.weight)


class Lambda(nn.Module):
    """A module whose forward method is a function."""

    def __init__(self, function, **parts: nn.Module) -> None:  # type: ignore[no-untyped-def]
        super().__init__()
        self.function = function
        for name, part in parts.items():
            self.add_module(name, part)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.function(self, x)
        return result


def layer_in_place(self: Lambda, x: Tensor) -> Tensor:
    y = self.layer(x)
    z = y.relu_()
    return y + z  # y is changed too


def view_in_place(self: Lambda, x: Tensor) -> Tensor:
    y = self.layer(x)
    y.view(-1, 2, 2).relu_()
    return y


def dropped_in_place(self: Lambda, x: Tensor) -> Tensor:
    y = self.layer(x)
    return functional.dropout(y, 0.5, self.training).relu_() + y


def without_autocast(self: Lambda, x: Tensor) -> Tensor:
    with torch.autocast("cpu", enabled=False), torch.no_grad():
        y = self.layer(x.float()).float()
    return y.contiguous().clone().detach()


LINEAR = {"layer": nn.Linear(4, 4)}
DECODERS = {
    "in place": (layer_in_place, LINEAR),
    "a view in place": (view_in_place, LINEAR),
    "dropout in place": (dropped_in_place, LINEAR),
    "no autocast": (without_autocast, LINEAR),
    "matmul": (lambda self, x: x @ self.layer.weight.t() + self.layer.bias, LINEAR),
    "addmm": (lambda self, x: torch.addmm(self.layer.bias, x, self.layer.weight.t()), LINEAR),
    "rows of one": (lambda self, x: self.layer(x[:, None]).squeeze(1), LINEAR),
    "a part of the code": (lambda self, x: torch.cat((self.layer(x)[:, 1:], x[:, :1]), 1), LINEAR),
    "select": (lambda self, x: self.layer(x).view(-1, 2, 2)[:, 1].repeat(1, 1).unflatten(
        1, (2, 1, 1)).repeat(1, 1, 1, 2), LINEAR),
    "unbind": (lambda self, x: torch.cat(self.layer(x).view(-1, 2, 2).unbind(1)[::-1], 1), LINEAR),
    "split": (lambda self, x: torch.cat(torch.split(self.layer(x), [1, 3], 1)[::-1], 1), LINEAR),
    "one number a pixel": (lambda self, x: self.layer(x).view(-1, 1, 2, 2) * torch.arange(
        4.0).view(2, 2) + self.layer.bias.view(1, 1, 2, 2), LINEAR),
    "arithmetic": (lambda self, x: 2 - (-self.layer(x) / 3 - self.layer(x) * 0.5) + x, LINEAR),
    "activations": (lambda self, x: functional.celu(functional.softplus(
        functional.gelu(self.layer(x).clamp(min=0), approximate="tanh"), 2.0, 5.0), 0.7), LINEAR),
    "permuted ones": (lambda self, x: self.layer(x)[:, :, None, None].permute(0, 2, 3, 1), LINEAR),
    "pools": (lambda self, x: functional.adaptive_max_pool2d(
        functional.max_pool2d(self.layer(x).view(-1, 4, 1, 1).repeat(1, 1, 4, 6), 2), 1), LINEAR),
}  # fmt: skip


@pytest.mark.parametrize("name", DECODERS)
def test_forward_methods(name: str) -> None:
    function, parts = DECODERS[name]
    decoder = Lambda(function, **parts).eval()
    encoder = Lambda(lambda self, x: (self.layer(x.flatten(1)),) * 2, **LINEAR)
    shape = (1, 2, 2)
    networks, tensors = export_networks(encoder, decoder, shape, 4)
    codes = torch.randn(5, 4)
    with torch.no_grad():
        expected = decoder(codes).reshape(5, *shape)
        found = rebuild(networks, tensors).decode(codes)
    torch.testing.assert_close(found, expected)


def test_one_pass_gives_both_outputs_of_an_encoder_that_returns_one_thing_twice() -> None:
    encoder = Lambda(lambda self, x: (self.layer(x.flatten(1)),) * 2, **LINEAR)
    networks, _ = export_networks(encoder, nn.Linear(4, 4), (1, 2, 2), 4)
    assert networks.encoder.outputs["mean"] == networks.encoder.outputs["log_var"]


class Named(nn.Module):
    """A module with parts that are called like what the rebuilt module has itself."""

    def __init__(self) -> None:
        super().__init__()
        self.graph = nn.Linear(4, 4)
        self.networks = nn.Linear(4, 4)
        self.other = nn.Linear(4, 4)

    def read(self, images: Tensor) -> tuple[Tensor, Tensor]:
        x = images.flatten(1)
        return self.graph(x), self.other(x)

    def write(self, codes: Tensor) -> Tensor:
        return self.networks(codes)


def test_names_that_a_module_cannot_use_become_plain_ones() -> None:
    vae = Named().eval()
    networks, tensors = export_networks(vae.read, vae.write, (1, 2, 2), 4)
    assert list(tensors) == [
        "encoder.linear_1.weight",
        "encoder.linear_1.bias",
        "other.weight",
        "other.bias",
        "decoder.linear_1.weight",
        "decoder.linear_1.bias",
    ]
    rebuild(networks, tensors)


def test_batch_norm_behind_a_layer_that_something_else_reads_is_an_affine() -> None:
    decoder = settle(Lambda(lambda self, x: self.norm(y := self.layer(x)) + y,
                            layer=nn.Linear(4, 4), norm=nn.BatchNorm1d(4))).eval()  # fmt: skip
    encoder = Lambda(lambda self, x: (self.layer(x.flatten(1)),) * 2, **LINEAR)
    networks, tensors = export_networks(encoder, decoder, (1, 2, 2), 4)
    assert kinds(networks, "decoder") == ["linear", "affine", "add", "reshape"]
    codes = torch.randn(5, 4)
    with torch.no_grad():
        found = rebuild(networks, tensors).decode(codes)
        torch.testing.assert_close(found.flatten(1), decoder(codes), rtol=1e-4, atol=1e-5)
