"""Print the test metrics of finished runs as a Markdown table, as it stands in the README."""

from typing import Any

from common import Parser, chosen_datasets
from process import run_main

from muvae import list_runs, load_run
from muvae.errors import CheckpointError
from muvae.replication.report.markdown import cell

COLUMNS = (
    ("squared error", "test_reconstruction", ".2f", 1),
    ("of the mean", "test_reconstruction_mean", ".2f", 1),
    ("KL", "test_kl", ".3g", 1),
    ("accuracy, sampled", "test_accuracy_sampled", ".1f", 100),
    ("on means", "test_accuracy_mean", ".2f", 100),
    ("kNN", "knn_accuracy", ".2f", 100),
    ("mean log σ²", "mean_log_var", ".3g", 1),
    ("spread σ", "aggregate_std", ".2f", 1),
)


def parse_arguments() -> Any:
    """The command line's flags."""
    parser = Parser(__doc__ or "")
    parser.add_dataset()
    parser.set_defaults(dataset="all")
    parser.add_checkpoints()
    return parser.parse_args()


def main() -> None:
    """Print the table."""
    flags = parse_arguments()
    names = [name for name, _, _, _ in COLUMNS]
    lines = [
        f"| dataset | run | epochs | {' | '.join(names)} |",
        "| --- | --- " + "| ---: " * (1 + len(names)) + "|",
    ]
    for spec in chosen_datasets(flags.dataset, flags.checkpoints):
        title = spec.title.replace("|", "\\|")
        runs = [load_run(entry.path) for entry in list_runs(flags.checkpoints / spec.name)]
        for run in runs:
            cells = [cell(run.metrics, key, form, times) for _, key, form, times in COLUMNS]
            lines.append(f"| {title} | `{run.name}` | {len(run.history)} | {' | '.join(cells)} |")
    if len(lines) == 2:
        raise CheckpointError(f"there are no runs in {flags.checkpoints}; train some first")
    print("\n".join(lines))


if __name__ == "__main__":
    run_main(main)
