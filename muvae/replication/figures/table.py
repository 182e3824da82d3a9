"""Table 1: the latent classifiers' accuracy on the test set, beside the paper's."""

from muvae.replication.figures.output import Result
from muvae.replication.figures.sources import Sources
from muvae.replication.paper import TABLE_1


def accuracies(sources: Sources) -> Result:
    """A row for each dataset and run: accuracy in % on sampled codes and on means, the paper's."""
    return Result(
        [
            {
                "dataset": dataset,
                "run": run.name,
                "model": run.objective.label,
                "accuracy_sampled": f"{100 * run.metrics['test_accuracy_sampled'].value:.2f}",
                "accuracy_mean": f"{100 * run.metrics['test_accuracy_mean'].value:.2f}",
                "paper": f"{reported[run.objective.name]:g}",
            }
            for dataset, reported in TABLE_1.items()
            for run in sources.paper_runs(dataset)
        ]
    )
