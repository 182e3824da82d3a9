"""The paper held against runs: its statements, and the question that it leaves open."""

from muvae.replication.deciders import Verdict
from muvae.replication.gaps import AccuracyGap, accuracy_gaps
from muvae.replication.measured import Measured, MissingError, read_measured
from muvae.replication.seeds import SeedSpread, seed_spreads
from muvae.replication.statements import STATEMENTS, Statement
from muvae.replication.variance import (
    Check,
    VarianceForm,
    missing_runs,
    nearest_form,
    variance_forms,
)

__all__ = [
    "STATEMENTS",
    "AccuracyGap",
    "Check",
    "Measured",
    "MissingError",
    "SeedSpread",
    "Statement",
    "VarianceForm",
    "Verdict",
    "accuracy_gaps",
    "missing_runs",
    "nearest_form",
    "read_measured",
    "seed_spreads",
    "variance_forms",
]
