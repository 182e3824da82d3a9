"""What the browser needs of runs to decode by itself: their weights and codes, as bytes."""

import gzip
import json
from collections.abc import Mapping

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor

from app.data import store
from app.data.embeddings import embedding
from muvae import Run, Split
from muvae.images import to_array
from muvae.models.ops import Graph
from muvae.models.vae import vae_of

ROUTE = "live"
# float16 where it shows no difference: a grey level of 255 is 4e-3.
TOLERANCE = 1e-3
CHECKED = 64  # codes, and as many draws of the prior
MAPS = ("tsne", "umap", "pca")


def run_part(dataset: str, name: str, part: str) -> bytes | None:
    """A part of a run, as app/server/live_routes.py names it; None where there is none."""
    run = store.run(dataset, name)
    match part:
        case "decoder.safetensors":
            return store.bytes_of_run(dataset, name, part, _decoder)
        case "encoder.safetensors":
            return store.bytes_of_run(dataset, name, part, _encoder)
        case "codes.bin":
            return _floats(run.codes.mean)
        case "errors.bin":
            return _floats(run.codes.squared_error)
    method = part.removeprefix("map-").removesuffix(".bin")
    if part == f"map-{method}.bin" and method in MAPS:
        points = embedding(dataset, name, method)
        return None if points is None else _floats(points)
    return None


def test_images(dataset: str) -> bytes:
    """The test images, uint8 [N,H,W] or [N,H,W,3], compressed once."""
    return store.bytes_of_test(dataset, "images", _packed_images)


def test_labels(dataset: str) -> bytes:
    """The test images' classes, uint8 [N]."""
    return store.test_split(dataset).labels.numpy().astype(np.uint8).tobytes()


def _packed_images(test: Split) -> bytes:
    return gzip.compress(to_array(test.images).tobytes(), 6, mtime=0)


def _decoder(run: Run) -> bytes:
    graph = run.networks.decoder
    weights = _weights(run, graph)
    own = run.vae.networks.state_dict()
    rounded = vae_of(
        run.networks, {key: value.half().float() for key, value in own.items()}, run.config.latent
    )
    codes = torch.cat([run.codes.mean[:CHECKED], run.objective.sample_std * _draws(run)])
    with torch.inference_mode():
        difference = float((run.vae.decode(codes) - rounded.decode(codes)).abs().max())
    return _pack(graph, _half(weights) if difference <= TOLERANCE else weights)


def _encoder(run: Run) -> bytes:
    # Rounded, it moves no code by a thousandth of the codes' range (test_browser_assets.py).
    graph = run.networks.encoder
    return _pack(graph, _half(_weights(run, graph)))


def _pack(graph: Graph, weights: Mapping[str, Tensor]) -> bytes:
    """Weights as safetensors, their network's list of ops beside them as the text `graph`."""
    return save(dict(weights), {"graph": json.dumps(graph.to_json(), separators=(",", ":"))})


def _draws(run: Run) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(CHECKED, run.config.latent.dim, generator=generator)


def _weights(run: Run, graph: Graph) -> dict[str, Tensor]:
    own = run.vae.networks.state_dict()
    return {name: own[name].contiguous() for name in graph.tensor_names()}


def _half(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.half() for name, value in weights.items()}


def _floats(values: Tensor) -> bytes:
    return values.float().contiguous().numpy().astype("<f4").tobytes()
