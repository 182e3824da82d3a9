"""Run folders written whole or not at all; their parts replaced without a mixture in between."""

import contextlib
import dataclasses
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from muvae.errors import CheckpointError
from muvae.models import exported
from muvae.runs import files, tensor_files
from muvae.runs.folder import parts_state
from muvae.runs.history import format_history
from muvae.runs.leftovers import (
    TEMPORARY,
    old_place,
    recover_one,
    run_path,
    sweep,
    temporary_prefix,
)
from muvae.runs.locks import locked
from muvae.runs.manifest import FILE, Manifest, read_manifest, write_manifest
from muvae.runs.replay import write_replay
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
from muvae.types import Measurement, PathLike

# Seconds for which a writer waits for another one of the same run. Writing takes some of them.
WAIT = 60.0
# What a run computes with: other codes and metrics may come to it, but other files are another run.
_NETWORKS = (NETWORKS, MODEL, CLASSIFIER, PARTS)


def write_run(path: PathLike, run: Run) -> None:
    """Write a run folder beside `path` and put it in that place whole; the old one stays till then.

    CheckpointError says what could not be written; what stood at `path` is then still there.
    """
    with alone(Path(path)), _replacing(Path(path)) as folder:
        _write_files(folder, run)
        manifest = Manifest(run.config, run.metrics, run.provenance, _digests(folder))
        write_manifest(folder / FILE, manifest)


def write_codes(path: PathLike, codes: Codes, made_for: Manifest | None = None) -> None:
    """Replace a run folder's codes, and their SHA-256 in run.json, as one.

    `made_for` is the run.json from before the codes were made. CheckpointError: it was another
    run's, which this one has replaced since.
    """
    target = Path(path)
    run_path(target)  # says that there is none
    with alone(target):
        manifest = read_manifest(run_path(target) / FILE)
        _check_same_run(target, manifest, made_for)
        with _replacing(target) as folder:
            for name in manifest.files:
                if name != CODES:
                    _link(run_path(target) / name, folder / name)
            _write_codes(folder, codes)
            digest = files.sha256_of(folder / CODES)
            changed = dataclasses.replace(manifest, files={**manifest.files, CODES: digest})
            write_manifest(folder / FILE, changed)


def write_metrics(
    path: PathLike, metrics: Mapping[str, Measurement], made_for: Manifest | None = None
) -> None:
    """Add metrics to a run folder's run.json, or replace those of the same names, atomically.

    `made_for` is the run.json from before they were measured; CheckpointError as for `write_codes`.
    """
    target = Path(path)
    run_path(target)  # says that there is none
    with alone(target):
        file = run_path(target) / FILE
        manifest = read_manifest(file)
        _check_same_run(target, manifest, made_for)
        metrics = {**manifest.metrics, **metrics}
        write_manifest(file, dataclasses.replace(manifest, metrics=metrics))


@contextlib.contextmanager
def alone(target: Path) -> Iterator[None]:
    """Keep other writers off a run's folder, as whoever writes what it has read there must."""
    try:
        with locked(target, wait=WAIT):
            yield
    except OSError as error:
        raise files.unwritten(target, error) from error


def _check_same_run(target: Path, now: Manifest, before: Manifest | None) -> None:
    if before is not None and any(
        now.files.get(name) != before.files.get(name) for name in _NETWORKS
    ):
        raise CheckpointError(
            f"{target} was replaced by another run meanwhile; give the same command again"
        )


@contextlib.contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside `target`, which on success takes its place."""
    recover_one(old_place(target))
    temporary: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target)
        temporary = Path(
            tempfile.mkdtemp(prefix=temporary_prefix(target), suffix=TEMPORARY, dir=target.parent)
        )
        temporary.chmod(0o755)
        yield temporary
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


def _link(source: Path, target: Path) -> None:
    """The same file in another folder: a link to it where there can be one, else a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
        files.sync(target)


def _write_files(folder: Path, run: Run) -> None:
    vae = exported(run.vae)
    half = {name: value.half() for name, value in run.classifier.state_dict().items()}
    if not all(bool(value.isfinite().all()) for value in half.values()):
        raise CheckpointError(f"{run.name}: a classifier weight is out of float16's range")
    files.write_json(folder / NETWORKS, vae.graphs.to_json())
    tensor_files.write_tensors(folder / MODEL, vae.networks.state_dict())
    tensor_files.write_tensors(folder / CLASSIFIER, half)
    files.write_text(folder / HISTORY, format_history(run.history))
    _write_codes(folder, run.codes)
    owners = (run.config.objective, run.config.prior)
    parts = {f"{own.kind}.{name}": each for own in owners for name, each in own.parts.items()}
    if parts:
        tensor_files.write_tensors(folder / PARTS, parts_state(parts))
    if run.replay is not None:
        write_replay(folder / REPLAY, run.replay)


def _write_codes(folder: Path, codes: Codes) -> None:
    tensors = {
        name: value for name, value in vars(codes).items() if value is not None
    }  # a map that is not there has no tensor
    tensor_files.write_tensors(folder / CODES, tensors)


def _digests(folder: Path) -> dict[str, str]:
    return {file.name: files.sha256_of(file) for file in sorted(folder.iterdir())}
