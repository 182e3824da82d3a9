"""What the views ask of a run's networks: tensors in, arrays fit for drawing out."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from muvae import Run
from muvae.images import to_array

LARGEST = 64  # codes at once; a power of two


@torch.inference_mode()
def decode(run: Run, codes: Tensor) -> NDArray[np.uint8]:
    """Images uint8 [N,H,W], or [N,H,W,3] if they are coloured, of codes [N,D]."""
    return to_array(in_parts(run.vae.decode, codes).mul(255).round().to(torch.uint8))


@torch.inference_mode()
def encode(run: Run, images: Tensor) -> NDArray[np.float32]:
    """Posteriors [N,2,D], mean and log-variance, of images [N,H,W,C] in [0, 1]."""

    def both(part: Tensor) -> Tensor:
        posterior = run.vae.encode(part)
        return torch.stack([posterior.mean, posterior.log_var], dim=1)

    return in_parts(both, images.permute(0, 3, 1, 2).contiguous()).numpy()


@torch.inference_mode()
def probabilities(run: Run, codes: Tensor) -> NDArray[np.float32]:
    """The classifier's class probabilities [N,K] of codes [N,D]."""
    return torch.softmax(in_parts(run.classifier, codes), dim=1).numpy()


def in_parts(network: Callable[[Tensor], Tensor], codes: Tensor) -> Tensor:
    """What a network makes of codes [N,D], taken in parts of 64, 32, 16, ... and 1.

    oneDNN compiles a network's layers for every size of batch that it meets, and keeps what it has
    compiled: of four runs, 57 MB for the sizes from 1 to 99, and 5 MB in these parts.
    """
    whole, rest = divmod(len(codes), LARGEST)
    sizes = [1 << bit for bit in reversed(range(rest.bit_length())) if rest >> bit & 1]
    parts = codes.split([LARGEST] * whole + sizes) if len(codes) else (codes,)
    return torch.cat([network(part) for part in parts])


@torch.inference_mode()
def is_finite(run: Run, image: Tensor) -> bool:
    """Whether a run's networks make finite numbers, tried on an image uint8 [C,H,W] and a code."""
    code = run.codes.mean[:1]
    posterior = run.vae.encode(image[None].float() / 255)
    made = (posterior.mean, posterior.log_var, run.vae.decode(code), run.classifier(code))
    return all(bool(each.isfinite().all()) for each in made)
