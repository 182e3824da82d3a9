"""Codes of test images, and of a picture of one's own, as tables and arrays; and their images."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from app.data.inference import decode, probabilities
from app.data.statistics import code_limit
from app.export.captions import About, color_of, label_of, number, numbered, widened
from app.export.charts import code_bars
from app.export.files import Download
from app.export.sheets import Images, Part, SheetCell, beside, strip
from app.export.tables import Column
from muvae import Run, Split
from muvae.images import to_float

SCALE, LARGE = 3, 5


def codes_table(about: About, test: Split, indices: Sequence[int]) -> dict[str, Column]:
    """The runs' codes of test images: a row an image and run."""
    runs, chosen = about.runs, list(indices)
    labels = test.labels[chosen].numpy()
    names = np.array(about.dataset.classes)
    return {
        "run": np.repeat([run.name for run in runs], len(chosen)),
        "index": np.tile(chosen, len(runs)),
        "label": np.tile(labels, len(runs)),
        "class": np.tile(names[labels], len(runs)),
        **numbered("mean", widened([run.codes.mean[chosen].numpy() for run in runs])),
        **numbered("log_var", widened([run.codes.log_var[chosen].numpy() for run in runs])),
        "squared_error": np.concatenate([run.codes.squared_error[chosen].numpy() for run in runs]),
    }


def codes_arrays(about: About, test: Split, indices: Sequence[int]) -> dict[str, NDArray[Any]]:
    """The same as arrays, those of a run under its name, and the images uint8 [N,H,W]."""
    chosen = list(indices)
    arrays: dict[str, NDArray[Any]] = {
        "index": np.array(chosen, np.int64),
        "label": test.labels[chosen].numpy(),
        "images": test.images[chosen].squeeze(1).numpy(),
    }
    for run in about.runs:
        arrays[f"{run.name}_mean"] = run.codes.mean[chosen].numpy()
        arrays[f"{run.name}_log_var"] = run.codes.log_var[chosen].numpy()
        arrays[f"{run.name}_squared_error"] = run.codes.squared_error[chosen].numpy()
    return arrays


def code_downloads(
    about: About, test: Split, indices: Sequence[int], *, what: str, told: str
) -> list[Download]:
    """Codes of test images as CSV, and with the images as NPZ."""
    return [
        about.table(f"Codes of {told}", what, lambda: codes_table(about, test, indices)),
        about.arrays(
            f"Codes and images of {told}", what, lambda: codes_arrays(about, test, indices)
        ),
    ]


def reconstructions(about: About, test: Split, indices: Sequence[int]) -> list[SheetCell]:
    """Test images above what each run makes of them, its error and its classifier's guess."""
    chosen, classes = list(indices), about.dataset.classes
    labels = test.labels[chosen].tolist()
    captions = [f"#{at}\n{classes[label]}" for at, label in zip(chosen, labels, strict=True)]
    originals = strip(test.images[chosen].squeeze(1).numpy(), scale=SCALE, captions=captions)
    parts = [Part(originals, "Test images")]
    for run in about.runs:
        means = run.codes.mean[chosen]
        guesses = probabilities(run, means).argmax(1).tolist()
        errors = run.codes.squared_error[chosen].tolist()
        told = zip(errors, guesses, strict=True)
        row = strip(
            decode(run, means),
            scale=SCALE,
            captions=[f"{number(error, 1)}\n{classes[guess]}" for error, guess in told],
            wrong=np.flatnonzero(np.not_equal(guesses, labels)).tolist(),
        )
        note = f"mean error of the set {number(run.metrics['test_reconstruction_mean'].value, 1)}"
        parts.append(Part(row, label_of(run), color_of(run), note))
    return [SheetCell(parts)]


