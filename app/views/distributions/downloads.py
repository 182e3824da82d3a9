"""What Distributions shows: histograms and divergences."""

from collections.abc import Sequence

from app.export.captions import About, metrics
from app.export.files import Download, Snapshot
from app.ui.charts.bars import Divergence
from app.views.distributions.charts import Distribution


def distribution_downloads(
    about: About, shown: Sequence[Distribution], divergences: Sequence[Divergence]
) -> list[Download | Snapshot]:
    """Histograms and divergences, as pictures and as numbers."""
    return [
        about.snapshot("The histograms", "histograms", "chart:histograms", "a panel a dimension"),
        about.snapshot("KL per dimension", "kl", "chart:kl", "KL divergence to N(0, 1), in nats"),
        about.rows("The histograms", "histograms", lambda: histogram_rows(shown)),
        about.rows("KL per dimension", "kl", lambda: divergence_rows(divergences)),
        metrics(about),
    ]


def histogram_rows(shown: Sequence[Distribution]) -> list[dict[str, object]]:
    """Each bin: where it begins and ends, how many codes it holds, and its density."""
    return [
        {
            "run": each.series.name,
            "dimension": dimension,
            "from": low,
            "to": high,
            "codes": count,
            "density": density,
        }
        for each in shown
        for dimension, histogram in enumerate(each.histograms)
        for low, high, count, density in zip(
            histogram.edges[:-1].tolist(),
            histogram.edges[1:].tolist(),
            histogram.counts.tolist(),
            histogram.density.tolist(),
            strict=True,
        )
    ]


def divergence_rows(shown: Sequence[Divergence]) -> list[dict[str, object]]:
    """Each dimension's KL divergence to N(0, 1) in nats, and whether it is active."""
    return [
        {"run": each.series.name, "dimension": at, "kl_nats": kl, "active": bool(active)}
        for each in shown
        for at, (kl, active) in enumerate(zip(each.kl.tolist(), each.active, strict=True))
    ]
