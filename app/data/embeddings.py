"""Maps of the test codes, from the run folders or made here."""

import numpy as np
import torch
from numpy.typing import NDArray

from app.data import store
from muvae import MuvaeError
from muvae.analysis.embeddings import pca, procrustes_align


def embedding(dataset: str, name: str, method: str) -> torch.Tensor | None:
    """A run's map of the test codes [N,2]: `tsne` and `umap` from its folder, `pca` made here.

    PCA maps are aligned, like those of scripts/embed.py, to that of the dataset's first run that
    loads. None: the folder holds no such map.
    """
    shown = store.run(dataset, name)
    if method != "pca":
        return shown.codes.tsne if method == "tsne" else shown.codes.umap
    first = next(entry.name for entry in store.run_entries(dataset) if _loads(dataset, entry.name))
    points, reference = (_pca_map(dataset, each) for each in (name, first))
    return torch.from_numpy(procrustes_align(points, reference))


def _pca_map(dataset: str, name: str) -> NDArray[np.float32]:
    return store.measure_run(dataset, name, "pca", lambda run: pca(run.codes.mean.numpy()))


def _loads(dataset: str, name: str) -> bool:
    try:
        store.run(dataset, name)
    except MuvaeError:
        return False
    return True
