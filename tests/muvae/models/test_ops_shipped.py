"""Our own networks as lists of ops: names and numbers of the shipped files, bit for bit."""

import json
from pathlib import Path

import pytest
import torch
from helpers import make_vae, vae_for
from safetensors.torch import load_file

from muvae.models.ops import EncoderDecoder, Networks
from muvae.models.ops.export import export_networks
from muvae.runs.manifest import read_manifest

SHAPE = (1, 28, 28)
CHECKPOINTS = Path(__file__).parents[3] / "checkpoints"
RUNS = ["mnist/vae", "fashion-mnist/mu-vae-2", "mnist-toy/tanh-elbo", "mnist-toy/relu-mu-clip",
        "mnist-toy/leaky-relu-elbo-clip"]  # fmt: skip


@pytest.mark.parametrize("name", RUNS)
def test_shipped_run_is_the_same_bit_for_bit(name: str) -> None:
    folder = CHECKPOINTS / name
    config = read_manifest(folder / "run.json").config
    weights = load_file(folder / "model.safetensors")
    vae = vae_for(config).networks
    networks, _ = export_networks(vae.encode, vae.decode, SHAPE, config.latent.dim)
    shipped = json.loads((folder / "networks.json").read_text(encoding="utf-8"))
    assert networks.to_json() == shipped
    read = Networks.from_json(shipped)
    module = EncoderDecoder(read, {key: tuple(tensor.shape) for key, tensor in weights.items()})

    vae.load_state_dict(weights)
    module.load_state_dict(weights)

    images = torch.rand(9, *SHAPE, generator=torch.Generator().manual_seed(5))
    codes = 3 * torch.randn(9, config.latent.dim, generator=torch.Generator().manual_seed(6))
    with torch.inference_mode():
        for found, expected in zip(module.encode(images), vae.encode(images), strict=True):
            assert torch.equal(found, expected)
        assert torch.equal(module.decode(codes), vae.decode(codes))


def test_gradients_and_autocast_are_the_same_bit_for_bit() -> None:
    vae = make_vae().networks
    networks, tensors = export_networks(vae.encode, vae.decode, SHAPE, 10)
    module = EncoderDecoder(networks, {key: tuple(t.shape) for key, t in tensors.items()})
    module.load_state_dict(tensors)
    images = torch.rand(4, *SHAPE)
    for network in (vae, module):
        network.to(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            mean, log_var = network.encode(images)
            loss = (network.decode(mean) - images).square().sum() + log_var.sum()
        loss.backward()
    for name, parameter in module.named_parameters():
        assert torch.equal(parameter.grad, vae.get_parameter(name).grad), name


def test_exported_tensors_are_the_state_dict() -> None:
    vae = make_vae(3, clip=0.1).networks.train()
    networks, tensors = export_networks(vae.encode, vae.decode, SHAPE, 3)
    assert vae.training
    state = vae.state_dict()
    assert tensors.keys() == state.keys()
    for name, tensor in tensors.items():
        assert torch.equal(tensor, state[name])
        assert tensor.data_ptr() != state[name].data_ptr()
    # The mean is the one before clipping.
    assert networks.encoder.ops[-2].tensors()["weight"] == "mean_head.weight"
    assert networks.encoder.outputs["mean"] == networks.encoder.ops[-2].name


def test_table_4_as_ops() -> None:
    vae = make_vae().networks
    networks, tensors = export_networks(vae.encode, vae.decode, SHAPE, 10)
    assert [op.kind for op in networks.encoder.ops] == [
        *["conv2d", "leaky_relu"] * 3, "flatten", "linear", "linear",
    ]  # fmt: skip
    assert [op.kind for op in networks.decoder.ops] == [
        "linear", "leaky_relu", "reshape", *["conv_transpose2d", "leaky_relu"] * 2,
        "conv_transpose2d", "sigmoid",
    ]  # fmt: skip
    assert [op.shape for op in networks.encoder.ops if op.kind == "conv2d"] == [
        (64, 28, 28), (64, 14, 14), (64, 7, 7),
    ]  # fmt: skip
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    assert networks.size(shapes).parameters == sum(tensor.numel() for tensor in tensors.values())
