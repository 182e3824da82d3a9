"""Run folders: written whole or not at all, read with every check, never unpickled.

<run>/run.json                 configuration, metrics, provenance
      model.safetensors        the VAE, float32
      classifier.safetensors   the classifier, float16
      history.csv              one row an epoch
      codes.safetensors        the test set's codes and their maps
      replay.safetensors       of runs in two dimensions: the codes after each epoch, float16
"""

import dataclasses
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from muvae.errors import CheckpointError
from muvae.models import Classifier, Vae
from muvae.objectives import Objective, get_objective
from muvae.runs import files, tensor_files
from muvae.runs.config import ModelConfig, RunConfig
from muvae.runs.history import format_history, read_history
from muvae.runs.leftovers import (
    TEMPORARY,
    old_place,
    recover_one,
    run_path,
    sweep,
    temporary_prefix,
)
from muvae.runs.manifest import Manifest, read_manifest, write_manifest
from muvae.types import EpochRecord, Measurement, PathLike

REPLAY = "replay.safetensors"
MAPS = ("tsne", "umap")  # of codes.safetensors, which may lack them


@dataclass(frozen=True)
class Codes:
    """The test set in latent space: posterior mean and log_var [N,D], in the test set's order.

    `squared_error` [N] is that of the reconstruction of each mean; `tsne` and `umap` [N,2] are
    None until scripts/embed.py has made them.
    """

    mean: Tensor
    log_var: Tensor
    squared_error: Tensor
    tsne: Tensor | None = None
    umap: Tensor | None = None

    def __len__(self) -> int:
        return len(self.mean)


@dataclass(frozen=True)
class Run:
    """A trained run, as its folder holds it; its networks are in eval mode, without gradients.

    `replay` float16 [epochs,N,2] holds the test set's means after each epoch, where the codes have
    two dimensions; else it is None.
    """

    name: str
    config: RunConfig
    metrics: Mapping[str, Measurement]
    history: Sequence[EpochRecord]
    provenance: Mapping[str, Any]
    vae: Vae
    classifier: Classifier
    codes: Codes
    replay: Tensor | None = None

    @property
    def objective(self) -> Objective:
        """The objective that it was trained with."""
        return get_objective(self.config.objective)


def load_run(path: PathLike) -> Run:
    """Read and check a run folder; CheckpointError names the file and what is wrong with it."""
    folder = run_path(Path(path))
    manifest, history = read_measurements(folder)
    config, vae, classifier = load_networks(folder)
    return Run(
        name=Path(path).name,
        config=config,
        metrics=manifest.metrics,
        history=history,
        provenance=manifest.provenance,
        vae=vae,
        classifier=classifier,
        codes=codes_of(folder),
        replay=_read_replay(folder, len(history)),
    )


def read_measurements(folder: Path) -> tuple[Manifest, tuple[EpochRecord, ...]]:
    """Read and check run.json and history.csv, which must be of as many epochs."""
    manifest = read_manifest(folder / "run.json")
    history = read_history(folder / "history.csv")
    if len(history) != manifest.config.epochs:
        raise CheckpointError(
            f"{folder / 'history.csv'} has {len(history)} epochs, not the {manifest.config.epochs} "
            "of run.json"
        )
    return manifest, history


def check_files(path: PathLike) -> None:
    """Check that a run folder's files have all arrived, as far as their heads and lengths tell."""
    folder = run_path(Path(path))
    manifest, history = read_measurements(folder)
    model = manifest.config.model
    vae, classifier = _networks(model)
    tensor_files.check_tensors(folder / "model.safetensors", _layout(vae))
    tensor_files.check_tensors(
        folder / "classifier.safetensors", _layout(classifier, torch.float16)
    )
    codes = folder / "codes.safetensors"
    tensor_files.check_tensors(codes, _codes_layout(model.latent_dim), optional=MAPS)
    if (replay := folder / REPLAY).exists():
        tensor_files.check_tensors(replay, _replay_layout(len(history)))


