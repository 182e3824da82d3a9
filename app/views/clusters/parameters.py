"""What Clusters can be asked for."""

from app.state.choice import DATASET
from app.state.map_view import HIDDEN, zoom_parameter
from app.state.parameters import Option
from app.state.picked import Picked
from app.state.selected_images import SELECTED_IMAGES

CLASS, ERROR, NORM = "class", "reconstruction error", "code norm"
POINTS, THUMBNAILS = "points", "thumbnails"

MAP = Option(name="map", options=("t-SNE", "UMAP", "PCA"))
COLOR = Option(name="color", options=(CLASS, ERROR, NORM))
DRAW = Option(name="draw", options=(POINTS, THUMBNAILS))
FOCUS = Picked(name="focus", scope=(DATASET,))
ZOOM = zoom_parameter(MAP)
PARAMETERS = (MAP, COLOR, DRAW, SELECTED_IMAGES, FOCUS, HIDDEN, ZOOM)
