"""The classifier of Table 4, trained on codes."""

from typing import final

import torch
from torch import Tensor, nn

HIDDEN = 1024
NEGATIVE_SLOPE = 0.2


@final
class Classifier(nn.Module):
    """Codes [N,D] to class logits [N,K]: three dense layers of 1024, leaky ReLU, one linear head.

    Table 4's softmax is left to the loss and to whoever wants probabilities; its K is 10.
    """

    def __init__(self, latent_dim: int, classes: int) -> None:
        super().__init__()
        self.hidden = nn.Sequential(
            nn.Linear(latent_dim, HIDDEN),
            nn.LeakyReLU(NEGATIVE_SLOPE, inplace=True),
            nn.Linear(HIDDEN, HIDDEN),
            nn.LeakyReLU(NEGATIVE_SLOPE, inplace=True),
            nn.Linear(HIDDEN, HIDDEN),
            nn.LeakyReLU(NEGATIVE_SLOPE, inplace=True),
        )
        self.head = nn.Linear(HIDDEN, classes)

    def forward(self, codes: Tensor) -> Tensor:
        features = self.hidden(codes)
        with torch.autocast(features.device.type, enabled=False):
            logits: Tensor = self.head(features.float())
        return logits
