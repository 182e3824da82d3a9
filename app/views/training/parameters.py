"""What Training can be asked for."""

from app.state.parameters import Option
from app.views.training.hidden_runs import HIDDEN_RUNS

LINEAR, LOG = "linear", "log"

SPLIT = Option(name="split", options=("test", "train", "both"))
AXES = Option(name="axes", options=(LINEAR, LOG))
ACCURACY = Option(name="accuracy", options=("sampled codes", "means"))
PARAMETERS = (SPLIT, AXES, ACCURACY, HIDDEN_RUNS)
