"""Lists of ops, to JSON and back; what is wrong in them is named."""

import json
import re
import tracemalloc
from typing import Any

import pytest
from op_graphs import NETWORKS, TENSORS, changed

from muvae.errors import InvalidInputError
from muvae.models.ops import Networks, Size


def test_json_there_and_back() -> None:
    networks = Networks.from_json(json.loads(json.dumps(NETWORKS)))
    assert networks.to_json() == NETWORKS
    assert networks.image_shape == (2, 8, 6)
    assert networks.latent_dim == 3
    assert networks.tensor_names() == list(TENSORS)


def test_size_counts_parameters_and_multiply_adds() -> None:
    encoder = 48 * 9 + 48 + 48 + 8 * 6 + 24 + 3
    decoder = 72 + 96 * 4 + 24 * 2 * 9 + 192 + 96 * 4
    assert Networks.from_json(NETWORKS).size(TENSORS) == Size(
        parameters=36 + 24 + 3 + 4 + 72 + 24 + 36 + 2 + 8 + 2, multiply_adds=encoder + decoder
    )


VALUES: list[tuple[str, Any, str]] = [
    ("format", 2, "networks.json: its format is 2; it must be 1"),
    ("format", True, "networks.json: its format is True; it must be 1"),
    ("decoder", ..., 'networks.json lacks the key "decoder"; add it'),
    ("extra", 1, "networks.json has an unknown key 'extra'; remove it"),
    ("encoder", [], "encoder: network is []; it must be an object"),
    ("encoder.ops", {}, "encoder: network: ops is {}; it must be a list of ops"),
    ("encoder.ops", [], "encoder: ops: their number is 0; it must be from 1 to 1000"),
    ("encoder.ops", [0] * 1001, "encoder: ops: their number is 1001"),
    ("encoder.ops", [0], "encoder: op is 0; it must be an object"),
    ("encoder.input", {"name": "image"}, 'encoder: input lacks the key "shape"'),
    ("encoder.input.name", "Image", "encoder: input: its name is 'Image'"),
    ("encoder.input.name", "picture", 'op "conv" (conv2d): its input "image" is neither "picture"'),
    ("encoder.input.shape", [2, 8, 0], "encoder: input: shape is [2, 8, 0]"),
    ("encoder.input.shape", [], "encoder: input: shape is []"),
    ("encoder.input.shape", [1] * 4, "encoder: input: shape is [1, 1, 1, 1]"),
    ("encoder.input.shape", "abc", "encoder: input: shape is 'abc'"),
    ("encoder.outputs", {}, "encoder: network: outputs is {}"),
    ("encoder.outputs", {"mean": "mean"}, "encoder: its outputs are ['mean']; they must be"),
    ("encoder.outputs.mean", "image", "encoder: output \"mean\" is 'image'; it must name an op"),
    ("encoder.outputs.mean", "none", "encoder: output \"mean\" is 'none'; it must name an op"),
    ("encoder.outputs.mean", "flat", 'output "mean" has shape [8]; it must have [3]'),
    ("decoder.input.shape", [24, 1, 1], "its input has shape [24, 1, 1]; it must be features [F]"),
    ("encoder.conv.op", "conv3d", "op 'conv': its kind is 'conv3d'; it must be one of linear"),
    ("encoder.conv.op", ["conv2d"], "op 'conv': its kind is ['conv2d']"),
    ("encoder.conv.op", ..., "op 'conv': its kind is None"),
    ("encoder.conv.name", "__proto__", "op: its name is '__proto__'; it must be 1 to 64 of a-z"),
    ("encoder.conv.name", "image", 'op "image" (conv2d): its name is taken'),
    ("encoder.act.name", "conv", 'op "conv" (leaky_relu): its name is taken'),
    ("encoder.conv.inputs", ["act"], 'op "conv" (conv2d): its input "act" is neither "image" nor'),
    ("encoder.conv.inputs", ["conv"], 'op "conv" (conv2d): its input "conv" is neither'),
    ("encoder.conv.inputs", [], "inputs is []; it must be the name of one earlier op"),
    ("encoder.conv.inputs", ["image"] * 2, "it must be the name of one earlier op"),
    ("encoder.conv.inputs", "image", "inputs is 'image'; it must be"),
    ("encoder.sum.inputs", ["act"], "it must be the names of 2 earlier ops"),
    ("decoder.both.inputs", ["up"], "it must be the names of 2 to 64 earlier ops"),
    ("decoder.both.inputs", ["up"] * 65, "it must be the names of 2 to 64 earlier ops"),
    ("decoder.both.axis", 1, "axis is 1; it must be 0"),
    ("encoder.conv.shape", [4, 4], "its input has shape [4, 4]; it must be maps [C,H,W]"),
    ("encoder.conv.shape", [3, 4, 3], "groups is 2; it must divide the 3 channels that come out"),
    ("encoder.conv.groups", 3, "groups is 3; it must divide the 2 channels that come in"),
    ("encoder.conv.groups", 0, "groups is 0; it must be a whole number from 1 to 65536"),
    ("encoder.conv.groups", 1.0, "groups is 1.0; it must be a whole number"),
    ("encoder.conv.stride", [0, 1], 'op "conv" (conv2d): stride is [0, 1]; it must be two whole'),
    ("encoder.conv.stride", 2, "stride is 2; it must be two whole numbers from 1 to 1024"),
    ("encoder.conv.stride", [True, 1], "stride is [True, 1]"),
    ("encoder.conv.padding", [-1, 0], "padding is [-1, 0]; it must be two whole numbers from 0"),
    ("encoder.conv.dilation", [1, 1, 1], "dilation is [1, 1, 1]"),
    ("encoder.conv.weight", None, "weight is None; it must be the name of a tensor"),
    ("encoder.conv.weight", "a..b", "weight is 'a..b'; it must be the name of a tensor"),
    ("encoder.conv.weight", "a.__proto__", "weight is 'a.__proto__'"),
    ("encoder.conv.weight", "../b", "weight is '../b'"),
    ("encoder.conv.bias", 1, "bias is 1; it must be the name of a tensor, or null"),
    ("encoder.conv.bias", ..., "op 'conv' (conv2d) lacks the attribute \"bias\"; add it"),
    ("encoder.conv.kernel", [3, 3], "op 'conv' (conv2d) has an unknown attribute 'kernel'"),
    ("encoder.act.negative_slope", float("nan"), "negative_slope is nan; it must be a number"),
    ("encoder.act.negative_slope", float("inf"), "negative_slope is inf"),
    ("encoder.act.negative_slope", "0.2", "negative_slope is '0.2'"),
    ("encoder.act.shape", [4, 3, 4], 'op "act" (leaky_relu): shape is [4, 3, 4]; from its input'),
    ("encoder.sum.inputs", ["image", "act"], 'op "sum" (add): shape is [4, 4, 3]; from its inputs'),
    ("encoder.pool.padding", [2, 0], "padding is [2, 0]; it must be at most half of the kernel"),
    ("encoder.pool.stride", [1, 3], "from its input and its attributes it must be [4, 3, 1]"),
    ("encoder.pool.count_include_pad", 1, "count_include_pad is 1; it must be true or false"),
    ("encoder.flat.shape", [9], "shape is [9]; from its input it must be [8]"),
    ("encoder.mean.inputs", ["pool"], "its input has shape [4, 2, 1]; it must be features [F]"),
    ("encoder.log_var.shape", [4], 'op "log_var" (affine): shape is [4]; from its input it'),
    ("decoder.maps.shape", [2, 4, 4], "holds 32 numbers; it must hold the 24 of its input"),
    ("decoder.up.mode", "bicubic", 'mode is \'bicubic\'; it must be "nearest" or "bilinear"'),
    ("decoder.up.mode", "nearest", 'align_corners is true; with mode "nearest" it must be false'),
    ("decoder.up.shape", [3, 8, 6], "shape is [3, 8, 6]; from its input it must be [2, 8, 6]"),
    ("decoder.deconv.output_padding", [2, 0], "output_padding is [2, 0]; it must be smaller"),
    ("decoder.both.shape", [5, 8, 6], "shape is [5, 8, 6]; from its inputs it must be [4, 8, 6]"),
    ("decoder.plus.beta", 0, "beta is 0; it must be a number from 1e-06 to 1e+06"),
    ("decoder.image.shape", [1, 8, 6], 'output "image" has shape [1, 8, 6]; it must have [2, 8'),
]


