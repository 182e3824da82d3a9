"""What sampled codes cost: the error and the accuracy of z ~ q(z|x), over many draws of them."""

import torch
from torch import Tensor

from muvae.analysis.draws import DRAWS, over_draws
from muvae.analysis.sample_quality import CHUNK, Decoder, LatentClassifier
from muvae.types import Measurement, Posterior

SEED = 0


@torch.inference_mode()
def sampled_code_metrics(
    vae: Decoder,
    classifier: LatentClassifier,
    images: Tensor,
    labels: Tensor,
    posterior: Posterior,
    *,
    draws: int = DRAWS,
) -> dict[str, Measurement]:
    """`test_reconstruction` and `test_accuracy_sampled` of a test set, one code an image and draw.

    images: float [N,C,H,W] in [0, 1]; labels: [N]; posterior: theirs, [N,D]. The error is the
    squared one, summed over pixels, mean over images; the accuracy is in [0, 1].
    """

    def once(generator: torch.Generator) -> dict[str, float]:
        codes = posterior.sample(generator)
        error, right = 0.0, 0
        for code, image, label in zip(
            codes.split(CHUNK), images.split(CHUNK), labels.split(CHUNK), strict=True
        ):
            error += float((vae.decode(code) - image).square().flatten(1).sum(1).double().sum())
            guesses = classifier.head(classifier.hidden(code)).argmax(1)
            right += int((guesses == label).sum())
        return {
            "test_reconstruction": error / len(images),
            "test_accuracy_sampled": right / len(labels),
        }

    return over_draws(once, seed=SEED, draws=draws)
