"""What Clusters can be asked for."""

from app.state.choice import DATASET
from app.state.map_view import HIDDEN, zooms
from app.state.parameters import Option
from app.state.picked import Picked
from app.state.selected_images import POINTS

CLASS, ERROR, NORM = "class", "reconstruction error", "code norm"
POINTS_DRAWN, THUMBNAILS = "points", "thumbnails"

MAP = Option(name="map", options=("t-SNE", "UMAP", "PCA"))
COLOR = Option(name="color", options=(CLASS, ERROR, NORM))
DRAW = Option(name="draw", options=(POINTS_DRAWN, THUMBNAILS))
FOCUS = Picked(name="focus", scope=(DATASET,))
ZOOM = zooms(MAP)
PARAMETERS = (MAP, COLOR, DRAW, POINTS, FOCUS, HIDDEN, ZOOM)
