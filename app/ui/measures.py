"""An objective's settings in the paper and what a run of it measured, as text for a table."""

from collections.abc import Callable

from muvae import Measurement, Objective, Run

LATENT_DIM = 10  # of the paper's models (Table 4)
NONE = "–"


def number(measured: float | Measurement) -> str:
    """Two decimals; of what is huge, such as the KL of Eq. 6, its power of ten."""
    value = measured.value if isinstance(measured, Measurement) else measured
    return f"{measured:.2f}" if abs(value) < 1e5 else f"{measured:.2e}"


def percent(share: Measurement) -> str:
    """A share in percent; with one decimal where there is noise, whose size that is."""
    return f"{share.times(100):.{1 if share.sd else 2}f} %"


MEASURES: dict[str, tuple[str, Callable[[Measurement], str]]] = {
    "Squared error, sampled codes": ("test_reconstruction", number),
    "Squared error, means": ("test_reconstruction_mean", number),
    "KL (Eq. 3), nats": ("test_kl", number),
    "Accuracy, sampled codes": ("test_accuracy_sampled", percent),
    "Accuracy, means": ("test_accuracy_mean", percent),
    "Active units": ("test_active_units", "{:.0f}".format),
    "Mean log σ²": ("mean_log_var", number),
    "Mean of |aggregate mean|": ("aggregate_mean", number),
    "Aggregate std": ("aggregate_std", number),
}


def settings(objective: Objective, latent_dim: int) -> dict[str, str]:
    """What the paper does with an objective's models."""
    bound = objective.bound(latent_dim)
    return {
        "Bound on ‖μ‖ (Eq. 5)": "none"
        if bound is None
        else f"{objective.clip:g}√{latent_dim} = {bound:.2f}",
        "Sampled at σ (Figure 6)": f"{objective.sample_std:g}",
        "Traversed over (Figure 7)": f"±{objective.traversal:g}",
    }


def column(objective: Objective, run: Run | None) -> dict[str, str]:
    """A column of a family's table: the objective's settings, the run's numbers or dashes."""
    metrics = run.metrics if run else {}
    measured = {
        title: form(metrics[name]) if name in metrics else NONE
        for title, (name, form) in MEASURES.items()
    }
    return settings(objective, run.config.latent.dim if run else LATENT_DIM) | measured
