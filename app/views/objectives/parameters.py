"""What Objectives can be asked for: the places of its three sliders."""

from app.state.parameters import Real

LOG_VAR = Real(name="pen-log-var", low=-6.0, high=3.0, initial=-2.0)
MEAN = Real(name="pen-mu", low=-4.0, high=4.0, initial=2.0)
BOUND = Real(name="pen-bound", low=0.5, high=6.0, initial=3.0, step=0.5)
PARAMETERS = (LOG_VAR, MEAN, BOUND)
