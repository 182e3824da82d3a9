"""What Distributions can be asked for."""

from app.state.parameters import Option
from app.views.distributions.charts import OVERLAID, ROWS

SAMPLED, MEANS = "sampled", "means"
SHARED, OWN = "shared", "each run's own"
LINEAR, LOG = "linear", "log"

CODES = Option(name="codes", options=(SAMPLED, MEANS))
ARRANGEMENT = Option(name="arrangement", options=(OVERLAID, ROWS))
X_RANGE = Option(name="x-range", options=(SHARED, OWN))
KL_AXIS = Option(name="kl-axis", options=(LINEAR, LOG))
PARAMETERS = (CODES, ARRANGEMENT, X_RANGE, KL_AXIS)
