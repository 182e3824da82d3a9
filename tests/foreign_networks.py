"""Encoders and decoders as other people write them: what the export must understand."""

from collections import OrderedDict
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import weight_norm


def settle(module: nn.Module) -> nn.Module:
    """Give batch norms recorded statistics, and weights, that are not those of a new module."""
    generator = torch.Generator().manual_seed(1)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
            part.running_mean.normal_(generator=generator)
            part.running_var.uniform_(0.5, 2, generator=generator)
            if part.affine:
                nn.init.normal_(part.weight, generator=generator)
                nn.init.normal_(part.bias, generator=generator)
    return module


class Residual(nn.Module):
    """A ResNet block: batch norms, ReLU in place, and a sum."""

    def __init__(self, width: int, out: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, out, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(out)
        self.second = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or width != out:
            self.shortcut = nn.Sequential(nn.Conv2d(width, out, 1, stride), nn.BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.first_norm(self.first(x)))
        y = self.second_norm(self.second(y))
        y += self.shortcut(x)
        result: Tensor = self.relu(y)
        return result


class ResnetEncoder(nn.Module):
    """Normalised images, residual blocks, global pooling, one head cut in two by chunk."""

    def __init__(self, channels: int, latent_dim: int) -> None:
        super().__init__()
        self.register_buffer("average", torch.full((1, channels, 1, 1), 0.4))
        self.register_buffer("spread", torch.rand(1, channels, 1, 1) + 0.5)
        self.blocks = nn.Sequential(Residual(channels, 6, 2), Residual(6, 6, 1), nn.MaxPool2d(2))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(6, 2 * latent_dim)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        x = self.pool(self.blocks((images - self.average) / self.spread))
        mean, log_var = self.head(torch.flatten(x, 1)).chunk(2, dim=1)
        return mean, log_var


class UpsampleDecoder(nn.Module):
    """Nearest and bilinear upsampling, each before a convolution and a batch norm."""

    def __init__(self, latent_dim: int, shape: tuple[int, int, int]) -> None:
        super().__init__()
        channels, self.height, self.width = shape
        self.expand = nn.Linear(latent_dim, 4 * (self.height // 4) * (self.width // 4))
        self.layers = nn.Sequential(
            nn.Upsample(scale_factor=2),
            nn.Conv2d(4, 5, 3, padding="same"),
            nn.BatchNorm2d(5),
            nn.SiLU(inplace=True),
            nn.Upsample(size=(self.height, self.width), mode="bilinear"),
            nn.Conv2d(5, channels, 5, padding=2, groups=1),
            nn.Sigmoid(),
        )

    def forward(self, codes: Tensor) -> Tensor:
        x = self.expand(codes).view(-1, 4, self.height // 4, self.width // 4)
        images: Tensor = self.layers(x)
        return images


@dataclass
class Gaussian:
    mean: Tensor
    log_var: Tensor


class UnetEncoder(nn.Module):
    """Branches that are joined again, depthwise and dilated convolutions, average pools."""

    def __init__(self, shape: tuple[int, int, int], latent_dim: int) -> None:
        super().__init__()
        channels, height, width = shape
        self.left = nn.Conv2d(channels, 4, 3, padding=2, dilation=2)
        self.right = nn.Sequential(
            nn.Conv2d(channels, channels, (3, 5), padding=(1, 2), groups=channels),
            nn.Conv2d(channels, 3, 1),
            nn.GELU(),
        )
        self.pool = nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)
        features = 7 * ((height + 1) // 2) * ((width + 1) // 2)
        self.mean = nn.Linear(features, latent_dim)
        self.log_var = nn.Sequential(nn.Linear(features, latent_dim), nn.Softplus())

    def forward(self, images: Tensor) -> Gaussian:
        x = torch.cat([functional.elu(self.left(images)), self.right(images)], dim=1)
        x = self.pool(x).flatten(start_dim=1)
        return Gaussian(self.mean(x), 2 * self.log_var(x) - 1)


class SkipDecoder(nn.Module):
    """The code, joined to every layer: as features, and spread over the maps."""

    def __init__(self, latent_dim: int, shape: tuple[int, int, int]) -> None:
        super().__init__()
        self.latent_dim, self.shape = latent_dim, shape
        channels, height, width = shape
        self.first = nn.Linear(latent_dim, 12)
        self.second = nn.Linear(12 + latent_dim, 5 * height * width)
        self.conv = nn.Conv2d(5 + latent_dim, 4, 3, padding=1)
        self.last = nn.Conv2d(4, channels, 1)

    def forward(self, codes: Tensor) -> Tensor:
        _, height, width = self.shape
        x = torch.tanh(self.first(codes))
        x = functional.leaky_relu(self.second(torch.cat((x, codes), 1)), 0.1)
        x = x.unflatten(1, (5, height, width))
        spread = codes[:, :, None, None].expand(-1, -1, height, width)
        x = functional.selu(self.conv(torch.cat((x, spread), 1)))
        return torch.sigmoid(self.last(x) * 0.5 + 0.25)


class PythaeEncoder(nn.Module):
    """Pythae's MLP: an ordered dict with an embedding and a log covariance."""

    def __init__(self, shape: tuple[int, int, int], latent_dim: int) -> None:
        super().__init__()
        pixels = shape[0] * shape[1] * shape[2]
        layers = nn.ModuleList()
        layers.append(nn.Sequential(nn.Linear(pixels, 32), nn.ReLU()))
        self.layers = layers
        self.embedding = nn.Linear(32, latent_dim)
        self.log_var = nn.Linear(32, latent_dim)

    def forward(self, x: Tensor) -> "OrderedDict[str, Tensor]":
        out = x.reshape(-1, self.layers[0][0].in_features)
        for layer in self.layers:
            out = layer(out)
        return OrderedDict(embedding=self.embedding(out), log_covariance=self.log_var(out))


class PythaeDecoder(nn.Module):
    """Pythae's convolutional decoder for MNIST: kernels of 3, 5 and 5, batch norm, a dict."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.fc = nn.Linear(latent_dim, 8 * 4 * 4)
        self.layers = nn.Sequential(
            nn.ConvTranspose2d(8, 6, 3, 2, padding=1),
            nn.BatchNorm2d(6),
            nn.ReLU(),
            nn.Dropout(0.3),
            nn.ConvTranspose2d(6, 4, 3, 2, padding=1, output_padding=1, groups=2),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.ConvTranspose2d(4, 1, 3, 2, padding=1, output_padding=1),
            nn.Sigmoid(),
        )

    def forward(self, z: Tensor) -> "OrderedDict[str, Tensor]":
        out = self.fc(z).reshape(z.shape[0], 8, 4, 4)
        return OrderedDict(reconstruction=self.layers(out))


class OneClassVae(nn.Module):
    """Encoder and decoder as methods of one module; convolutional heads, crop, pad, shuffle."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.body = weight_norm(nn.Conv2d(3, 8, 4, 2))
        self.slope = nn.PReLU()
        self.heads = nn.Conv2d(8, 2 * latent_dim, 5)
        self.up = nn.Linear(latent_dim, 48)
        self.norm = nn.BatchNorm1d(48, affine=False)
        self.out = nn.Conv2d(3, 12, 3, padding=1, bias=False)

    def encode(self, images: Tensor) -> list[Tensor]:
        x = functional.pad(images, (1, 1, 2, 0))
        x = self.slope(self.body(x))
        x = self.heads(x).mean((2, 3))
        return [x[:, : self.latent_dim], x[:, self.latent_dim :]]

    def decode(self, codes: Tensor) -> Tensor:
        x = self.norm(self.up(codes)).relu_()
        x = functional.pixel_shuffle(self.out(x.view(len(x), 3, 4, 4)), 2)
        x = functional.interpolate(x, scale_factor=2, mode="nearest")
        return (1 - torch.tanh(x[:, :, 2:-2, 1:-2])) / 2
