"""Bring run folders and datasets of format 1 up to date; weights, codes and histories stay."""

import argparse
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from common import Parser
from process import run_main

from muvae import DATASETS, MuvaeError, RunConfig
from muvae.datasets.spec import DESCRIPTION_FILE, Description, write_description
from muvae.errors import CheckpointError, InvalidInputError
from muvae.models import TrainableNetworks, Vae
from muvae.runs import files
from muvae.runs.folder import check_files, read_measurements
from muvae.runs.manifest import FILE, Manifest, read_manifest, write_manifest
from muvae.runs.run import NETWORKS
from muvae.runs.writing import alone
from muvae.types import Measurement

EPILOG = """\
examples:
  migrate.py checkpoints                   all datasets and runs
  migrate.py checkpoints/letters/vae       one run

Where DIR and the folders in it hold a run.json of format 1, it is rewritten as format 2, and
networks.json is put beside it; a dataset's dataset.json likewise. No other file changes. Each file
is replaced as a whole, so the command may be stopped at any moment and given again.
"""

# What format 1 left to the code of its time. These are facts about old runs: they never change.
SAMPLED_AT = {"vae": (1.0, 2.0), "beta-vae": (1.0, 2.0), "mu-vae-1": (3.0, 10.0)}
SAMPLED_AT["mu-vae-2"] = (3.0, 20.0)
VARIANCE = {"": "kl", "-eq6": "log_var", "-exp": "exp"}
BETA = 4.0
SLOPE = 0.2
IMAGE = {"height": 28, "width": 28, "channels": 1}


def main() -> None:
    """Migrate all that lies in a folder, then say what was wrong with the rest."""
    parser = Parser(__doc__ or "", EPILOG)
    parser.add_argument("folder", type=Path, metavar="DIR", help="a folder of runs, or one run")
    flags: argparse.Namespace = parser.parse_args()
    if not flags.folder.is_dir():
        raise CheckpointError(f"{flags.folder} is not a folder; give one that holds run.json files")
    migrated, problems = 0, list[str]()
    for path in sorted(_folders(flags.folder)):
        try:
            migrated += migrate_dataset(path) + migrate_run(path)
        except MuvaeError as error:
            problems.append(str(error))
    print(f"{migrated} brought up to date" if migrated else "nothing is of format 1")
    if problems:
        raise CheckpointError("not brought up to date: " + "; ".join(problems))


def _folders(root: Path) -> Iterator[Path]:
    yield root
    for path in root.rglob("*"):
        if path.is_dir() and not path.name.startswith("."):
            yield path


def migrate_dataset(folder: Path) -> bool:
    """Write a dataset's dataset.json by the contract; whether there was anything to do."""
    path = folder / DESCRIPTION_FILE
    if not path.exists():
        # Format 1 had none for the built-in datasets.
        if folder.name not in DATASETS or not (folder / "test.npz").exists():
            return False
        write_description(folder, DATASETS[folder.name])
        return True
    values = files.read_json(path)
    if not isinstance(values, dict) or "source" not in values:
        return False
    origin = {key: values.get(key) for key in ("source", "sha256")}
    new = {key: value for key, value in values.items() if key not in origin}
    try:
        described = Description.from_json(new | {"image": IMAGE, "origin": origin, "licence": None})
    except InvalidInputError as error:
        raise CheckpointError(f"{path}: {error}") from error
    write_description(folder, described.named(folder.name))
    return True


def migrate_run(folder: Path) -> bool:
    """Write a run's run.json and networks.json by format 2; whether it was of format 1."""
    path = folder / FILE
    if not path.exists() or _of_format_1(path) is None:
        return False
    with alone(folder):
        values = _of_format_1(path)  # unless another process has been quicker
        if values is not None:
            _rewrite(folder, values)
    return values is not None


def _of_format_1(path: Path) -> dict[str, Any] | None:
    """What run.json says if it is of format 1; a CheckpointError if it is of none."""
    values = files.read_json(path)
    if isinstance(values, dict) and values.get("format") == 1:
        return values
    read_manifest(path)  # says what is wrong, if anything is
    return None


