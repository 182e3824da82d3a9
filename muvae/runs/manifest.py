"""run.json: a run's configuration, metrics and provenance, every value checked on the way back."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from muvae.errors import CheckpointError, InvalidInputError
from muvae.objectives import get_objective
from muvae.parameters import is_int
from muvae.runs import files
from muvae.runs.config import RunConfig
from muvae.types import Measurement, SplitMetrics

FORMAT = 1
_PARTS = ("config", "metrics", "provenance")
_TEST_METRICS = tuple(f"test_{field.name}" for field in dataclasses.fields(SplitMetrics))


@dataclass(frozen=True)
class Manifest:
    """What run.json holds; `metrics` are finite and include those of the test split (`test_kl`)."""

    config: RunConfig
    metrics: Mapping[str, Measurement]
    provenance: Mapping[str, Any]


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write run.json, atomically."""
    values = {
        "format": FORMAT,
        "config": manifest.config.to_json(),
        "metrics": {name: _written(value) for name, value in manifest.metrics.items()},
        "provenance": dict(manifest.provenance),
    }
    files.write_json(path, values)


def read_manifest(path: Path) -> Manifest:
    """Read run.json; CheckpointError names the file and what is wrong."""
    values = files.read_json(path)
    if not isinstance(values, dict) or not all(isinstance(values.get(p), dict) for p in _PARTS):
        raise CheckpointError(f"{path} must be an object with {', '.join(_PARTS)}")
    if values.get("format") != FORMAT:
        raise CheckpointError(f"{path} has format {values.get('format')!r:.20}, not {FORMAT}")
    if unknown := sorted(set(values) - {"format", *_PARTS}):
        raise CheckpointError(f"{path} has an unknown key {unknown[0]!r}")
    try:
        config = RunConfig.from_json(values["config"])
        get_objective(config.objective)
    except InvalidInputError as error:
        raise CheckpointError(f"{path}: {error}") from error
    metrics = values["metrics"]
    if missing := [name for name in _TEST_METRICS if name not in metrics]:
        raise CheckpointError(f"{path} lacks the metric {missing[0]!r}")
    measurements = {name: _measurement(path, name, value) for name, value in metrics.items()}
    return Manifest(config, measurements, values["provenance"])


def _written(measurement: Measurement) -> float | dict[str, float | None]:
    """A plain number where no draw is involved; else value, sd and draws."""
    return measurement.value if measurement.draws is None else dataclasses.asdict(measurement)


def _measurement(path: Path, name: str, value: object) -> Measurement:
    """A metric as run.json holds it: a plain number, or an object of value, sd and draws."""
    keys = [field.name for field in dataclasses.fields(Measurement)]
    plain = {"value": value, "sd": None, "draws": None}
    parts: dict[str, Any] = value if isinstance(value, dict) else plain
    if sorted(parts) != sorted(keys):
        raise CheckpointError(f"{path}: metric {name!r} must have {', '.join(keys)}")
    number, sd, draws = (parts[key] for key in keys)
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