@pytest.mark.parametrize(("path", "value", "message"), VALUES)
def test_wrong_value_is_named(path: str, value: Any, message: str) -> None:
    with pytest.raises(InvalidInputError, match=re.escape(message)):
        Networks.from_json(changed(path, value))


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("encoder.conv.shape", [2**24, 2**24, 2**24]),
        ("encoder.conv.shape", [10**400, 1, 1]),
        ("encoder.conv.stride", [10**400, 1]),
        ("encoder.act.negative_slope", 10**400),
        ("encoder.input.shape", [1] * 1_000_000),
        ("encoder.conv.inputs", ["image"] * 1_000_000),
        ("encoder.conv.weight", "a." * 1_000_000),
        ("encoder.conv.stride", nested(900)),
        ("encoder.ops", [{}] * 1_000_000),
        ("encoder.outputs", {f"o{index}": "mean" for index in range(100_000)}),
    ],
)
def test_huge_values_are_refused_in_few_words_and_little_memory(path: str, value: Any) -> None:
    values = changed(path, value)
    tracemalloc.start()
    try:
        with pytest.raises(InvalidInputError) as raised:
            Networks.from_json(values)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(str(raised.value)) < 1000
    assert peak < 20_000_000


def test_many_large_ops_are_refused_together() -> None:
    side = {"op": "relu", "shape": [1, 4096, 4096]}
    ops = [{"name": f"r{i}", "inputs": [f"r{i - 1}" if i else "image"], **side} for i in range(9)]
    values = changed("encoder.ops", ops)
    values["encoder"]["input"]["shape"] = [1, 4096, 4096]
    values["encoder"]["outputs"] = {"mean": "r8", "log_var": "r8"}
    with pytest.raises(InvalidInputError, match="make the network smaller than 67108864"):
        Networks.from_json(values)


