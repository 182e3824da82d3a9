"""What a run generates, measured: random samples (Figure 6), traversals (Figure 7) and paths."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from muvae.analysis.draws import DRAWS, over_draws
from muvae.analysis.sample_quality import (
    Decoder,
    Encoder,
    FrechetReference,
    Judged,
    LatentClassifier,
    decode_all,
    judge,
    largest_step,
    nearest_distance,
    traversal_classes,
    traversal_codes,
)
from muvae.types import Measurement

SEED = 0
PATHS = 200  # a draw

Sampler = Callable[[int, torch.Generator], Tensor]


@dataclass(frozen=True, eq=False)
class Judge:
    """An encoder and its classifier, and what they make of both halves of the test images.

    One half is the reference that pictures are held against; the other, `real`, is held against it
    for comparison.
    """

    vae: Encoder
    classifier: LatentClassifier
    reference: FrechetReference
    real: Judged

    @classmethod
    def of(cls, vae: Encoder, classifier: LatentClassifier, half: Tensor, other: Tensor) -> "Judge":
        """Let the judge look at both halves, images float [N,C,H,W] each."""
        reference = FrechetReference(judge(vae, classifier, half).features)
        return cls(vae, classifier, reference, judge(vae, classifier, other))

    def quality(self, name: str, look: Judged) -> dict[str, float]:
        """How sure it is of pictures, how even their classes are, how far they are from real."""
        return {
            f"{name}_confidence": look.confidence,
            f"{name}_class_entropy": look.class_entropy,
            f"{name}_frechet": self.reference.distance(look.features),
        }


@torch.inference_mode()
def sample_metrics(
    vae: Decoder,
    sample: Sampler,
    half: Tensor,
    other: Tensor,
    judges: Mapping[str, Judge],
    *,
    draws: int = DRAWS,
) -> dict[str, Measurement]:
    """Random samples held against half of the test images; a draw has as many as `other` has.

    sample: so many codes [N,D] of the prior; half, other: images float [N,C,H,W]; judges: by the
    prefix of their metrics' names. `samples_nearest`: squared error to the nearest of `half`.
    """

    def once(generator: torch.Generator) -> dict[str, float]:
        images = decode_all(vae, sample(len(other), generator))
        found = {"samples_nearest": nearest_distance(images, half)}
        looks: dict[int, Judged] = {}  # one judge may go by two names
        for name, each in judges.items():
            if id(each) not in looks:
                looks[id(each)] = judge(each.vae, each.classifier, images)
            found |= each.quality(f"{name}_samples", looks[id(each)])
        return found

    real = {"real_nearest": nearest_distance(other, half)}
    for name, each in judges.items():
        real |= each.quality(f"{name}_real", each.real)
    drawn = over_draws(once, seed=SEED, draws=draws)
    return drawn | {name: Measurement(value) for name, value in real.items()}


@torch.inference_mode()
def traversal_metrics(
    vae: Decoder, by: Judge, latent_dim: int, half_width: float
) -> dict[str, Measurement]:
    """The classes that a judge sees along each dimension, over ±half_width (TraversalClasses)."""
    swept = decode_all(vae, traversal_codes(latent_dim, half_width).flatten(0, 1))
    classes = traversal_classes(judge(by.vae, by.classifier, swept), latent_dim)
    return {
        f"traversal_{name}": Measurement(float(value))
        for name, value in dataclasses.asdict(classes).items()
    }


@torch.inference_mode()
def path_metrics(
    vae: Decoder, means: Tensor, *, paths: int = PATHS, draws: int = DRAWS
) -> dict[str, Measurement]:
    """`path_largest_step` (see `largest_step`) of straight paths between random test codes [N,D].

    A draw is of `paths` pairs of codes, or of all that there are; no code is in two of a draw.
    """
    count = min(paths, len(means) // 2)

    def once(generator: torch.Generator) -> dict[str, float]:
        picked = torch.randperm(len(means), generator=generator)[: 2 * count]
        starts, ends = means[picked].split(count)
        return {"path_largest_step": largest_step(vae, starts, ends)}

    return over_draws(once, seed=SEED, draws=draws)
