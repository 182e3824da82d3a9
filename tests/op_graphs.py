"""A small network as JSON, with every kind of attribute, for the tests of its checks."""

import copy
from typing import Any

NETWORKS: dict[str, Any] = {
    "format": 1,
    "encoder": {
        "input": {"name": "image", "shape": [2, 8, 6]},
        "ops": [
            {"name": "conv", "op": "conv2d", "inputs": ["image"], "shape": [4, 4, 3],
             "weight": "conv.weight", "bias": None, "stride": [2, 2], "padding": [1, 1],
             "dilation": [1, 1], "groups": 2},
            {"name": "act", "op": "leaky_relu", "inputs": ["conv"], "shape": [4, 4, 3],
             "negative_slope": 0.2},
            {"name": "sum", "op": "add", "inputs": ["conv", "act"], "shape": [4, 4, 3]},
            {"name": "pool", "op": "avg_pool", "inputs": ["sum"], "shape": [4, 2, 1],
             "kernel": [2, 3], "stride": [2, 3], "padding": [0, 0], "count_include_pad": True},
            {"name": "flat", "op": "flatten", "inputs": ["pool"], "shape": [8]},
            {"name": "mean", "op": "linear", "inputs": ["flat"], "shape": [3],
             "weight": "mean.weight", "bias": "mean.bias"},
            {"name": "log_var", "op": "affine", "inputs": ["mean"], "shape": [3],
             "scale": "log_var.scale", "shift": "log_var.shift"},
        ],
        "outputs": {"mean": "mean", "log_var": "log_var"},
    },
    "decoder": {
        "input": {"name": "code", "shape": [3]},
        "ops": [
            {"name": "expand", "op": "linear", "inputs": ["code"], "shape": [24],
             "weight": "expand.weight", "bias": "expand.bias"},
            {"name": "maps", "op": "reshape", "inputs": ["expand"], "shape": [2, 4, 3]},
            {"name": "up", "op": "upsample", "inputs": ["maps"], "shape": [2, 8, 6],
             "mode": "bilinear", "align_corners": True},
            {"name": "deconv", "op": "conv_transpose2d", "inputs": ["maps"], "shape": [2, 8, 6],
             "weight": "deconv.weight", "bias": "deconv.bias", "stride": [2, 2],
             "padding": [1, 1], "output_padding": [1, 1], "dilation": [1, 1], "groups": 1},
            {"name": "both", "op": "concat", "inputs": ["up", "deconv"], "shape": [4, 8, 6],
             "axis": 0},
            {"name": "plus", "op": "softplus", "inputs": ["both"], "shape": [4, 8, 6],
             "beta": 1.0, "threshold": 20.0},
            {"name": "image", "op": "conv2d", "inputs": ["plus"], "shape": [2, 8, 6],
             "weight": "last.weight", "bias": "last.bias", "stride": [1, 1], "padding": [0, 0],
             "dilation": [1, 1], "groups": 1},
        ],
        "outputs": {"image": "image"},
    },
}  # fmt: skip

TENSORS: dict[str, tuple[int, ...]] = {
    "conv.weight": (4, 1, 3, 3),
    "mean.weight": (3, 8),
    "mean.bias": (3,),
    "log_var.scale": (3,),
    "log_var.shift": (1,),
    "expand.weight": (24, 3),
    "expand.bias": (24,),
    "deconv.weight": (2, 2, 3, 3),
    "deconv.bias": (2,),
    "last.weight": (2, 4, 1, 1),
    "last.bias": (2,),
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The networks with one value replaced: "encoder.conv.stride" is that op's stride."""
    values = copy.deepcopy(NETWORKS)
    *parts, last = path.split(".")
    place: Any = values
    for part in parts:
        if part in place:
            place = place[part]
        else:
            place = next(op for op in place["ops"] if op["name"] == part)
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return values