TENSOR_CASES: list[tuple[str, Any, str]] = [
    ("conv.weight", ..., 'op "conv" (conv2d): its weight "conv.weight" is not among the tensors'),
    ("conv.weight", (4, 2, 3, 3), "it must have [4, 1, 3, 3]"),
    ("conv.weight", (4, 1, 5, 3), "shape is [4, 4, 3]; from its input, its kernel and its attrib"),
    ("conv.weight", (4, 1, 3), "has shape [4, 1, 3]; it must have [4, 1, height, width]"),
    ("conv.weight", (4, 1, 0, 3), "has shape [4, 1, 0, 3]; it must have [4, 1, height, width]"),
    ("mean.weight", (8, 3), 'weight "mean.weight" has shape [8, 3]; it must have [3, 8]'),
    ("mean.bias", (4,), 'op "mean" (linear): bias "mean.bias" has shape [4]; it must have [3]'),
    ("log_var.scale", (2,), 'scale "log_var.scale" has shape [2]; it must have [3]'),
    ("log_var.shift", (), 'shift "log_var.shift" has shape []; it must have [3]'),
    ("deconv.weight", (2, 2, 2, 3), 'op "deconv" (conv_transpose2d): shape is [2, 8, 6]; from'),
    ("deconv.bias", (1,), 'bias "deconv.bias" has shape [1]; it must have [2]'),
    ("other", (1,), "tensor 'other' belongs to no op; remove it or name it in an op"),
]


@pytest.mark.parametrize(("name", "shape", "message"), TENSOR_CASES)
def test_tensors_that_do_not_fit_are_named(name: str, shape: Any, message: str) -> None:
    tensors = {key: value for key, value in TENSORS.items() if key != name}
    if shape is not ...:
        tensors[name] = shape
    with pytest.raises(InvalidInputError, match=re.escape(message)):
        Networks.from_json(NETWORKS).check_tensors(tensors)
