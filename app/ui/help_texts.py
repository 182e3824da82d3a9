"""What the controls and numbers of the live views are, each in one sentence.

The keys are those of `data-help` in the views' JavaScript: mount.js makes the texts the titles of
these elements; app/ui/help.py lists them for those who have no mouse.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A control or number by its name on the page, what it is, and the glossary's terms for it."""

    name: str
    text: str
    terms: tuple[str, ...] = ()


_GUESS = Entry(
    "Class and percentage",
    "What the run's classifier reads from the code, and how sure it is; asked once nothing moves.",
    ("confidence",),
)
_ERROR = Entry(
    "error", "Squared error between the picture and what is decoded.", ("squared-error",)
)
_NORM = Entry(
    "‖z‖ and bound",
    "The code's length; the bar fills towards the run's bound, and is red beyond it.",
    ("norm", "bound"),
)
_OFF = Entry(
    "Distance, off the data",
    "From the code to the nearest test code; off the data, where 99 % of these have a nearer one.",
    ("off-the-data",),
)

HELP: Mapping[str, Mapping[str, Entry]] = {
    "traverse": {
        "play": Entry("Play", "Sweeps the slider that was moved last, to and fro."),
        "reset": Entry("Reset", "Brings all sliders back to the base point."),
        "base": Entry("Base point", "The code at which all sliders stand at 0."),
        "slider": Entry(
            "Sliders",
            "Each moves a dimension of every run over the run's own range; arrow keys move it, a "
            "double click brings it back. A hollow dot: the dimension is dead in that run.",
            ("active-units",),
        ),
        "norm": _NORM,
        "guess": _GUESS,
        "strip": Entry(
            "Steps",
            "The whole range of the dimension moved last, the others where they stand; press or "
            "drag to go there.",
            ("traversal",),
        ),
        "axis": Entry("across, up", "The two dimensions of the planes."),
        "pad": Entry(
            "Planes",
            "What two dimensions make together; press, drag or use arrow keys to move both.",
        ),
    },
    "samples": {
        "sigma": Entry("σ", "The spread of the noise that is decoded.", ("sigma", "prior")),
        "samples": Entry(
            "Samples",
            "What the run decodes from the noise; point at one to read what it is taken for.",
        ),
        "facts": Entry(
            "Confidence and classes",
            "How sure the run's classifier is of the samples, on average, and how many classes it "
            "reads. It can be sure of samples that people cannot read.",
            ("confidence",),
        ),
    },
    "draw": {
        "pad": Entry("Pad", "Draw with mouse, finger or pen; Control and Z undoes."),
        "brush": Entry("Brush", "Draws white."),
        "eraser": Entry("Eraser", "Draws black."),
        "size": Entry("Size", "How broad brush and eraser are."),
        "undo": Entry("Undo", "Takes back the last stroke."),
        "clear": Entry("Clear", "Empties the pad."),
        "start": Entry("Start from a test image", "Lays one on the pad, to be changed."),
        "seen": Entry("Small picture", "The picture as the models see it, of a test image's size."),
        "error": _ERROR,
        "norm": Entry("‖μ‖", "The length of the code, of the run's bound.", ("norm", "bound")),
        "spread": Entry(
            "mean σ", "The posterior's σ, averaged over its dimensions.", ("posterior", "sigma")
        ),
        "bars": Entry("Bars", "The code: μ a dimension, with ±σ as whiskers.", ("code",)),
        "guess": _GUESS,
    },
    "interpolate": {
        "play": Entry("Play", "Goes to and fro between start and end."),
        "place": Entry("t", "The place on the way: 0 is the start, 1 the end."),
        "strip": Entry(
            "Steps", "Images decoded on the way; press or drag across them to go there."
        ),
        "shares": Entry(
            "Bands",
            "How likely the run's classifier finds each class along the way.",
            ("confidence",),
        ),
        "distances": Entry(
            "Line",
            "The steps' distances to the nearest test code; above the dashed line they are off "
            "the data.",
            ("off-the-data",),
        ),
        "reading": Entry(
            "Beside the image", "Class, ‖z‖ and nearest test image of the place.", ("norm",)
        ),
    },
    "arithmetic": {
        "amount": Entry("Amount", "How much of c − b is added to a; 1 is a − b + c."),
        "reset": Entry("Reset", "Back to a − b + c."),
        "guess": _GUESS,
        "norm": Entry("‖z‖", "The result's length, and the run's bound.", ("norm", "bound")),
        "near": _OFF,
    },
    "maps": {
        "lasso": Entry("Lasso", "On, dragging selects the points within the line that it draws."),
        "whole": Entry("Whole maps", "Shows all of each map again, after zooming and panning."),
        "clear": Entry("Clear", "Selects nothing."),
        "classes": Entry(
            "Classes", "A click shows or hides one in all maps, a double click shows it alone."
        ),
        "all": Entry("Show all", "Shows all classes again."),
        "scale": Entry(
            "Scale", "What the colours measure, the same in all maps.", ("squared-error", "norm")
        ),
        "map": Entry(
            "Maps",
            "A point is a test image; what is pointed at or selected in one map is marked in all. "
            "Keys: arrows pan, + and − zoom, 0 shows all, Enter selects, Escape clears.",
            ("maps",),
        ),
    },
    "plane": {
        "epoch": Entry("Epoch", "Replays where the codes lay after each epoch of training."),
        "title": Entry("A model's title", "Enlarges its plane, or makes it small again."),
        "plane": Entry(
            "Planes",
            "A point is a test image's code, coloured by class; point or drag, or use arrow keys "
            "(Home: the origin), and every model decodes that place.",
            ("code",),
        ),
        "guess": _GUESS,
        "error": _ERROR,
        "KL": Entry("KL", "KL divergence to N(0, I), in nats, of the test set.", ("kl",)),
        "accuracy": Entry("accuracy", "Of the run's classifier, on means.", ("accuracy",)),
        "kNN": Entry("kNN", "Accuracy of a vote of the ten nearest codes.", ("knn",)),
        "on bound": Entry(
            "on bound", "Share of the codes that clipping left on the bound.", ("bound",)
        ),
    },
}


def titles(view: str) -> dict[str, str]:
    """The texts of a view, by key; none of one that says all by itself."""
    return {key: entry.text for key, entry in HELP.get(view, {}).items()}
