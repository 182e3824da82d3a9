"""Modules built from lists of ops: parameters by name, training, autocast, threads."""

import copy
import pickle
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from op_graphs import NETWORKS, TENSORS
from torch import Tensor, nn
from torch.nn import functional

from muvae.errors import InvalidInputError
from muvae.models.ops import EncoderDecoder, Graph, Network, Networks


@pytest.fixture
def module() -> EncoderDecoder:
    built = EncoderDecoder(Networks.from_json(NETWORKS), TENSORS)
    generator = torch.Generator().manual_seed(3)
    for parameter in built.parameters():
        nn.init.normal_(parameter, std=0.3, generator=generator)
    return built


IMAGES = torch.rand(5, 2, 8, 6, generator=torch.Generator().manual_seed(4))


def encoded(tensors: dict[str, Tensor], images: Tensor) -> tuple[Tensor, Tensor]:
    """What the encoder of NETWORKS computes, written out."""
    x = functional.conv2d(images, tensors["conv.weight"], None, 2, 1, groups=2)
    x = functional.avg_pool2d(x + functional.leaky_relu(x, 0.2), (2, 3)).flatten(1)
    mean = functional.linear(x, tensors["mean.weight"], tensors["mean.bias"])
    return mean, mean * tensors["log_var.scale"] + tensors["log_var.shift"]


def test_state_dict_has_the_names_of_the_file(module: EncoderDecoder) -> None:
    shapes = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    assert shapes == TENSORS
    assert dict(module.named_parameters()).keys() == TENSORS.keys()


def test_values_and_gradients_are_those_of_the_formulas(module: EncoderDecoder) -> None:
    mean, log_var = module.encode(IMAGES)
    (mean.square().sum() + log_var.sum()).backward()

    tensors = {name: t.detach().clone().requires_grad_() for name, t in module.named_parameters()}
    expected = encoded(tensors, IMAGES)
    (expected[0].square().sum() + expected[1].sum()).backward()

    assert torch.equal(mean, expected[0])
    assert torch.equal(log_var, expected[1])
    for name, parameter in module.named_parameters():
        if tensors[name].grad is None:  # the decoder's
            assert parameter.grad is None
        else:
            torch.testing.assert_close(parameter.grad, tensors[name].grad)


def test_training_lowers_the_loss(module: EncoderDecoder) -> None:
    optimizer = torch.optim.Adam(module.parameters(), 1e-2)
    losses = []
    for _ in range(30):
        loss = (module.decode(module.encode(IMAGES)[0]) - IMAGES).square().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]


def test_any_size_of_batch(module: EncoderDecoder) -> None:
    for count in (0, 1, 3):
        assert module.encode(IMAGES[:count])[0].shape == (count, 3)
        assert module.decode(torch.zeros(count, 3)).shape == (count, 2, 8, 6)


def test_meta_device_then_loaded(module: EncoderDecoder) -> None:
    with torch.device("meta"):
        empty = EncoderDecoder(Networks.from_json(NETWORKS), TENSORS)
    assert all(parameter.is_meta for parameter in empty.parameters())
    empty.load_state_dict(module.state_dict(), assign=True)
    assert torch.equal(empty.encode(IMAGES)[0], module.encode(IMAGES)[0])


def test_copies_and_pickles_are_independent(module: EncoderDecoder) -> None:
    before = module.encode(IMAGES)[0]
    for other in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        with torch.no_grad():
            for parameter in other.parameters():
                parameter.zero_()
        assert other.encode(IMAGES)[0].abs().max() == 0
    assert torch.equal(module.encode(IMAGES)[0], before)


def test_autocast_computes_inside_in_bfloat16_and_results_in_float32(
    module: EncoderDecoder,
) -> None:
    expected = module.encode(IMAGES)[0]
    module.to(memory_format=torch.channels_last)
    images = IMAGES.contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        mean, log_var = module.encode(images)
        decoded = module.decode(mean)
    assert mean.dtype == log_var.dtype == decoded.dtype == torch.float32
    torch.testing.assert_close(mean, expected, rtol=0.05, atol=0.05)
    assert not torch.equal(mean, expected)  # the convolution did use bfloat16
    # The linear layer behind it did not: its result has more digits than bfloat16 holds.
    assert not torch.equal(mean, mean.bfloat16().float())
    (mean.sum() + decoded.sum()).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in module.parameters()
               if p.shape not in ((3,), (1,)))  # fmt: skip


def test_channels_last_changes_no_result(module: EncoderDecoder) -> None:
    expected = module.decode(torch.ones(2, 3))
    module.to(memory_format=torch.channels_last)
    torch.testing.assert_close(module.decode(torch.ones(2, 3)), expected)


def test_threads_share_a_module(module: EncoderDecoder) -> None:
    codes = torch.randn(64, 3)
    with torch.inference_mode():
        expected = [module.decode(code[None]) for code in codes]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda code: _decode(module, code), codes))
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


def _decode(module: EncoderDecoder, code: Tensor) -> Tensor:
    with torch.inference_mode():
        return module.decode(code[None])


def test_functional_call_replaces_parameters(module: EncoderDecoder) -> None:
    network = Network(module.networks.encoder, TENSORS)
    zeros = {name: torch.zeros(shape) for name, shape in TENSORS.items()}
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(1)
    tensors = {name: zeros[name] for name in network.state_dict()}
    outputs = torch.func.functional_call(network, tensors, (IMAGES,))
    assert outputs["mean"].abs().max() == 0
    assert network(IMAGES)["mean"].abs().max() > 0


def test_wrong_shape_of_input_is_named(module: EncoderDecoder) -> None:
    message = "image has shape [1, 2, 6, 8]; it must have [N, 2, 8, 6]"
    with pytest.raises(InvalidInputError, match=re.escape(message)):
        module.encode(torch.zeros(1, 2, 6, 8))


@pytest.mark.parametrize("name", ["forward", "a.training", "a", "graph.x", "a.b.c"])
def test_names_that_no_module_can_have_are_refused(name: str) -> None:
    graph = Graph.from_json(
        {
            "input": {"name": "code", "shape": [1]},
            "ops": [{"name": "y", "op": "affine", "inputs": ["code"], "shape": [1],
                     "scale": "a.b", "shift": name}],
            "outputs": {"y": "y"},
        }
    )  # fmt: skip
    with pytest.raises(InvalidInputError, match="has a name that a module cannot use; rename it"):
        Network(graph, {"a.b": (1,), name: (1,)})


def test_a_tensor_that_two_ops_read_is_one_parameter() -> None:
    affine = {"op": "affine", "shape": [2], "scale": "scale", "shift": "shift"}
    graph = Graph.from_json(
        {
            "input": {"name": "code", "shape": [2]},
            "ops": [affine | {"name": "a", "inputs": ["code"]},
                    affine | {"name": "b", "inputs": ["a"]}],
            "outputs": {"y": "b"},
        }
    )  # fmt: skip
    network = Network(graph, {"scale": (2,), "shift": (1,)})
    network.load_state_dict({"scale": torch.tensor([2.0, 3.0]), "shift": torch.tensor([1.0])})
    assert network(torch.ones(1, 2))["y"].tolist() == [[7.0, 13.0]]
    assert graph.size({"scale": (2,), "shift": (1,)}).parameters == 3
