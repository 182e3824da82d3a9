"""The paper's experiments as run configurations: the models of Table 1, and those of Figure 1."""

from dataclasses import dataclass

from muvae.errors import InvalidInputError
from muvae.objectives import OBJECTIVES, get_objective
from muvae.runs.config import ModelConfig, RunConfig
from muvae.types import CLASSES

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


def toy_configs(
    dataset: str,
    *,
    epochs: int,
    precision: str,
    seed: int = 0,
    classes: int = CLASSES,
    data_sha256: str | None = None,
) -> list[RunConfig]:
    """The nine models of Figure 1 (Table 2, two dimensions), row by row; clipped at 3√2 (Eq. 5)."""
    bound = OBJECTIVES["mu-vae-1"].bound(TOY_LATENT_DIM)
    return [
        RunConfig(
            name=toy_name(activation, row),
            dataset=dataset,
            objective=row.objective,
            model=ModelConfig(
                architecture=f"mlp-{activation}",
                latent_dim=TOY_LATENT_DIM,
                bound=bound if row.clipped else None,
                classes=classes,
            ),
            epochs=epochs,
            seed=seed,
            precision=precision,
            data_sha256=data_sha256,
        )
        for row in TOY_ROWS
        for activation in TOY_ACTIVATIONS
    ]


def configs(
    dataset: str,
    objectives: list[str],
    *,
    epochs: int,
    precision: str,
    seed: int = 0,
    latent_dim: int = 10,
    limit: int | None = None,
    name: str | None = None,
    classes: int = CLASSES,
    data_sha256: str | None = None,
) -> list[RunConfig]:
    """A run for each objective, of Table 4's model; its name tells what the paper does not set."""
    if name and len(objectives) != 1:
        raise InvalidInputError("--name goes with one objective")
    suffix = "".join(
        f"-{label}{value}"
        for label, value, usual in (
            ("z", latent_dim, 10),
            ("seed", seed, 0),
            ("limit", limit, None),
        )
        if value != usual
    )
    return [
        RunConfig(
            name=name or objective + suffix,
            dataset=dataset,
            objective=objective,
            model=ModelConfig(
                latent_dim=latent_dim,
                bound=get_objective(objective).bound(latent_dim),
                classes=classes,
            ),
            epochs=epochs,
            seed=seed,
            precision=precision,
            limit=limit,
            data_sha256=data_sha256,
        )
        for objective in objectives
    ]
