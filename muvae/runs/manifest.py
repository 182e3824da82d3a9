"""run.json: configuration, metrics, provenance, and the files that belong to them; all checked."""

import dataclasses
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from muvae.errors import CheckpointError, InvalidInputError
from muvae.parameters import is_int
from muvae.runs import files
from muvae.runs.config import RunConfig
from muvae.types import Measurement, SplitMetrics

FORMAT = 2
FILE = "run.json"
_PARTS = ("config", "metrics", "provenance", "files")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TEST_METRICS = tuple(f"test_{field.name}" for field in dataclasses.fields(SplitMetrics))


@dataclass(frozen=True)
class Manifest:
    """What run.json holds; `metrics` are finite and include those of the test split (`test_kl`).

    `files` are the SHA-256 of the folder's other files by their names, so that none of another run
    is taken for this one's.
    """

    config: RunConfig
    metrics: Mapping[str, Measurement]
    provenance: Mapping[str, Any]
    files: Mapping[str, str] = field(default_factory=dict)

    def sha256(self, path: Path) -> str:
        """The SHA-256 of one of the folder's files; CheckpointError if it is none of them."""
        if path.name not in self.files:
            raise CheckpointError(f"{path.parent / FILE} knows of no file {path.name}")
        return self.files[path.name]


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write run.json, atomically."""
    values = {
        "format": FORMAT,
        "config": manifest.config.to_json(),
        "metrics": {name: dataclasses.asdict(value) for name, value in manifest.metrics.items()},
        "provenance": dict(manifest.provenance),
        "files": dict(sorted(manifest.files.items())),
    }
    files.write_json(path, values)


def read_manifest(path: Path) -> Manifest:
    """Read run.json; CheckpointError names the file and what is wrong."""
    values = files.read_json(path)
    if isinstance(values, dict) and values.get("format") == 1:
        raise CheckpointError(files.of_format_1(path))
    if not isinstance(values, dict) or not all(isinstance(values.get(p), dict) for p in _PARTS):
        raise CheckpointError(f"{path} must be an object with {', '.join(_PARTS)}")
    if values.get("format") != FORMAT or isinstance(values["format"], bool):
        raise CheckpointError(f"{path} has format {values.get('format')!r:.20}, not {FORMAT}")
    if unknown := sorted(set(values) - {"format", *_PARTS}):
        raise CheckpointError(f"{path} has an unknown key {unknown[0]!r}")
    try:
        config = RunConfig.from_json(values["config"])
    except InvalidInputError as error:
        raise CheckpointError(f"{path}: {error}") from error
    metrics = values["metrics"]
    if missing := [name for name in _TEST_METRICS if name not in metrics]:
        raise CheckpointError(f"{path} lacks the metric {missing[0]!r}")
    for name, digest in values["files"].items():
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            raise CheckpointError(f"{path}: the SHA-256 of {name!r:.60} is not 64 hex digits")
    measurements = {name: _measurement(path, name, value) for name, value in metrics.items()}
    return Manifest(config, measurements, values["provenance"], values["files"])


def _measurement(path: Path, name: str, value: object) -> Measurement:
    """A metric as run.json holds it: an object of value, sd and draws."""
    keys = [field.name for field in dataclasses.fields(Measurement)]
    if not isinstance(value, dict) or sorted(value) != sorted(keys):
        raise CheckpointError(f"{path}: metric {name!r} must have {', '.join(keys)}")
    number, sd, draws = (value[key] for key in keys)
    if not _is_finite_number(number):
        raise CheckpointError(f"{path}: metric {name!r} is not a finite number")
    if draws is not None and not is_int(draws, 1):
        raise CheckpointError(f"{path}: metric {name!r} has draws that are no whole number from 1")
    if sd is not None and not (_is_finite_number(sd) and sd >= 0):
        raise CheckpointError(f"{path}: metric {name!r} has an sd that is no number from 0")
    if (sd is not None) != (draws is not None and draws > 1):
        raise CheckpointError(
            f"{path}: metric {name!r} must have an sd if it has two draws or more, and else none"
        )
    return Measurement(number, sd, draws)


def _is_finite_number(value: object) -> bool:
    # JSON has whole numbers without end, of which math.isfinite can take only so many.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) if isinstance(value, float) else abs(value) < 2**1000
