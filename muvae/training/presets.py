"""The paper's experiments as run configurations: the models of Table 1, and those of Figure 1."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from muvae.datasets.spec import DatasetSpec
from muvae.errors import InvalidInputError
from muvae.models.latent import Latent
from muvae.models.registry import DECODERS, ENCODERS
from muvae.objectives import OBJECTIVES, get_objective
from muvae.runs.config import RunConfig
from muvae.training.settings import name_of, with_settings

LATENT_DIM = 10  # the paper's

TOY_ACTIVATIONS = {"tanh": "Tanh", "relu": "ReLU", "leaky-relu": "Leaky ReLU"}


@dataclass(frozen=True)
class ToyRow:
    """A row of Figure 1: what its models are trained with, and whether their means are clipped."""

    suffix: str
    title: str
    objective: str
    clipped: bool


TOY_ROWS = (
    ToyRow("elbo", "ELBO", "vae", clipped=False),
    ToyRow("elbo-clip", "ELBO + clipping", "vae", clipped=True),
    ToyRow("mu-clip", "μ-VAE + clipping", "mu-vae-1", clipped=True),
)
TOY_LATENT_DIM = 2


def toy_folder(dataset: str) -> str:
    """The folder of a dataset's toy runs, beside the one of its runs."""
    return f"{dataset}-toy"


def seeds_folder(dataset: str) -> str:
    """The folder of a dataset's runs with other seeds, of which run.json and history.csv do."""
    return f"{dataset}-seeds"


def toy_name(activation: str, row: ToyRow) -> str:
    """The run's name in that folder: `tanh-elbo-clip`."""
    return f"{activation}-{row.suffix}"


def base_config(
    dataset: DatasetSpec,
    objective: str,
    *,
    architecture: str = "conv",
    latent_dim: int = LATENT_DIM,
    epochs: int,
    precision: str,
    seed: int = 0,
    limit: int | None = None,
) -> RunConfig:
    """An objective's run with its usual parameters, named after the objective.

    The bound of Eq. 5 is the objective's own; the networks have as many stages as images of the
    dataset's size need. InvalidInputError names an objective or architecture that there is not.
    """
    chosen = get_objective(objective)
    return RunConfig(
        name=objective,
        dataset=dataset.name,
        objective=chosen,
        latent=Latent(latent_dim, chosen.clip),
        encoder=ENCODERS.named(architecture).fitting(dataset.image),
        decoder=DECODERS.named(architecture).fitting(dataset.image),
        image=dataset.image,
        classes=len(dataset.classes) or None,
        epochs=epochs,
        seed=seed,
        precision=precision,
        limit=limit,
        data_sha256=dataset.origin.sha256,
    )


def toy_configs(
    dataset: DatasetSpec, *, epochs: int, precision: str, seed: int = 0
) -> list[RunConfig]:
    """The nine models of Figure 1 (Table 2, two dimensions), row by row; clipped at 3√2 (Eq. 5)."""
    plan = []
    for row in TOY_ROWS:
        base = base_config(
            dataset,
            row.objective,
            architecture="mlp",
            latent_dim=TOY_LATENT_DIM,
            epochs=epochs,
            precision=precision,
            seed=seed,
        )
        clip = OBJECTIVES["mu-vae-1"].clip if row.clipped else None
        for activation in TOY_ACTIVATIONS:
            config = with_settings(base, {"activation": activation})
            plan.append(
                dataclasses.replace(
                    config,
                    name=toy_name(activation, row),
                    latent=Latent(TOY_LATENT_DIM, clip),
                )
            )
    return plan


def configs(
    dataset: DatasetSpec,
    objectives: list[str],
    *,
    epochs: int,
    precision: str,
    seed: int = 0,
    architecture: str = "conv",
    latent_dim: int = LATENT_DIM,
    limit: int | None = None,
    settings: Mapping[str, str] | None = None,
    name: str | None = None,
) -> list[RunConfig]:
    """A run for each objective; its name tells what differs from the paper's settings."""
    if name and len(objectives) != 1:
        raise InvalidInputError("--name goes with one objective")
    plan = []
    for objective in objectives:
        common: dict[str, Any] = {
            "architecture": architecture,
            "epochs": epochs,
            "precision": precision,
        }
        usual = base_config(dataset, objective, **common)
        base = base_config(
            dataset, objective, **common, latent_dim=latent_dim, seed=seed, limit=limit
        )
        config = with_settings(base, settings or {})
        label = objective if architecture == "conv" else f"{objective}-{architecture}"
        plan.append(dataclasses.replace(config, name=name or name_of(config, usual, label)))
    return plan
