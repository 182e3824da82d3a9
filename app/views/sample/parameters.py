"""What Sample can be asked for."""

from app.state.by_run import ByRun
from app.state.parameters import Option, Real, Switch, read_number
from app.ui.widgets import seed_parameter

PRIOR, AGGREGATE = "prior N(0, σ²I)", "aggregate posterior"
MOST_SIGMA = 8.0

SOURCE = Option(name="source", options=(PRIOR, AGGREGATE))
COUNT = Option(name="samples", options=(16, 36, 64, 100), initial=lambda _: 64)
SEED = seed_parameter("seed")
ONE_SIGMA = Switch(name="one-sigma")
SIGMA = Real(name="sigma", low=0, high=MOST_SIGMA, initial=1)
SIGMAS = ByRun(
    name="sigma-",
    read_one=lambda text: read_number(text, 0, MOST_SIGMA),
    write_one=lambda sigma: f"{sigma:g}",
)
PARAMETERS = (SOURCE, COUNT, SEED, ONE_SIGMA, SIGMA, SIGMAS)
