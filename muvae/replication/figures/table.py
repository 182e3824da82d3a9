"""Table 1: the latent classifiers' accuracy on the test set, beside the paper's."""

from muvae.replication.figures.output import Result
from muvae.replication.figures.sources import Sources
from muvae.replication.paper import TABLE_1


def accuracies(sources: Sources) -> Result:
    """A row for each dataset and run: accuracy in % on sampled codes and on means, the paper's.

    `accuracy_sampled` is the mean over draws of codes, `accuracy_sampled_sd` their standard
    deviation, empty where there was but one.
    """
    return Result(
        [
            {
                "dataset": dataset,
                "run": run.name,
                "model": run.objective.label,
                "accuracy_sampled": f"{100 * run.metrics['test_accuracy_sampled'].value:.2f}",
                "accuracy_sampled_sd": _percent(run.metrics["test_accuracy_sampled"].sd),
                "accuracy_mean": f"{100 * run.metrics['test_accuracy_mean'].value:.2f}",
                "paper": f"{reported[run.objective.name]:g}",
            }
            for dataset, reported in TABLE_1.items()
            for run in sources.paper_runs(dataset)
        ]
    )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.2f}"