def _rewrite(folder: Path, values: Mapping[str, Any]) -> None:
    path = folder / FILE
    try:
        manifest = Manifest(
            config=_config(folder, values["config"]),
            metrics={name: _measurement(value) for name, value in values["metrics"].items()},
            provenance=values["provenance"],
        )
    except (InvalidInputError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path} is no run.json of format 1 ({error})") from error
    if (folder / "model.safetensors").exists():
        _write_networks(folder, manifest.config)
    digests = {
        file.name: files.sha256_of(file)
        for file in folder.iterdir()
        if file.is_file() and file.name != FILE and not file.name.startswith(".")
    }
    write_manifest(path, replace(manifest, files=digests))
    # What else is wrong with the folder was so before, and is told of the new one.
    (check_files if NETWORKS in digests else read_measurements)(folder)


def _write_networks(folder: Path, config: RunConfig) -> None:
    networks = TrainableNetworks(config.encoder, config.decoder, config.image, config.latent.dim)
    files.write_json(folder / NETWORKS, Vae(networks, config.latent).graphs.to_json())


def _config(folder: Path, old: Mapping[str, Any]) -> RunConfig:
    model = old["model"]
    encoder, decoder = _networks(model["architecture"])
    objective = {"name": old["objective"]} | _objective(old["objective"])
    optimizer = {key: old[key] for key in ("learning_rate", "beta1", "beta2")}
    kept = ("name", "dataset", "epochs", "seed", "batch_size", "precision", "limit")
    return RunConfig.from_json(
        {key: old[key] for key in kept}
        | {
            "objective": objective,
            "latent": {"dim": model["latent_dim"], "clip": _clip(model)},
            "prior": {"name": "standard-normal"},
            "encoder": encoder,
            "decoder": decoder,
            "image": IMAGE,
            "classes": model.get("classes", 10),
            "optimizer": {"name": "adam"} | optimizer,
            "data_sha256": old.get("data_sha256") or DATASETS[old["dataset"]].origin.sha256,
        }
    )


def _objective(name: str) -> dict[str, Any]:
    """An objective's parameters as format 1's code had them."""
    base = next((base for base in SAMPLED_AT if name.startswith(base) and base != "vae"), "vae")
    std, traversal = SAMPLED_AT[base]
    parameters: dict[str, Any] = {"sample_std": std, "traversal": traversal}
    if base == "beta-vae":
        parameters["beta"] = BETA
    if base.startswith("mu-vae"):
        parameters["variance"] = VARIANCE[name.removeprefix(base)]
    return parameters


def _networks(architecture: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Encoder and decoder as format 1's code had them: Table 4, or Table 2 and an activation."""
    if architecture == "conv":
        convolutions = {"strides": [1, 2, 2], "kernel": 3, "negative_slope": SLOPE}
        encoder = {"name": "conv", "channels": [64, 64, 64]} | convolutions
        return encoder, encoder | {"channels": [64, 64, 32]}
    family, _, activation = architecture.partition("-")
    layers = {"hidden": [512, 512, 512], "activation": activation, "negative_slope": SLOPE}
    return {"name": family} | layers, {"name": family} | layers


def _clip(model: Mapping[str, Any]) -> float | None:
    """The bound in units of √D: the number of fewest digits that gives the very same bound."""
    bound, root = model["bound"], math.sqrt(model["latent_dim"])
    if bound is None:
        return None
    for digits in range(1, 18):
        clip = float(f"{bound / root:.{digits}g}")
        if clip * root == bound:
            return clip
    return float(bound / root)


def _measurement(value: object) -> Measurement:
    """A metric as format 1 has it: a number, of whose draws, if it had any, nothing is known."""
    if isinstance(value, Mapping):
        return Measurement(value["value"], value["sd"], value["draws"])
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"a metric is {value!r:.40}")
    return Measurement(value)


if __name__ == "__main__":
    run_main(main)
