"""What Objectives shows: penalties of one dimension, clipping, and what all runs measured."""

import math
from collections.abc import Mapping

from app.export.captions import About, metrics
from app.export.files import Download, Snapshot
from app.views.objectives.charts import LOG_VARS, MEANS, penalty
from muvae.objectives import Objective

CHARTS = {
    "pen-over-log-var": ("The penalty over log σ²", "penalty-log-var"),
    "pen-over-mu": ("The penalty over μ", "penalty-mu"),
    "pen-clipping": ("Latent clipping", "clipping"),
}


def objective_downloads(
    about: About, charted: Mapping[str, Objective]
) -> list[Download | Snapshot]:
    """The three charts, the penalties as numbers, and the metrics of the dataset's runs."""
    general = About(about.page, about.dataset, [])  # they are of no run
    charts = [
        general.snapshot(label, what, f"chart:{key}", label)
        for key, (label, what) in CHARTS.items()
    ]
    rows = general.rows("The penalties", "penalties", lambda: penalty_rows(charted))
    return [*charts, rows, *([metrics(about)] if about.runs else [])]


def penalty_rows(charted: Mapping[str, Objective]) -> list[dict[str, object]]:
    """Every family's penalty at σ = 1 over μ, balanced or not, and at μ = 0 over log σ²."""
    rows: list[dict[str, object]] = []
    for family, first in charted.items():
        places = [(0.0, float(log_var), True) for log_var in LOG_VARS]
        places += [(float(mean), 0.0, balanced) for balanced in (True, False) for mean in MEANS]
        for mean, log_var, balanced in places:
            rows.append(
                {
                    "objective": family,
                    "mean": mean,
                    "log_var": log_var,
                    "std": math.exp(log_var / 2),
                    "batch_balanced": balanced,
                    "penalty": penalty(first, mean, log_var, balanced=balanced),
                }
            )
    return rows
