"""What Arithmetic can be asked for."""

from app.state.drawing import DRAWING
from app.state.endpoints import end_parameters
from app.state.parameters import Real, Switch
from app.state.selected_images import POINTS
from app.views.arithmetic.examples import first_terms

TERMS = (
    end_parameters("a", lambda dataset: first_terms(dataset)[0]),
    end_parameters("b", lambda dataset: first_terms(dataset)[1]),
    end_parameters("c", lambda dataset: first_terms(dataset)[2]),
)
CLIP = Switch(name="clip")
AMOUNT = Real(name="amount", low=0, high=2, initial=1)
PARAMETERS = (*(each for term in TERMS for each in term.list()), CLIP, AMOUNT)
HELD = (POINTS, DRAWING)
