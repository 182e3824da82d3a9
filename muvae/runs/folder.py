"""Run folders: read with every check, all of it of one state, never unpickled.

<run>/run.json                 configuration, metrics, provenance, the other files' SHA-256
      networks.json            encoder and decoder as lists of ops
      model.safetensors        their weights, float32
      classifier.safetensors   the classifier, float16, if there are labels
      parts.safetensors        what the objective and the prior own and learn, if they do
      history.csv              one row an epoch
      codes.safetensors        the test set's codes and their maps
      replay.safetensors       codes and decoder after chosen epochs, float16, if they were kept

Writing is in writing.py.
"""

import dataclasses
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from muvae.components import made_parts
from muvae.errors import CheckpointError, InvalidInputError
from muvae.models import Classifier, Vae, decoder_tensors
from muvae.models.ops import Networks
from muvae.models.vae import vae_of
from muvae.runs import files, tensor_files
from muvae.runs.config import RunConfig
from muvae.runs.history import read_history
from muvae.runs.layouts import classes_of, classifier_layout, codes_layout, fitting, weights_layout
from muvae.runs.leftovers import run_path
from muvae.runs.manifest import FILE, Manifest, read_manifest
from muvae.runs.replay import Replay, check_replay, read_replay
from muvae.runs.run import (
    CLASSIFIER,
    CODES,
    HISTORY,
    MODEL,
    NETWORKS,
    PARTS,
    REPLAY,
    Codes,
    Run,
)
from muvae.types import EpochRecord, PathLike

TRIES = 3
T = TypeVar("T")


def load_run(path: PathLike, *, images: int | None = None) -> Run:
    """Read and check a run folder; CheckpointError names the file and what is wrong with it.

    `images` is how many its test set has: a file of codes of more is not read.
    """

    def read(folder: Path, manifest: Manifest) -> Run:
        history = _read_history(folder, manifest)
        vae, classifier = _read_networks(folder, manifest)
        codes = _read_codes(folder, manifest, images)
        return Run(
            name=Path(path).name,
            config=_with_parts(folder, manifest, vae),
            metrics=manifest.metrics,
            history=history,
            provenance=manifest.provenance,
            vae=vae,
            classifier=classifier,
            codes=codes,
            replay=_read_replay(folder, manifest, vae, len(codes)),
        )

    return _of_one_state(path, read)


def read_measurements(path: PathLike) -> tuple[Manifest, tuple[EpochRecord, ...]]:
    """Read and check run.json and history.csv, which must be of as many epochs."""
    return _of_one_state(path, lambda folder, m: (m, _read_history(folder, m)))


def load_networks(path: PathLike) -> tuple[RunConfig, Vae, Classifier]:
    """Read and check a run folder's configuration and networks, and nothing else of it."""
    return _of_one_state(path, lambda folder, m: (m.config, *_read_networks(folder, m)))


def codes_of(path: PathLike) -> Codes:
    """Read and check a run folder's codes, and nothing else but its configuration."""
    return _of_one_state(path, _read_codes)


def check_files(path: PathLike) -> RunConfig:
    """Check that a run folder's files have all arrived, as far as their heads and lengths tell.

    Returns the run's configuration.
    """

    def check(folder: Path, manifest: Manifest) -> RunConfig:
        config, epochs = manifest.config, len(_read_history(folder, manifest))
        networks = _read_graphs(folder, manifest)
        shapes = tensor_files.check_tensors(
            folder / MODEL, weights_layout(networks, folder / MODEL)
        )
        layout = classifier_layout(config, folder / CLASSIFIER)
        tensor_files.check_tensors(folder / CLASSIFIER, layout)
        tensor_files.check_tensors(folder / CODES, codes_layout(config, folder / CODES, None))
        if REPLAY in manifest.files:
            decoder = {name: shapes[name] for name in networks.decoder.tensor_names()}
            dim = config.latent.dim
            check_replay(folder / REPLAY, epochs=epochs, dim=dim, decoder=decoder)
        return config

    return _of_one_state(path, check)


def _of_one_state(path: PathLike, read: Callable[[Path, Manifest], T]) -> T:
    """What `read` makes of a run folder and of its run.json, which is read once.

    Files have the SHA-256 that run.json tells. Where one has not, since another run has taken the
    folder's place meanwhile, all is read again; else it is a mixture, and an error.
    """
    for attempt in range(1, TRIES + 1):
        folder = run_path(Path(path))
        manifest = read_manifest(folder / FILE)
        try:
            return read(folder, manifest)
        except CheckpointError:
            if attempt == TRIES or not _replaced(Path(path), manifest):
                raise
    raise AssertionError("the last attempt returns or raises")