def reconstruct_downloads(
    about: About, test: Split, indices: Sequence[int], picked: int
) -> list[Download]:
    """What Reconstruct shows of test images, and of the one that is picked."""
    name = about.dataset.classes[int(test.labels[picked])]
    return [
        about.picture(
            "Images and reconstructions",
            "images",
            lambda: reconstructions(about, test, indices),
            "under each: squared error and the classifier's guess, in red where it is wrong",
        ),
        about.picture(
            f"Test image {picked} and its codes",
            f"image-{picked}",
            lambda: _one(about, test.images[picked, 0].numpy(), _stored_codes(about, picked)),
            f"test image {picked}, {name}",
            _BARS,
        ),
        *code_downloads(about, test, indices, what="codes", told="these images"),
    ]


def own_picture_downloads(about: About, picture: Images) -> list[Download]:
    """What Reconstruct shows of a picture uint8 [H,W] of one's own."""
    return [
        about.picture(
            "The picture and its codes",
            "own-picture",
            lambda: _one(about, picture, _encoded(about, picture)),
            _BARS,
        ),
        about.table("Its codes", "own-codes", lambda: _own_table(about, picture)),
        about.arrays("Its codes and images", "own-codes", lambda: _own_arrays(about, picture)),
    ]


_BARS = "bars: the code's mean, ±σ as whiskers, over the range of the run's test codes"
# A code's mean and log_var [D], and its reconstruction's squared error.
_Code = tuple[torch.Tensor, torch.Tensor, float]


def _stored_codes(about: About, index: int) -> dict[str, _Code]:
    return {
        run.name: (
            run.codes.mean[index],
            run.codes.log_var[index],
            float(run.codes.squared_error[index]),
        )
        for run in about.runs
    }


@torch.inference_mode()
def _encoded(about: About, picture: Images) -> dict[str, _Code]:
    image = to_float(torch.from_numpy(picture)[None, None])
    codes = {}
    for run in about.runs:
        posterior = run.vae.encode(image)
        error = float((run.vae.decode(posterior.mean) - image).square().sum())
        codes[run.name] = (posterior.mean[0], posterior.log_var[0], error)
    return codes


def _one(about: About, picture: Images, codes: Mapping[str, _Code]) -> list[SheetCell]:
    """A picture, and each run's reconstruction beside its code."""
    original = SheetCell([Part(strip(picture[None], scale=LARGE))], "The picture")
    return [original, *(_code_cell(about, run, *codes[run.name]) for run in about.runs)]


def _code_cell(
    about: About, run: Run, mean: torch.Tensor, log_var: torch.Tensor, error: float
) -> SheetCell:
    shares = probabilities(run, mean[None])[0]
    best = int(shares.argmax())
    bound = run.config.latent.bound
    norm = number(float(torch.linalg.vector_norm(mean))) + (f" of {number(bound)}" if bound else "")
    bars = code_bars(
        mean.numpy(),
        torch.exp(0.5 * log_var).numpy(),
        limit=max(code_limit(run.codes.mean), code_limit(mean)),
        color=color_of(run),
        size=(420, LARGE * run.config.image.height),
    )
    guess = f"{about.dataset.classes[best]} ({100 * float(shares[best]):.1f} %)"
    return SheetCell(
        [Part(beside(strip(decode(run, mean[None]), scale=LARGE), bars, 12))],
        label_of(run),
        color_of(run),
        f"error {number(error)} · ‖μ‖ {norm} · guess {guess}",
    )


def _own_table(about: About, picture: Images) -> dict[str, Column]:
    codes = [_encoded(about, picture)[run.name] for run in about.runs]
    return {
        "run": [run.name for run in about.runs],
        **numbered("mean", widened([mean[None].numpy() for mean, _, _ in codes])),
        **numbered("log_var", widened([log_var[None].numpy() for _, log_var, _ in codes])),
        "squared_error": np.array([error for _, _, error in codes], np.float32),
    }


def _own_arrays(about: About, picture: Images) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {"image": picture}
    for name, (mean, log_var, _) in _encoded(about, picture).items():
        run = next(run for run in about.runs if run.name == name)
        arrays[f"{name}_mean"] = mean.numpy()
        arrays[f"{name}_log_var"] = log_var.numpy()
        arrays[f"{name}_image"] = decode(run, mean[None])[0]
    return arrays
