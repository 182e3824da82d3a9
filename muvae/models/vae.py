"""The variational autoencoder around any encoder and decoder: encode, clip, decode."""

from typing import final

import torch
from torch import Tensor, nn

from muvae.images import ImageSpec
from muvae.models.latent import Latent, clip_norm
from muvae.models.network import Decoder, Encoder
from muvae.models.ops import EncoderDecoder, Networks
from muvae.models.plain import Layer, PlainOps
from muvae.types import Posterior


@final
class TrainableNetworks(nn.Module):
    """Encoder, linear heads for mean and log-variance, decoder, built from their parameters.

    The heads, and everything after the decoder's last layer, compute in float32 also under
    autocast: μ and log σ² set the scale of the whole latent space.
    """

    def __init__(
        self, encoder: Encoder, decoder: Decoder, image: ImageSpec, latent_dim: int
    ) -> None:
        super().__init__()
        self.image, self.latent_dim = image, latent_dim
        self.encoder = encoder.build(image)
        self.mean_head = nn.Linear(self.encoder.features, latent_dim)
        self.log_var_head = nn.Linear(self.encoder.features, latent_dim)
        # Last: the order of registration is that of the weights' draws.
        self.decoder = decoder.build(image, latent_dim)

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Mean [N,D], not clipped, and log_var [N,D] of images float [N,C,H,W] in [0, 1]."""
        features = self.encoder(images)
        if not torch.is_autocast_enabled(features.device.type):  # as when it is exported
            return self.mean_head(features), self.log_var_head(features)
        with torch.autocast(features.device.type, enabled=False):
            features = features.float()
            return self.mean_head(features), self.log_var_head(features)

    def decode(self, codes: Tensor) -> Tensor:
        """Images float32 [N,C,H,W] in [0, 1] of codes [N,D]."""
        return torch.sigmoid(self.decoder(codes).float())

    def graphs(self) -> tuple[Networks, dict[str, Tensor]]:
        """What it computes in eval mode as lists of ops, and their tensors by name.

        InvalidInputError names a layer that has no op.
        """
        inward, outward = self.encoder.steps(), self.decoder.steps()
        if inward is None or outward is None:
            # Here, as it takes seconds to import.
            from muvae.models.ops.export import export_networks

            return export_networks(self.encode, self.decode, self.image.shape, self.latent_dim)
        encoder = PlainOps("image", self.image.shape)
        encoder.add(inward, "encoder.")
        heads = {"mean": "mean_head", "log_var": "log_var_head"}
        outputs = {key: encoder.head(name, getattr(self, name)) for key, name in heads.items()}
        decoder = PlainOps("code", (self.latent_dim,))
        decoder.add([*outward, Layer("", nn.Sigmoid())], "decoder.")
        networks = Networks(encoder.graph(outputs), decoder.graph({"image": decoder.last}))
        return networks, self.state_dict()


@final
class Vae(nn.Module):
    """An encoder and a decoder, with latent clipping (Eq. 5) as part of encoding.

    `networks` are modules in training, or lists of ops as networks.json has them; their state_dict
    has the names of model.safetensors.
    """

    def __init__(self, networks: TrainableNetworks | EncoderDecoder, latent: Latent) -> None:
        super().__init__()
        self.networks = networks
        self.latent = latent
        self.latent_dim = latent.dim

    @property
    def graphs(self) -> Networks:
        """Encoder and decoder as lists of ops; InvalidInputError names a layer that has none."""
        if isinstance(self.networks, EncoderDecoder):
            return self.networks.networks
        return self.networks.graphs()[0]

    @property
    def device(self) -> torch.device:
        """Where the networks are."""
        return next(self.networks.parameters()).device

    def encode(self, images: Tensor) -> Posterior:
        """Posterior of images float [N,C,H,W] in [0, 1]: mean [N,D] within the bound, log_var."""
        mean, log_var = self.networks.encode(images)
        return Posterior(mean=clip_norm(mean, self.latent.bound), log_var=log_var)

    def decode(self, codes: Tensor) -> Tensor:
        """Images float32 [N,C,H,W] in [0, 1] of codes [N,D]."""
        return self.networks.decode(codes)


def exported(vae: Vae) -> Vae:
    """The same VAE as lists of ops, in eval mode, on the CPU; one that is so already is returned.

    Weights keep their names and bits. InvalidInputError names a layer that has no op.
    """
    if isinstance(vae.networks, EncoderDecoder):
        return vae
    networks, tensors = vae.networks.graphs()
    own = {name: tensor.detach().cpu() for name, tensor in tensors.items()}
    return vae_of(networks, own, vae.latent)


def decoder_tensors(vae: Vae) -> dict[str, Tensor]:
    """The tensors of a VAE's decoder as it is exported, by their names in model.safetensors."""
    shipped = exported(vae)
    tensors = shipped.networks.state_dict()
    return {name: tensors[name] for name in shipped.graphs.decoder.tensor_names()}


def vae_of(networks: Networks, tensors: dict[str, Tensor], latent: Latent) -> Vae:
    """A VAE of lists of ops and their tensors, in eval mode and without gradients.

    InvalidInputError: a tensor is missing, unknown, or does not fit its op.
    """
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    with torch.device("meta"):
        modules = EncoderDecoder(networks, shapes)
    modules.load_state_dict(tensors, assign=True)
    return Vae(modules, latent).eval().requires_grad_(False)
