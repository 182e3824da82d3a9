"""What the browser needs of runs to decode by itself: their weights and codes, as bytes."""

import gzip
import json
import threading
from collections.abc import Mapping

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor

from app.data import store
from app.data.embeddings import embedding
from muvae import Run, Split, Vae
from muvae.images import to_array
from muvae.models.ops import Graph, Networks
from muvae.models.ops.export import export_vae
from muvae.runs.config import ModelConfig
from muvae.types import IMAGE_SHAPE

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
            return store.made_of(dataset, name, part, _decoder)
        case "encoder.safetensors":
            return store.made_of(dataset, name, part, _encoder)
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
    return store.made_of_test(dataset, "images", _packed_images)


def test_labels(dataset: str) -> bytes:
    """The test images' classes, uint8 [N]."""
    return store.test_split(dataset).labels.numpy().astype(np.uint8).tobytes()


def _packed_images(test: Split) -> bytes:
    return gzip.compress(to_array(test.images).tobytes(), 6, mtime=0)


def _decoder(run: Run) -> bytes:
    graph = _networks(run.config.model).decoder
    weights = _weights(run.vae, graph)
    rounded = Vae(run.config.model)
    rounded.load_state_dict(
        {key: value.half().float() for key, value in run.vae.state_dict().items()}
    )
    codes = torch.cat([run.codes.mean[:CHECKED], run.objective.sample_std * _draws(run)])
    with torch.inference_mode():
        difference = float((run.vae.decode(codes) - rounded.decode(codes)).abs().max())
    return _pack(graph, _half(weights) if difference <= TOLERANCE else weights)


def _encoder(run: Run) -> bytes:
    # Rounded, it moves no code by a thousandth of the codes' range (test_browser_assets.py).
    graph = _networks(run.config.model).encoder
    return _pack(graph, _half(_weights(run.vae, graph)))


def _pack(graph: Graph, weights: Mapping[str, Tensor]) -> bytes:
    """Weights as safetensors, their network's list of ops beside them as the text `graph`."""
    return save(dict(weights), {"graph": json.dumps(graph.to_json(), separators=(",", ":"))})


def image_shape(run: Run) -> tuple[int, int, int]:
    """Height, width and channels of what a run encodes and decodes."""
    channels, height, width = _networks(run.config.model).image_shape
    return height, width, channels


_lock = threading.Lock()
_known: dict[tuple[str, int], Networks] = {}


def _networks(model: ModelConfig) -> Networks:
    """The lists of ops of a run's networks; made once for all runs with networks like these."""
    key = model.architecture, model.latent_dim
    with _lock:
        if key not in _known:
            vae = Vae(ModelConfig(architecture=model.architecture, latent_dim=model.latent_dim))
            _known[key] = export_vae(vae, IMAGE_SHAPE)[0]
        return _known[key]


def _draws(run: Run) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(CHECKED, run.config.model.latent_dim, generator=generator)


def _weights(vae: Vae, graph: Graph) -> dict[str, Tensor]:
    own = vae.state_dict()
    return {name: own[name].contiguous() for name in graph.tensor_names()}


def _half(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.half() for name, value in weights.items()}


def _floats(values: Tensor) -> bytes:
    return values.float().contiguous().numpy().astype("<f4").tobytes()
