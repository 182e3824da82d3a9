"""What a card says of an objective: formulas in LaTeX and words in Markdown."""

from dataclasses import dataclass
from typing import Literal

# Where something can be seen, in the field's terms; app/state/links.py knows the page.
View = Literal[
    "reconstructions",
    "samples",
    "samples at one σ",
    "traversals",
    "weakest traversal",
    "maps",
    "maps by norm",
    "distributions",
    "KL per dimension",
    "curves",
    "toy planes",
]


@dataclass(frozen=True)
class Term:
    """A part of the loss: LaTeX, and what it does in words (markdown)."""

    formula: str
    meaning: str


@dataclass(frozen=True)
class Observation:
    """What can be seen of an objective's models (markdown), and where.

    `beside` are the names of the objectives whose models it shows in comparison.
    """

    text: str
    view: View
    beside: tuple[str, ...] = ()


RECONSTRUCTION = Term(
    r"\lVert x - x' \rVert^2",
    "Reconstruction: squared error between the image and what the decoder makes of its code, "
    "summed over the pixels. The code is drawn, z = μ + σε, so noise costs wherever the decoder "
    "listens.",
)


@dataclass(frozen=True, kw_only=True)
class Card:
    """What the app says of an objective with its parameters.

    Objectives of one `family` differ by their bound alone, and are explained together; `summary`
    is what is minimised in a few words (plain text), `formula` the same in LaTeX, `description`
    what it is and what it does to the codes. `charted`: whether the regularization is a function
    of the posterior alone, so that a penalty on one dimension can be drawn.
    """

    family: str
    summary: str
    description: str
    formula: str | None = None
    terms: tuple[Term, ...] = ()
    observations: tuple[Observation, ...] = ()
    charted: bool = False
