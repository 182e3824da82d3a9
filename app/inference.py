"""What the views ask of a run's networks: tensors in, arrays fit for drawing out."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from muvae import Run


@torch.inference_mode()
def decode(run: Run, codes: Tensor) -> NDArray[np.uint8]:
    """Images uint8 [N,28,28] of codes [N,D]."""
    images = run.vae.decode(codes).mul(255).round().to(torch.uint8)
    return images.squeeze(1).numpy()


@torch.inference_mode()
def probabilities(run: Run, codes: Tensor) -> NDArray[np.float32]:
    """The classifier's class probabilities [N,K] of codes [N,D]."""
    return torch.softmax(run.classifier(codes), dim=1).numpy()
