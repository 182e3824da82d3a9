"""Write tests/js/fixtures: small networks with torch's results, for the tests of the engine.

python tests/js/make_fixtures.py        writes the folder anew
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from fixture_builder import Case
from fixture_convolutions import CONVOLUTIONS, TRANSPOSED

FOLDER = Path(__file__).parent / "fixtures"
EXTREME = (-1000.0, -100.0, -20.5, -20.0, -3.0, -1.0, -0.03125, 0.0, 0.03125, 1.0, 3.0, 19.5, 20.0,
           20.5, 100.0, 1000.0)  # fmt: skip

ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("relu", {}),
    "tanh": ("tanh", {}),
    "sigmoid": ("sigmoid", {}),
    "silu": ("silu", {}),
    "leaky_relu": ("leaky_relu", {"negative_slope": 0.2}),
    "leaky_relu_negative": ("leaky_relu", {"negative_slope": -0.5}),
    "leaky_relu_above_one": ("leaky_relu", {"negative_slope": 1.5}),
    "elu": ("elu", {"alpha": 1.0}),
    "elu_half": ("elu", {"alpha": 0.5}),
    "gelu": ("gelu", {"approximate": "none"}),
    "gelu_tanh": ("gelu", {"approximate": "tanh"}),
    "softplus": ("softplus", {"beta": 1.0, "threshold": 20.0}),
    "softplus_sharp": ("softplus", {"beta": 5.0, "threshold": 10.0}),
}


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """All cases by file name."""
    yield from _linears()
    for name, (shape, out, options) in CONVOLUTIONS.items():
        case = Case(f"conv2d_{name}", shape)
        case.conv(out, **options)
        yield case.name, case.to_json()
    for name, (shape, out, options) in TRANSPOSED.items():
        case = Case(f"conv_transpose2d_{name}", shape)
        case.deconv(out, **options)
        yield case.name, case.to_json()
    for name, (kind, attributes) in ACTIVATIONS.items():
        case = Case(name, (16,), "code")
        case.values["code"] = torch.tensor([EXTREME], dtype=torch.float64)
        case.activation(kind, **attributes)
        yield case.name, case.to_json()
        case = Case(f"{name}_maps", (3, 3, 2))
        case.activation(kind, **attributes)
        yield case.name, case.to_json()
    yield from _moves()
    yield from _pools()
    yield from _networks()


def _linears() -> Iterator[tuple[str, dict[str, Any]]]:
    for width, out in ((1, 1), (5, 3), (10, 16), (9, 7), (33, 2)):
        case = Case(f"linear_{width}_to_{out}", (width,), "code")
        case.linear(out)
        yield case.name, case.to_json()
    case = Case("linear_no_bias", (6,), "code")
    case.linear(4, bias=False)
    yield case.name, case.to_json()


def _moves() -> Iterator[tuple[str, dict[str, Any]]]:
    case = Case("reshape_features_to_maps", (24,), "code")
    case.reshape(2, 3, 4)
    yield case.name, case.to_json()
    case = Case("reshape_maps_to_maps", (4, 2, 3))
    case.reshape(3, 4, 2)
    yield case.name, case.to_json()
    case = Case("flatten_maps", (5, 2, 3))
    case.flatten()
    yield case.name, case.to_json()
    for name, shape, size in (
        ("twice", (3, 2, 3), (4, 6)),
        ("three_by_one", (1, 2, 3), (6, 3)),
        ("seven_to_ten", (2, 7, 3), (10, 5)),
        ("down", (2, 6, 7), (3, 3)),
        ("from_pixel", (4, 1, 1), (3, 4)),
        ("same", (2, 3, 3), (3, 3)),
    ):
        for mode, corners in (("nearest", False), ("bilinear", False), ("bilinear", True)):
            case = Case(f"upsample_{mode}{'_corners' * corners}_{name}", shape)
            case.upsample(*size, mode, corners)
            yield case.name, case.to_json()
    case = Case("add_maps", (3, 2, 2))
    case.add("image", case.activation("tanh"))
    yield case.name, case.to_json()
    case = Case("add_itself", (5,), "code")
    case.add("code", "code")
    yield case.name, case.to_json()
    case = Case("concat_maps", (3, 3, 2))
    first, second = case.conv(2, (1, 1)), case.conv(5, (3, 3), padding=(1, 1))
    case.concat("image", second, first)
    yield case.name, case.to_json()
    case = Case("concat_features", (4,), "code")
    case.concat(case.linear(3), "code")
    yield case.name, case.to_json()
    for name, shape, scales, shifts in (
        ("channels", (3, 2, 2), None, None),
        ("one_number", (2, 3, 2), 1, 1),
        ("one_scale", (4, 2, 1), 1, None),
        ("one_shift", (4, 1, 2), None, 1),
        ("features", (6,), None, None),
    ):
        case = Case(f"affine_{name}", shape)
        case.affine(scales, shifts)
        yield case.name, case.to_json()


def _pools() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, shape, kernel, stride, padding in (
        ("two", (3, 4, 6), (2, 2), (2, 2), (0, 0)),
        ("three_stride2_padding1", (2, 7, 6), (3, 3), (2, 2), (1, 1)),
        ("overlapping", (1, 5, 5), (3, 3), (1, 1), (0, 0)),
        ("whole_map", (5, 4, 3), (4, 3), (4, 3), (0, 0)),
        ("mixed", (2, 6, 7), (2, 5), (3, 2), (1, 2)),
        ("remainder", (2, 5, 5), (2, 2), (2, 2), (0, 0)),
    ):
        case = Case(f"max_pool_{name}", shape)
        case.pool("max_pool", kernel, stride, padding)
        yield case.name, case.to_json()
        for counted in (True, False):
            if counted or padding != (0, 0):
                case = Case(f"avg_pool_{name}{'' if counted else '_without_padding'}", shape)
                case.pool("avg_pool", kernel, stride, padding, count_include_pad=counted)
                yield case.name, case.to_json()


def _networks() -> Iterator[tuple[str, dict[str, Any]]]:
    case = Case("network_table4_encoder", (1, 8, 8))
    for stride in (1, 2, 2):
        case.conv(6, (3, 3), (stride, stride), (1, 1))
        case.activation("leaky_relu", negative_slope=0.2)
    features = case.flatten()
    mean, log_var = case.linear(3, source=features), case.linear(3, source=features)
    yield case.name, case.to_json(mean=mean, log_var=log_var)

    case = Case("network_table4_decoder", (3,), "code")
    case.linear(24)
    case.activation("leaky_relu", negative_slope=0.2)
    case.reshape(6, 2, 2)
    for out, stride in ((6, 1), (3, 2), (1, 2)):
        case.deconv(out, (3, 3), (stride, stride), (1, 1), (stride - 1, stride - 1))
        case.activation("leaky_relu" if out > 1 else "sigmoid",
                        **({"negative_slope": 0.2} if out > 1 else {}))  # fmt: skip
    yield case.name, case.to_json(image=case.last)

    case = Case("network_mlp_decoder", (2,), "code")
    for width in (8, 8):
        case.linear(width)
        case.activation("tanh")
    case.linear(12)
    case.reshape(1, 3, 4)
    case.activation("sigmoid")
    yield case.name, case.to_json(image=case.last)

    case = Case("network_residual", (3, 6, 6))
    skip = case.conv(5, (1, 1), (2, 2), bias=False)
    case.conv(5, (3, 3), (2, 2), (1, 1), source="image")
    case.activation("relu")
    case.conv(5, (3, 3), padding=(1, 1))
    case.affine()
    case.add(case.last, skip)
    case.activation("relu")
    case.pool("avg_pool", (3, 3), (3, 3), count_include_pad=True)
    features = case.flatten()
    mean, log_var = case.linear(2, source=features), case.linear(2, source=features)
    yield case.name, case.to_json(mean=mean, log_var=log_var)

    case = Case("network_skip_decoder", (3,), "code")
    case.linear(18)
    maps = case.reshape(2, 3, 3)
    case.reshape(3, 1, 1, source="code")
    case.concat(maps, case.upsample(3, 3))
    case.activation("silu")
    case.upsample(6, 6, "bilinear")
    case.conv(4, (3, 3), padding=(1, 1))
    case.activation("elu", alpha=1.0)
    case.conv(3, (5, 5), padding=(2, 2))
    case.activation("sigmoid")
    yield case.name, case.to_json(image=case.last)

    case = Case("network_shared_weights", (2, 5, 4))
    for _ in range(2):
        case.conv(2, (3, 3), padding=(1, 1), key="shared")
        case.activation("gelu", approximate="none")
    yield case.name, case.to_json()

    case = Case("network_output_read_again", (2, 4, 4))
    first = case.conv(3, (3, 3), padding=(1, 1))
    case.activation("tanh")
    case.flatten()
    case.linear(4)
    yield case.name, case.to_json(maps=first, features=case.last)

    # Activations that must not change their input in place: it is read again.
    case = Case("network_activation_input_read_again", (2, 3, 3))
    first = case.conv(3, (1, 1))
    case.add(first, case.activation("relu"))
    yield case.name, case.to_json()

    case = Case("network_unused_op", (3,), "code")
    result = case.linear(2)
    case.activation("relu")
    yield case.name, case.to_json(result=result)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.json"):
        path.unlink()
    for name, case in cases():
        text = json.dumps(case, separators=(",", ":"), allow_nan=False)
        (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
