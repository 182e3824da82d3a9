"""The networks: Table 4's sizes, Appendix B's weights, Eq. 5's clip with its gradient."""

import math

import pytest
import torch
from helpers import make_vae
from torch import Tensor, nn

from muvae import Classifier, Vae
from muvae.images import ImageSpec
from muvae.models import clip_norm, initialize
from muvae.models.conv import ConvDecoder, ConvEncoder

MNIST = ImageSpec(height=28, width=28)


@pytest.fixture(scope="module")
def images() -> Tensor:
    return torch.rand(6, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def seeded(module: nn.Module, seed: int = 0) -> nn.Module:
    initialize(module, torch.Generator().manual_seed(seed))
    return module


def output_sizes(module: nn.Module, inputs: Tensor) -> list[tuple[str, tuple[int, ...]]]:
    """Kind and output size (without the batch) of every layer, in the order of their calls."""
    sizes: list[tuple[str, tuple[int, ...]]] = []

    def note(layer: nn.Module, _: object, output: Tensor) -> None:
        sizes.append((type(layer).__name__, tuple(output.shape[1:])))

    hooks = [
        layer.register_forward_hook(note)
        for layer in module.modules()
        if not list(layer.children())
    ]
    module(inputs)
    for hook in hooks:
        hook.remove()
    return sizes


def test_the_encoder_is_that_of_table_4(images: Tensor) -> None:
    assert output_sizes(ConvEncoder().build(MNIST), images) == [
        ("Conv2d", (64, 28, 28)),
        ("LeakyReLU", (64, 28, 28)),
        ("Conv2d", (64, 14, 14)),
        ("LeakyReLU", (64, 14, 14)),
        ("Conv2d", (64, 7, 7)),
        ("LeakyReLU", (64, 7, 7)),
    ]


def test_the_decoder_is_that_of_table_4() -> None:
    assert output_sizes(ConvDecoder().build(MNIST, 10), torch.zeros(2, 10)) == [
        ("Linear", (7 * 7 * 64,)),
        ("LeakyReLU", (7 * 7 * 64,)),
        ("ConvTranspose2d", (64, 7, 7)),
        ("LeakyReLU", (64, 7, 7)),
        ("ConvTranspose2d", (32, 14, 14)),
        ("LeakyReLU", (32, 14, 14)),
        ("ConvTranspose2d", (1, 28, 28)),
    ]


def test_the_classifier_is_that_of_table_4() -> None:
    dense = [("Linear", (1024,)), ("LeakyReLU", (1024,))]
    assert output_sizes(Classifier(10, 10), torch.zeros(2, 10)) == [*dense * 3, ("Linear", (10,))]


def test_all_kernels_are_3_by_3_and_all_slopes_0_2() -> None:
    for module in (make_vae(), Classifier(10, 10)):
        for layer in module.modules():
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
                assert layer.kernel_size == (3, 3)
            if isinstance(layer, nn.LeakyReLU):
                assert layer.negative_slope == 0.2


@pytest.mark.parametrize("latent_dim", [1, 10, 20])
def test_the_numbers_of_weights_are_those_of_table_4(latent_dim: int) -> None:
    vae = make_vae(latent_dim)
    encoder = (9 + 1) * 64 + 2 * (9 * 64 + 1) * 64
    heads = 2 * (3136 + 1) * latent_dim
    decoder = (latent_dim + 1) * 3136 + (9 * 64 + 1) * 64 + (9 * 64 + 1) * 32 + 9 * 32 + 1
    assert sum(p.numel() for p in vae.parameters()) == encoder + heads + decoder
    classifier = (latent_dim + 1) * 1024 + 2 * (1024 + 1) * 1024 + (1024 + 1) * 10
    assert sum(p.numel() for p in Classifier(latent_dim, 10).parameters()) == classifier


@pytest.mark.parametrize("latent_dim", [1, 10, 20])
def test_shapes_from_image_to_image(images: Tensor, latent_dim: int) -> None:
    vae = make_vae(latent_dim)
    posterior = vae.encode(images)
    assert posterior.mean.shape == posterior.log_var.shape == (6, latent_dim)
    assert Classifier(latent_dim, 10)(posterior.mean).shape == (6, 10)
    decoded = vae.decode(posterior.mean)
    assert decoded.shape == images.shape
    assert decoded.dtype == torch.float32


def test_decoded_pixels_are_between_0_and_1_and_are_the_sigmoid_of_the_decoder(
    images: Tensor,
) -> None:
    vae = seeded(make_vae())
    assert isinstance(vae, Vae)
    codes = 30 * torch.randn(6, 10, generator=torch.Generator().manual_seed(1))
    decoded = vae.decode(codes)
    assert 0 <= decoded.min() < 0.1
    assert 0.9 < decoded.max() <= 1
    torch.testing.assert_close(decoded, 1 / (1 + torch.exp(-vae.networks.decoder(codes))))


# Appendix B's own example: a 3x3 kernel on 32 channels, N = 288, gives 0.083.
LAYERS = [
    (nn.Conv2d(32, 128, 3), 0.0833),
    (nn.ConvTranspose2d(32, 128, 3), 0.0833),
    (nn.Conv2d(64, 64, 3), math.sqrt(2 / 576)),
    (nn.ConvTranspose2d(64, 32, 3), math.sqrt(2 / 576)),
    (nn.Linear(10, 4000), math.sqrt(2 / 10)),
    (nn.Linear(3136, 10), math.sqrt(2 / 3136)),
]


@pytest.mark.parametrize(("layer", "std"), LAYERS)
def test_weights_are_normal_with_appendix_b_s_spread_and_biases_zero(
    layer: nn.Conv2d | nn.ConvTranspose2d | nn.Linear, std: float
) -> None:
    seeded(layer)
    weights = layer.weight.detach()
    # The error of a spread measured on n draws is 1/√(2n) of it; four of those.
    assert float(weights.std()) == pytest.approx(std, rel=4 / math.sqrt(2 * weights.numel()))
    assert abs(float(weights.mean())) < 4 * std / math.sqrt(weights.numel())
    # Normal draws have a kurtosis of 3, uniform ones of 1.8.
    assert float((weights / std).pow(4).mean()) == pytest.approx(3, abs=0.4)
    assert layer.bias is not None
    assert not layer.bias.any()


def test_every_layer_of_every_network_is_drawn() -> None:
    for module in (make_vae(), Classifier(10, 10)):
        for parameter in module.parameters():
            nn.init.constant_(parameter, 7.0)
        seeded(module)
        for name, parameter in module.named_parameters():
            assert not (parameter == 7.0).any(), name
            assert name.endswith(".bias") is not parameter.detach().any().item(), name


def test_weights_are_their_seed_s() -> None:
    first, same, other = (seeded(make_vae(2), seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert not torch.equal(first["networks.mean_head.weight"], other["networks.mean_head.weight"])


BOUND = 3 * math.sqrt(10)


def clip_with_gradient(mean: Tensor, direction: Tensor) -> tuple[Tensor, Tensor]:
    """The clipped row, and the gradient of its product with `direction`, float64."""
    leaf = mean.double().requires_grad_()
    clipped = clip_norm(leaf.unsqueeze(0), BOUND)[0]
    (gradient,) = torch.autograd.grad(clipped @ direction.double(), leaf)
    return clipped.detach(), gradient


@pytest.fixture
def unit() -> Tensor:
    vector = torch.randn(10, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    return vector / vector.norm()


@pytest.fixture
def direction() -> Tensor:
    return torch.randn(10, generator=torch.Generator().manual_seed(4), dtype=torch.float64)


@pytest.mark.parametrize("length", [0.0, 1e-3, 1.0, BOUND * (1 - 1e-12)])
def test_under_the_bound_the_clip_is_the_identity(
    unit: Tensor, direction: Tensor, length: float
) -> None:
    clipped, gradient = clip_with_gradient(length * unit, direction)
    assert torch.equal(clipped, length * unit)
    assert torch.equal(gradient, direction)


def test_at_the_bound_the_clip_is_the_identity(direction: Tensor) -> None:
    # On an axis the norm is the coordinate's own value, without rounding: just the bound.
    mean = torch.zeros(10, dtype=torch.float64)
    mean[2] = -BOUND
    clipped, gradient = clip_with_gradient(mean, direction)
    assert torch.equal(clipped, mean)
    assert torch.equal(gradient, direction)


@pytest.mark.parametrize("length", [BOUND * 1.001, 2 * BOUND, 1e6 * BOUND])
def test_over_the_bound_the_clip_projects_on_the_sphere(
    unit: Tensor, direction: Tensor, length: float
) -> None:
    """Value c·μ/|μ| (Eq. 5); gradient c/|μ|·(I − uuᵀ)v, without a part along μ."""
    clipped, gradient = clip_with_gradient(length * unit, direction)
    torch.testing.assert_close(clipped, BOUND * unit)
    tangent = direction - (direction @ unit) * unit
    torch.testing.assert_close(gradient, BOUND / length * tangent)
    assert abs(gradient @ unit) < 1e-12 * gradient.norm()


def test_each_row_is_clipped_by_itself() -> None:
    mean = torch.tensor([[3.0, 4.0], [0.3, 0.4], [-30.0, 40.0], [0.0, 0.0]])
    expected = torch.tensor([[1.5, 2.0], [0.3, 0.4], [-1.5, 2.0], [0.0, 0.0]])
    torch.testing.assert_close(clip_norm(mean, 2.5), expected)
    assert clip_norm(mean, None) is mean


def test_encoding_clips_the_mean_and_leaves_log_var(images: Tensor) -> None:
    free, bounded = (seeded(make_vae(clip=clip)) for clip in (None, 1e-3 / math.sqrt(10)))
    assert isinstance(free, Vae)
    assert isinstance(bounded, Vae)
    expected, posterior = free.encode(images), bounded.encode(images)
    assert (expected.mean.norm(dim=1) > 1e-3).all()
    torch.testing.assert_close(posterior.mean.norm(dim=1), torch.full((6,), 1e-3))
    torch.testing.assert_close(posterior.mean, clip_norm(expected.mean, 1e-3))
    assert torch.equal(posterior.log_var, expected.log_var)
    assert torch.equal(expected.mean, free.networks.mean_head(free.networks.encoder(images)))


def test_under_autocast_heads_and_images_are_float32(images: Tensor) -> None:
    vae, classifier = seeded(make_vae()), seeded(Classifier(10, 10))
    assert isinstance(vae, Vae)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        features = vae.networks.encoder(images)
        posterior = vae.encode(images)
        decoded = vae.decode(posterior.mean)
        logits = classifier(posterior.mean)
    assert features.dtype == torch.bfloat16
    # Equal, and not only of that type: the heads compute in float32 what bfloat16 features give.
    assert torch.equal(posterior.log_var, vae.networks.log_var_head(features.float()))
    assert torch.equal(posterior.mean, vae.networks.mean_head(features.float()))
    assert decoded.dtype == logits.dtype == torch.float32
    torch.testing.assert_close(decoded, vae.decode(posterior.mean), atol=0.05, rtol=0)


def test_the_memory_format_does_not_matter(images: Tensor) -> None:
    vae = seeded(make_vae())
    assert isinstance(vae, Vae)
    expected = vae.encode(images)
    vae.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    torch.testing.assert_close(vae.encode(images).mean, expected.mean, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(vae.encode(images).log_var, expected.log_var, atol=1e-5, rtol=1e-4)
