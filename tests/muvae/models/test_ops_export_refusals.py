"""What has no op is refused, with the operator, the module it comes from, and what to do."""

import re
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from muvae.errors import InvalidInputError
from muvae.models.ops.export import export_networks

SHAPE, LATENT_DIM = (1, 2, 2), 4


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        x = self.layer(images.flatten(1))
        return x, x


class Written(nn.Module):
    """A linear layer, and a function of it and of the code."""

    def __init__(self, function: Any) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.function = function

    def forward(self, codes: Tensor) -> Any:
        return self.function(self.layer(codes), codes)


def maps(side: int, *layers: nn.Module) -> nn.Module:
    return nn.Sequential(nn.Linear(4, side * side), nn.Unflatten(1, (1, side, side)), *layers)


def autocast(y: Tensor, x: Tensor) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        return (y @ torch.ones(4, 4)).float()


REFUSED: dict[str, tuple[nn.Module, str]] = {
    "operator without an op": (
        nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4)),
        "aten.layer_norm in '1' (LayerNorm): no op does this; use only linear, conv2d",
    ),
    "module within a module": (
        nn.Sequential(nn.Sequential(nn.Linear(4, 4), nn.Hardtanh())),
        "aten.hardtanh in '0.1' (Hardtanh): no op",
    ),
    "forward method": (
        Written(lambda y, x: y.flip(1)),
        "aten.flip in the forward method of Written: no op",
    ),
    "statistics of the batch": (
        nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4, track_running_stats=False)),
        "(BatchNorm1d): it takes the statistics of the batch; use track_running_stats=True",
    ),
    "noise": (
        Written(lambda y, x: y + torch.randn_like(y)),
        "aten.randn_like in the forward method of Written: it draws random numbers",
    ),
    "noise for the whole batch": (
        Written(lambda y, x: y + torch.randn(4)),
        "aten.randn in the forward method of Written: it draws random numbers",
    ),
    "dropout that never ends": (
        Written(lambda y, x: functional.dropout(y)),
        "it drops numbers at random also in eval mode; pass training=self.training",
    ),
    "product": (Written(lambda y, x: y * x), "it multiplies two things that depend on the input"),
    "quotient": (Written(lambda y, x: 1 / y), "aten.reciprocal"),
    "division by the input": (Written(lambda y, x: y / x), "it divides by something that depends"),
    "rounding": (
        Written(lambda y, x: torch.div(y, 2, rounding_mode="floor")),
        "it rounds; no op does this",
    ),
    "clamping": (Written(lambda y, x: y.clamp(-1, 1)), "only clamping at 0 from below"),
    "float64": (nn.Linear(4, 4).double(), "the decoder fails on an input of shape [3, 4]"),
    "another type": (Written(lambda y, x: y.bfloat16().float()), "stay with float32"),
    "autocast": (Written(autocast), "stay with float32"),
    "branch on the input": (
        Written(lambda y, x: y if x.sum() > 0 else x),
        "torch.export refuses it: Could not guard on data-dependent expression",
    ),
    "mean of the batch": (Written(lambda y, x: y - y.mean(0)), "aten.mean.dim"),
    "mean of everything": (
        Written(lambda y, x: y - y.view(-1, 1, 2, 2).mean()),
        'aten.mean in the forward method of Written: it is called without "dim"',
    ),
    "mixed batch": (Written(lambda y, x: y.reshape(-1, 1)), "it mixes the items of a batch"),
    "part of the batch": (Written(lambda y, x: torch.cat((y[:1], y[1:]))), "a part of the batch"),
    "every second": (Written(lambda y, x: torch.cat((y[:, ::2],) * 2, 1)), "or every so many"),
    "fixed batch": (Written(lambda y, x: y.view(7, 4)), "fails on an input of shape [3, 4]"),
    "number of items": (
        Written(lambda y, x: y / len(y)),
        'output "image" differs by',
    ),
    "order of dimensions": (
        Written(lambda y, x: y.view(-1, 2, 2).transpose(1, 2)),
        "aten.transpose.int in the forward method of Written: it changes the order of dimensions",
    ),
    "wrong number of pixels": (
        nn.Linear(4, 5),
        'output "image" has shape [N, 5]; it must have [N, 1, 2, 2]',
    ),
    "wrong input": (nn.Linear(5, 4), "fails on an input of shape [3, 4]: "),
    "constant": (
        Written(lambda y, x: torch.ones(len(x), 4)),
        'output "image" does not depend on its input',
    ),
    "constant that differs": (
        Written(lambda y, x: y + torch.arange(float(len(y)))[:, None]),
        "a constant that differs from item to item of a batch",
    ),
    "constant joined": (
        Written(lambda y, x: torch.cat((y[:, :2], torch.zeros(len(y), 2)), 1)),
        "it joins with a constant",
    ),
    "joined rows": (
        Written(lambda y, x: torch.cat((y.view(-1, 2, 2), x.view(-1, 2, 2)), 2)[:, :, :2]),
        "join along dim=1",
    ),
    "two results": (Written(lambda y, x: (y, x)), "the decoder returns 2 values; let it return"),
    "no result": (Written(lambda y, x: None), "the decoder returns an object of type NoneType"),
    "reflection": (maps(2, nn.ReflectionPad2d(1)), "it pads with something else than zeros"),
    "rounded up": (maps(3, nn.AvgPool2d(2, ceil_mode=True)), "ceil_mode adds windows here"),
    "divisor": (maps(2, nn.AvgPool2d(1, divisor_override=2)), "divisor_override has no op"),
    "dilated pool": (maps(4, nn.MaxPool2d(2, dilation=2)), "a pool with dilation has no op"),
    "uneven windows": (maps(3, nn.AdaptiveAvgPool2d(2)), "from [3, 3] to [2, 2]; use sizes that"),
    "part of a pixel": (maps(3, nn.Upsample(scale_factor=0.7)), "its scale gives no whole number"),
    "slope a channel": (
        nn.Sequential(nn.Linear(4, 4), nn.PReLU(4)),
        "it has one slope a channel; use one for all, or LeakyReLU",
    ),
    "linear on rows": (
        nn.Sequential(nn.Unflatten(1, (2, 2)), nn.Linear(2, 2)),
        "its input has shape [N, 2, 2]; give it features [N,F]",
    ),
    "uneven padding": (
        nn.Sequential(nn.Unflatten(1, (1, 2, 2)), nn.Conv2d(1, 1, 2, padding="same")),
        'padding="same" pads unevenly with an even kernel; use an odd one',
    ),
    "spread rows": (
        Written(lambda y, x: y.view(-1, 1, 2, 2) + x.view(-1, 1, 1, 4)[..., :2]),
        "only [N,C,1,1] can be spread",
    ),
}


@pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")
@pytest.mark.parametrize("what", REFUSED)
def test_decoder_is_refused(what: str) -> None:
    decoder, message = REFUSED[what]
    with pytest.raises(InvalidInputError, match=re.escape(message)):
        export_networks(Encoder(), decoder, SHAPE, LATENT_DIM)


class Returning(nn.Module):
    def __init__(self, output: Any) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.output = output

    def forward(self, images: Tensor) -> Any:
        return self.output(self.layer(images.flatten(1)))


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (lambda x: x, "the encoder returns an object of type Tensor; let it return"),
        (lambda x: (x, x, x), "the encoder returns 3 values; let it return (mean, log_var)"),
        (lambda x: {"mean": x}, "the encoder returns a mapping with the keys ['mean']"),
        (lambda x: (x[:, :3], x), '"mean" has shape [N, 3]; it must have [N, 4]'),
    ],
)
def test_encoder_is_refused(output: Any, message: str) -> None:
    with pytest.raises(InvalidInputError, match=re.escape(message)):
        export_networks(Returning(output), nn.Linear(4, 4), SHAPE, LATENT_DIM)


def test_what_is_no_module_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="is no network; give a"):
        export_networks(Encoder(), lambda codes: codes, SHAPE, LATENT_DIM)


def test_modes_are_put_back_after_a_refusal() -> None:
    decoder = nn.Sequential(nn.Linear(4, 4), nn.Dropout(), nn.LayerNorm(4)).train()
    decoder[1].eval()
    with pytest.raises(InvalidInputError):
        export_networks(Encoder(), decoder, SHAPE, LATENT_DIM)
    assert decoder.training
    assert not decoder[1].training
