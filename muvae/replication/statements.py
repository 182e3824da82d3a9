"""The paper's statements, one by one, each with what decides it."""

from dataclasses import dataclass

from muvae.replication.deciders import (
    Decider,
    Verdict,
    all_hold,
    beta_follows_the_prior,
    collapse,
    compare,
    good_samples,
    means_near_zero,
    reaches_the_paper,
    smoother_toy,
    toy_mu_works,
    variance_to_one,
)
from muvae.replication.measured import Measured, MissingError


@dataclass(frozen=True)
class Statement:
    """A statement of the paper: its words, where they stand, and the page that shows its matter."""

    claim: str
    source: str
    page: str
    decide: Decider

    def verdict(self, measured: Measured) -> Verdict:
        """Decide it; what is missing leaves it undecided, and is named."""
        try:
            return self.decide(measured)
        except MissingError as error:
            return Verdict(None, f"undecided: {error}")


ORDER = ("mu-vae-2", "mu-vae-1", "vae", "beta-vae")
_accuracy = compare("test_accuracy_sampled", ORDER, ".1f", scale=100)
STATEMENTS = (
    Statement(
        "Classification accuracy: μ-VAE#2, μ-VAE#1, VAE, β-VAE, in this order.",
        "Table 1",
        "training",
        _accuracy,
    ),
    Statement("μ-VAE reaches the accuracies of Table 1.", "Table 1", "training", reaches_the_paper),
    Statement(
        "A higher upper bound results in a higher classification accuracy.",
        "Section 5.2",
        "training",
        compare("test_accuracy_sampled", ("mu-vae-2", "mu-vae-1"), ".1f", scale=100),
    ),
    Statement(
        "The new objective results in lower reconstruction loss.",
        "Section 5.2, Figures 2 and 8",
        "training",
        all_hold(
            compare("test_reconstruction", ("vae", "mu-vae-1"), ".2f"),
            compare("test_reconstruction", ("vae", "mu-vae-2"), ".2f"),
        ),
    ),
    Statement(
        "The new objective results in higher KL divergence.",
        "Section 5.2, Figures 2 and 8",
        "training",
        compare("test_kl", ORDER, ".3g"),
    ),
    Statement(
        "β-VAE performs the worst across all metrics.",
        "Section 5.2",
        "training",
        all_hold(
            compare("test_accuracy_sampled", ("vae", "beta-vae"), ".1f", scale=100),
            compare("test_reconstruction", ("beta-vae", "vae"), ".2f"),
        ),
    ),
    Statement(
        "β-VAE shows posterior collapse: dimensions that carry nothing.",
        "Sections 5.1 and 5.2",
        "distributions",
        collapse,
    ),
    Statement(
        "β-VAE's codes follow N(0, 1) very closely, with the smallest KL.",
        "Section 5.2, Figure 4",
        "distributions",
        beta_follows_the_prior,
    ),
    Statement(
        "Each dimension of μ-VAE's codes has zero mean.",
        "Section 5.2, Figures 4 and 11",
        "distributions",
        means_near_zero,
    ),
    Statement(
        "μ-VAE's codes are more spread out, and the bound controls how far.",
        "Section 5.2, Figures 4 and 11",
        "distributions",
        compare("aggregate_std", ("mu-vae-2", "mu-vae-1", "vae"), ".2f"),
    ),
    Statement(
        "A higher bound spreads the clusters, making them easier to distinguish.",
        "Section 5.2, Figure 3",
        "clusters",
        compare("silhouette", ("mu-vae-2", "mu-vae-1"), ".3f"),
    ),
    Statement(
        "μ-VAE's traversals show more diverse classes than VAE's, and those more than β-VAE's.",
        "Section 5.2, Figures 7 and 9",
        "traverse",
        all_hold(
            compare("traversal_per_dimension", ("mu-vae-1", "vae", "beta-vae"), ".1f"),
            compare("traversal_per_dimension", ("mu-vae-2", "vae", "beta-vae"), ".1f"),
        ),
    ),
    Statement(
        "μ-VAE learns different classes on the opposite sides of a dimension.",
        "Section 5.2, Figures 7 and 9",
        "traverse",
        all_hold(
            compare("traversal_opposite", ("mu-vae-1", "beta-vae"), ".0%"),
            compare("traversal_opposite", ("mu-vae-2", "beta-vae"), ".0%"),
        ),
    ),
    Statement(
        "μ-VAE generates new samples in good quality.",
        "Abstract, Figures 6 and 10",
        "sample",
        good_samples,
    ),
    Statement(
        "Latent clipping helps the smoothness of the latent space, even with the ELBO.",
        "Section 4.1, Figure 1",
        "toy_plane",
        smoother_toy("path_largest_step", lower=True, form=".3f"),
    ),
    Statement(
        "In two dimensions the μ-VAE objective works well.",
        "Section 4.1, Figure 1",
        "toy_plane",
        toy_mu_works,
    ),
    Statement(
        "Each form of the variance term pushes log σ² towards zero.",
        "Section 4",
        "objectives",
        variance_to_one,
    ),
)
