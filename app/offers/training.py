"""What Training and Distributions show: curves, histograms and divergences."""

import dataclasses
from collections.abc import Sequence

from app.exports.offer import Offer, Snapshot
from app.figures.bars import Divergence
from app.figures.curves import SplitName
from app.figures.histograms import Distribution
from app.offers.about import About, metrics
from muvae import Run


def training_offers(about: About, splits: Sequence[SplitName]) -> list[Offer | Snapshot]:
    """The curves as a picture and as numbers, all of them; what was measured in the end."""
    return [
        about.snapshot("The curves", "curves", "chart:curves"),
        about.rows("The curves", "curves", lambda: history_rows(about.runs, splits)),
        metrics(about),
    ]


def history_rows(runs: Sequence[Run], splits: Sequence[SplitName]) -> list[dict[str, object]]:
    """What was measured after every epoch on these splits."""
    return [
        {
            "run": run.name,
            "split": split,
            "epoch": record.epoch,
            **dataclasses.asdict(getattr(record, split)),
            "seconds": record.seconds,
            "images_per_second": record.images_per_second,
        }
        for run in runs
        for split in splits
        for record in run.history
    ]


def distribution_offers(
    about: About, shown: Sequence[Distribution], divergences: Sequence[Divergence]
) -> list[Offer | Snapshot]:
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