def load_networks(path: PathLike) -> tuple[RunConfig, Vae, Classifier]:
    """Read and check a run folder's configuration and networks, and nothing else of it."""
    folder = run_path(Path(path))
    config = read_manifest(folder / "run.json").config
    vae, classifier = _networks(config.model)
    state, _ = tensor_files.read_tensors(folder / "model.safetensors", _layout(vae))
    half, _ = tensor_files.read_tensors(
        folder / "classifier.safetensors", _layout(classifier, torch.float16)
    )
    vae.load_state_dict(state, assign=True)
    classifier.load_state_dict({k: v.float() for k, v in half.items()}, assign=True)
    return config, vae.eval().requires_grad_(False), classifier.eval().requires_grad_(False)


def codes_of(path: PathLike) -> Codes:
    """Read and check a run folder's codes, and nothing else but its configuration."""
    folder = run_path(Path(path))
    dim = read_manifest(folder / "run.json").config.model.latent_dim
    path = folder / "codes.safetensors"
    tensors, _ = tensor_files.read_tensors(path, _codes_layout(dim), optional=MAPS)
    return Codes(**tensors)


def _networks(model: ModelConfig) -> tuple[Vae, Classifier]:
    """Both networks without weights, to be filled."""
    with torch.device("meta"):
        return Vae(model), Classifier(model.latent_dim, model.classes)


def _codes_layout(dim: int) -> tensor_files.Layout:
    shapes = {"mean": (None, dim), "log_var": (None, dim), "squared_error": (None,)}
    shapes |= dict.fromkeys(MAPS, (None, 2))
    return {name: (torch.float32, shape) for name, shape in shapes.items()}


def _replay_layout(epochs: int) -> tensor_files.Layout:
    return {"mean": (torch.float16, (epochs, None, 2))}


def _read_replay(folder: Path, epochs: int) -> Tensor | None:
    path = folder / REPLAY
    if not path.exists():
        return None
    tensors, _ = tensor_files.read_tensors(path, _replay_layout(epochs))
    return tensors["mean"]


def write_run(path: PathLike, run: Run) -> None:
    """Write a run folder beside `path` and put it in that place whole; the old one stays till then.

    CheckpointError says what could not be written; what stood at `path` is then still there.
    """
    target = Path(path)
    recover_one(old_place(target))
    temporary: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target)
        temporary = Path(
            tempfile.mkdtemp(prefix=temporary_prefix(target), suffix=TEMPORARY, dir=target.parent)
        )
        temporary.chmod(0o755)
        _write_files(temporary, run)
        old = old_place(target)
        if target.exists():
            target.rename(old)
        temporary.rename(target)
        files.sync(target.parent)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise files.unwritten(target, error) from error
    except CheckpointError as error:
        raise CheckpointError(f"{target} could not be written: {error}") from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def write_codes(path: PathLike, codes: Codes) -> None:
    """Replace a run folder's codes, atomically."""
    tensors = {
        name: value for name, value in vars(codes).items() if value is not None
    }  # a map that is not there has no tensor
    tensor_files.write_tensors(run_path(Path(path)) / "codes.safetensors", tensors)


def write_metrics(path: PathLike, metrics: Mapping[str, Measurement]) -> None:
    """Add metrics to a run folder's run.json, or replace those of the same names, atomically."""
    file = run_path(Path(path)) / "run.json"
    manifest = read_manifest(file)
    write_manifest(file, dataclasses.replace(manifest, metrics={**manifest.metrics, **metrics}))


def _write_files(folder: Path, run: Run) -> None:
    half = {name: value.half() for name, value in run.classifier.state_dict().items()}
    if not all(bool(torch.isfinite(value).all()) for value in half.values()):
        raise CheckpointError(f"{run.name}: a classifier weight is out of float16's range")
    tensor_files.write_tensors(folder / "model.safetensors", run.vae.state_dict())
    tensor_files.write_tensors(folder / "classifier.safetensors", half)
    files.write_text(folder / "history.csv", format_history(run.history))
    write_codes(folder, run.codes)
    if run.replay is not None:
        tensor_files.write_tensors(folder / REPLAY, {"mean": run.replay})
    manifest = Manifest(run.config, run.metrics, run.provenance)
    write_manifest(folder / "run.json", manifest)


def _layout(module: torch.nn.Module, dtype: torch.dtype | None = None) -> tensor_files.Layout:
    return {
        name: (dtype or value.dtype, tuple(value.shape))
        for name, value in module.state_dict().items()
    }
