"""What the paper reports in numbers, to be set beside what is measured here."""

from collections.abc import Mapping
from types import MappingProxyType

# Test accuracy of the latent classifier in percent, by dataset and objective. The paper does not
# say whether it is on sampled codes or on means.
TABLE_1: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "mnist": MappingProxyType(
            {"vae": 93.422, "beta-vae": 62.45, "mu-vae-1": 95.28, "mu-vae-2": 96.44}
        ),
        "fashion-mnist": MappingProxyType(
            {"vae": 78.01, "beta-vae": 62.35, "mu-vae-1": 82.71, "mu-vae-2": 84.26}
        ),
    }
)
