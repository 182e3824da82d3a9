"""Weights as Appendix B draws them."""

import math

import torch
from torch import nn


def initialize(module: nn.Module, generator: torch.Generator) -> None:
    """Draw every weight from N(0, 2/N), N the nodes feeding one output (3·3·32 = 288 gives 0.083).

    Appendix B calls this Xavier; biases, of which it says nothing, are zero.
    """
    for layer in module.modules():
        match layer:
            case nn.Conv2d() | nn.ConvTranspose2d():
                fan_in = layer.in_channels * math.prod(layer.kernel_size)
            case nn.Linear():
                fan_in = layer.in_features
            case _:
                continue
        nn.init.normal_(layer.weight, std=math.sqrt(2 / fan_in), generator=generator)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
