"""The field's terms as this app uses them: Objectives lists them, help texts link to them."""

from collections.abc import Mapping
from dataclasses import dataclass

PAGE = "objectives"


@dataclass(frozen=True)
class GlossaryEntry:
    """A term's name, and what it means in one or two sentences (markdown)."""

    name: str
    meaning: str


# By anchor on the page Objectives.
GLOSSARY: Mapping[str, GlossaryEntry] = {
    "posterior": GlossaryEntry(
        "Posterior",
        "The Gaussian q(z|x) that the encoder makes of an image x: a mean μ and a standard "
        "deviation σ for each dimension.",
    ),
    "code": GlossaryEntry(
        "Code",
        "The D numbers z by which a run knows an image: sampled, z = μ + σε with ε drawn from "
        "N(0, 1), or the posterior's mean μ alone.",
    ),
    "sigma": GlossaryEntry(
        "σ",
        "The standard deviation of a posterior in one dimension: how much noise its code carries. "
        "Of samples, that of the Gaussian from which codes are drawn.",
    ),
    "prior": GlossaryEntry(
        "Prior",
        "The distribution N(0, I) to which the ELBO compares posteriors, and from which new codes "
        "are drawn; N(0, σ²I) is the same with another spread.",
    ),
    "squared-error": GlossaryEntry(
        "Squared error",
        "The reconstruction loss: squared differences between an image and what is decoded from "
        "its code, in [0, 1] a pixel, summed over the image's pixels.",
    ),
    "kl": GlossaryEntry(
        "KL divergence",
        "How far an image's posterior is from N(0, I), in nats (Eq. 3), mean over images; 0 where "
        "the code tells nothing of the image.",
    ),
    "regularization": GlossaryEntry(
        "Regularization",
        "What an objective adds to the squared error: the KL, or the μ-VAE's penalty on means "
        "and variances.",
    ),
    "bound": GlossaryEntry(
        "Bound and clipping",
        "The largest norm ‖μ‖ that a μ-VAE's mean may have, 3√D or 6√D: a longer one is scaled "
        "back to it, in training and here (Eq. 5).",
    ),
    "norm": GlossaryEntry(
        "Norm",
        "‖z‖ or ‖μ‖, the length of a code: its distance from the origin, the middle of the prior.",
    ),
    "active-units": GlossaryEntry(
        "Active units",
        "Dimensions whose mean μ varies by more than 0.01 (its variance) over the test images. The "
        "others are dead: they tell nothing of the image.",
    ),
    "aggregate-posterior": GlossaryEntry(
        "Aggregate posterior",
        "The posteriors of all test images together: where a run's codes lie, with a mean and a σ "
        "in each dimension.",
    ),
    "accuracy": GlossaryEntry(
        "Accuracy, sampled and on means",
        "The share of test images whose class the run's classifier reads from the code: from one "
        "sampled code an image, with its noise, or from the mean μ. The paper does not say which.",
    ),
    "confidence": GlossaryEntry(
        "Guess and confidence",
        "The class that the run's own classifier finds likeliest for a code, and the probability "
        "that it gives it. Far from all codes it can be sure and wrong.",
    ),
    "knn": GlossaryEntry(
        "kNN accuracy",
        "The share of test images whose class is that of most of the ten nearest other codes: how "
        "well classes lie apart without a classifier.",
    ),
    "off-the-data": GlossaryEntry(
        "Off the data",
        "Farther from the nearest test code than 99 % of the test codes lie from their own "
        "nearest: the decoder was never asked for such a place.",
    ),
    "frechet": GlossaryEntry(
        "Fréchet distance",
        "How unlike two sets of images are in the eyes of a judge, whose features of each are "
        "taken for a Gaussian: 0 where these are the same. Here of samples and test images.",
    ),
    "judge": GlossaryEntry(
        "Judge",
        "The encoder and classifier of the dataset's VAE, which look at the samples of all runs "
        "alike. Its confidence tells how clear they are, the entropy of its guesses (1: all "
        "classes as often) how varied.",
    ),
    "traversal": GlossaryEntry(
        "Traversal",
        "Images decoded while one dimension of a code moves and all others stand still (Figure 7).",
    ),
    "interpolation": GlossaryEntry(
        "Interpolation",
        "Images decoded on the way from one code to another: on the straight line, or evenly along "
        "the arc around the origin, norms going linearly.",
    ),
    "maps": GlossaryEntry(
        "Maps",
        "Test codes in two dimensions. PCA keeps the directions in which they vary most; t-SNE and "
        "UMAP keep neighbours together, but neither distances nor the sizes of groups.",
    ),
    "class-mean": GlossaryEntry(
        "Class mean",
        "The mean of the codes of all test images of a class.",
    ),
    "noise": GlossaryEntry(
        "±, draws",
        "What depends on random draws, such as the accuracy on sampled codes, is measured over "
        "many: the mean is shown, and after ± the standard deviation of single draws.",
    ),
    "seed": GlossaryEntry(
        "Seed",
        "The number from which noise or a random choice is made: the same seed gives the same, "
        "here and in a link.",
    ),
}


def link(anchor: str) -> str:
    """Markdown that leads to a term on Objectives, under any address that the app is served at."""
    return f"[{GLOSSARY[anchor].name}]({PAGE}#{anchor})"


def helped(text: str, *anchors: str) -> str:
    """A help text, and links to the terms that it uses."""
    return f"{text}\n\nMore: {', '.join(link(anchor) for anchor in anchors)}" if anchors else text


def told(*anchors: str) -> str:
    """A help text that is the meaning of terms."""
    return "\n\n".join(f"**{link(anchor)}**: {GLOSSARY[anchor].meaning}" for anchor in anchors)
