"""What Interpolate can be asked for."""

from app.state.drawing import DRAWING
from app.state.endpoints import IMAGE, Choice, endpoint_parameters
from app.state.parameters import Option, Real, Whole
from app.state.selected_images import SELECTED_IMAGES

LINEAR, SPHERICAL = "linear", "spherical"

START = endpoint_parameters("start", lambda _: Choice(IMAGE, 0))
END = endpoint_parameters("end", lambda _: Choice(IMAGE, 1))
WAY = Option(name="way", options=(LINEAR, SPHERICAL))
STEPS = Whole(name="steps", low=2, high=40, initial=12)
SHARE = Real(name="t", low=0, high=1, initial=0.5)
PARAMETERS = (*START.list(), *END.list(), WAY, STEPS, SHARE)
HELD = (SELECTED_IMAGES, DRAWING)
