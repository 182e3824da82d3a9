"""Examples of sums of codes on Arithmetic, by dataset."""

from dataclasses import dataclass

from app.state.endpoints import IMAGE, MEAN, Choice


@dataclass(frozen=True)
class Example:
    """Three terms worth a look, and what they ask of the codes."""

    title: str
    question: str
    terms: tuple[Choice, Choice, Choice]


# What the page begins with where a dataset has no examples of its own.
USUAL = (Choice(IMAGE, 0), Choice(MEAN, 0), Choice(MEAN, 1))

EXAMPLES: dict[str, tuple[Example, ...]] = {
    "mnist": (
        Example(
            "A bold 2?",
            "A bold 0, less the mean 0, plus the mean 2: does the pen stay as broad?",
            (Choice(IMAGE, 2649), Choice(MEAN, 0), Choice(MEAN, 2)),
        ),
        Example(
            "A thin 3?",
            "A thin 0, less the mean 0, plus the mean 3: does the pen stay as fine?",
            (Choice(IMAGE, 2748), Choice(MEAN, 0), Choice(MEAN, 3)),
        ),
        Example(
            "A slanted 6?",
            "A slanted 0, less the mean 0, plus the mean 6: does it lean as far, and is it a 6?",
            (Choice(IMAGE, 6643), Choice(MEAN, 0), Choice(MEAN, 6)),
        ),
    ),
    "fashion-mnist": (
        Example(
            "A bright boot?",
            "A bright sneaker, less the mean sneaker, plus the mean ankle boot.",
            (Choice(IMAGE, 3539), Choice(MEAN, 7), Choice(MEAN, 9)),
        ),
        Example(
            "A dark pullover?",
            "A dark T-shirt, less the mean T-shirt, plus the mean pullover.",
            (Choice(IMAGE, 926), Choice(MEAN, 0), Choice(MEAN, 2)),
        ),
        Example(
            "A dress with sleeves?",
            "The mean pullover, less the mean T-shirt, plus the mean dress: are sleeves a "
            "direction, and does the classifier still see a dress?",
            (Choice(MEAN, 2), Choice(MEAN, 0), Choice(MEAN, 3)),
        ),
    ),
}


def first_terms(dataset: str) -> tuple[Choice, Choice, Choice]:
    """What the page begins with on a dataset: its first example."""
    examples = EXAMPLES.get(dataset, ())
    return examples[0].terms if examples else USUAL
