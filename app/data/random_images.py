"""Test images drawn at random."""

import torch

IMAGES = 10  # are shown unasked


def random_indices(size: int, count: int, seed: int) -> list[int]:
    """As many different numbers under `size`, by a seed."""
    generator = torch.Generator().manual_seed(seed)
    return [int(index) for index in torch.randperm(size, generator=generator)[:count]]
