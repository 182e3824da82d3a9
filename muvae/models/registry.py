"""The registry of encoders and decoders: one file and one line a network."""

from muvae.components import Registry
from muvae.models.conv import ConvDecoder, ConvEncoder
from muvae.models.mlp import MlpDecoder, MlpEncoder
from muvae.models.network import Decoder, Encoder

NETWORKS: tuple[tuple[Encoder, Decoder], ...] = (
    (ConvEncoder(), ConvDecoder()),
    (MlpEncoder(), MlpDecoder()),
)
ENCODERS: Registry[Encoder] = Registry("encoder", tuple(encoder for encoder, _ in NETWORKS))
DECODERS: Registry[Decoder] = Registry("decoder", tuple(decoder for _, decoder in NETWORKS))
