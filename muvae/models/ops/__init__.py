"""Networks as lists of ops: JSON in and out, and modules built from them."""

from muvae.models.ops.graph import KINDS, Graph, Size, op_from_json
from muvae.models.ops.network import EncoderDecoder, Network
from muvae.models.ops.networks import Networks
from muvae.models.ops.op import Op

__all__ = [
    "KINDS", "EncoderDecoder", "Graph", "Network", "Networks", "Op", "Size", "op_from_json",
]  # fmt: skip