def _replaced(path: Path, manifest: Manifest) -> bool:
    """Whether a run folder is no longer the one that a manifest is of."""
    try:
        return read_manifest(run_path(path) / FILE) != manifest
    except CheckpointError:  # as between two renames
        return True


def _read_history(folder: Path, manifest: Manifest) -> tuple[EpochRecord, ...]:
    path = folder / HISTORY
    history = read_history(path, manifest.config.epochs, manifest.sha256(path))
    if len(history) != manifest.config.epochs:
        raise CheckpointError(
            f"{path} has {len(history)} epochs, not the {manifest.config.epochs} of run.json"
        )
    return history


def _read_graphs(folder: Path, manifest: Manifest) -> Networks:
    """networks.json, whose networks must be of the configuration's images and codes."""
    path, config = folder / NETWORKS, manifest.config
    text = files.read_text(path, manifest.sha256(path))
    try:
        networks = _networks(text)
    except InvalidInputError as error:
        raise CheckpointError(f"{path}: {error}") from error
    except (ValueError, RecursionError) as error:
        raise files.not_json(path, error) from error
    for what, actual, expected in (
        ("images", networks.image_shape, config.image.shape),
        ("codes", (networks.latent_dim,), (config.latent.dim,)),
    ):
        if actual != expected:
            raise CheckpointError(
                f"{path} is of {what} of {list(actual)}, and run.json of {list(expected)}"
            )
    return networks


@lru_cache(maxsize=8)  # of a thousand runs, mostly all have the same
def _networks(text: str) -> Networks:
    return Networks.from_json(files.parsed_json(text))


def _read_networks(folder: Path, manifest: Manifest) -> tuple[Vae, Classifier]:
    config, networks = manifest.config, _read_graphs(folder, manifest)
    path = folder / MODEL
    wanted = weights_layout(networks, path)
    tensors, _ = tensor_files.read_tensors(path, wanted, sha256=manifest.sha256(path))
    vae = fitting(path, lambda: vae_of(networks, tensors, config.latent))
    path = folder / CLASSIFIER
    layout = classifier_layout(config, path)
    half, _ = tensor_files.read_tensors(path, layout, sha256=manifest.sha256(path))
    with torch.device("meta"):
        classifier = classifier_of(config)
    classifier.load_state_dict({k: v.float() for k, v in half.items()}, assign=True)
    return vae, classifier.eval().requires_grad_(False)


def _with_parts(folder: Path, manifest: Manifest, vae: Vae) -> RunConfig:
    """The configuration, its objective and prior with the modules that they own."""
    config, path = manifest.config, folder / PARTS
    parts = made_parts((config.objective, config.prior), vae, config.seed)
    if not parts:
        return config
    layout = {name: (value.dtype, tuple(value.shape)) for name, value in parts_state(parts).items()}
    tensors, _ = tensor_files.read_tensors(path, layout, sha256=manifest.sha256(path))
    for name, module in parts.items():
        prefix = f"{name}."
        own = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
        module.load_state_dict(own)
        module.eval().requires_grad_(False)
    return dataclasses.replace(
        config,
        objective=config.objective.with_parts(parts),
        prior=config.prior.with_parts(parts),
    )


def parts_state(parts: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """The tensors of an objective's and a prior's modules, as parts.safetensors names them."""
    return {
        f"{name}.{key}": value
        for name, module in parts.items()
        for key, value in module.state_dict().items()
    }


def classifier_of(config: RunConfig) -> Classifier:
    """The classifier of a run, its weights not yet drawn; InvalidInputError if it can have none."""
    return Classifier(config.latent.dim, classes_of(config))


def _read_codes(folder: Path, manifest: Manifest, images: int | None = None) -> Codes:
    path = folder / CODES
    wanted = codes_layout(manifest.config, path, images)
    tensors, _ = tensor_files.read_tensors(path, wanted, sha256=manifest.sha256(path))
    codes = Codes(**tensors)
    fitting(path, codes.check)
    return codes


def _read_replay(folder: Path, manifest: Manifest, vae: Vae, images: int) -> Replay | None:
    path = folder / REPLAY
    if path.name not in manifest.files:
        return None
    return read_replay(
        path,
        epochs=manifest.config.epochs,
        images=images,
        dim=manifest.config.latent.dim,
        decoder={name: tuple(value.shape) for name, value in decoder_tensors(vae).items()},
        sha256=manifest.sha256(path),
    )
