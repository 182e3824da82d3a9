"""What Arithmetic can be asked for."""

from app.state.drawing import DRAWING
from app.state.endpoints import endpoint_parameters
from app.state.parameters import Real, Switch
from app.state.selected_images import SELECTED_IMAGES
from app.views.arithmetic.examples import first_terms

TERMS = (
    endpoint_parameters("a", lambda dataset: first_terms(dataset)[0]),
    endpoint_parameters("b", lambda dataset: first_terms(dataset)[1]),
    endpoint_parameters("c", lambda dataset: first_terms(dataset)[2]),
)
CLIP = Switch(name="clip")
AMOUNT = Real(name="amount", low=0, high=2, initial=1)
PARAMETERS = (*(each for term in TERMS for each in term.list()), CLIP, AMOUNT)
HELD = (SELECTED_IMAGES, DRAWING)
