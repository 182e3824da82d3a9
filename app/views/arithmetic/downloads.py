"""What Arithmetic shows: a − b + c, or another amount of c − b, in every run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.data.inference import decode, probabilities
from app.export.animation import Lane, there_and_back
from app.export.captions import About, color_of, label_of, number, numbered, widened
from app.export.files import Download
from app.export.sheets import Part, SheetCell, strip
from app.export.tables import Column
from muvae import Run, Split
from muvae.analysis.latent import analogy, nearest
from muvae.models import clip_norm
from muvae.models.clipping import share_of_bound

FRAMES, MOST = 41, 2.0  # of the animation one way, and the amount that it ends with
SIGNS = ("a: ", "− b: ", "+ c: ")


@dataclass(frozen=True)
class Arithmetic:
    """What the page shows: each run's a, b and c, their names, and how much of c − b is added."""

    about: About
    test: Split
    terms: Mapping[str, tuple[Tensor, Tensor, Tensor]]
    names: Sequence[str]
    amount: float
    clip: bool

    @property
    def formula(self) -> str:
        """The sum as the page writes it."""
        return "a − b + c" if self.amount == 1 else f"a + {number(self.amount)} (c − b)"

    def result(self, run: Run, amount: float) -> Tensor:
        """The sum's code [D], clipped if that is asked for."""
        code = analogy(*self.terms[run.name], amount)
        return clip_norm(code[None], run.config.latent.bound)[0] if self.clip else code

    def codes(self, run: Run) -> Tensor:
        """a, b, c and the result, [4,D]."""
        return torch.stack([*self.terms[run.name], self.result(run, self.amount)])

    def size(self, run: Run) -> str:
        """The sum's norm before it is clipped, in the words of the page (sum.js)."""
        code, bound = analogy(*self.terms[run.name], self.amount), run.config.latent.bound
        size = f"‖z‖ {number(float(torch.linalg.vector_norm(code)))}"
        if bound is None:
            return f"{size}, means not clipped"
        beyond = float(share_of_bound(code, bound)) > 1
        clipped = "clipped back to it" if self.clip else "beyond it, where no image is encoded"
        return f"{size}, bound {number(bound)}" + (f": {clipped}" if beyond else "")

    def equations(self) -> list[SheetCell]:
        """Each run's terms, result, and the test image nearest to it."""
        cells = []
        named = [sign + name for sign, name in zip(SIGNS, self.names, strict=True)]
        classes = self.about.dataset.classes
        for run in self.about.runs:
            codes = self.codes(run)
            distance, (index,) = nearest(run.codes.mean, codes[3], 1)
            real = self.test.images[index].numpy()
            images = np.concatenate([decode(run, codes), real])
            shares = probabilities(run, codes[3:])[0]
            name = classes[int(self.test.labels[index])]
            near = f"nearest: test image {int(index)}, {name}"
            words = [*named, f"= {self.formula}", near]
            told = (
                f"{self.size(run)} · classifier: {classes[int(shares.argmax())]}, "
                f"{100 * shares.max():.0f} % · nearest at {number(float(distance))}"
            )
            drawn = strip(images, scale=4, captions=words, gap=4)
            cells.append(SheetCell([Part(drawn)], label_of(run), color_of(run), told))
        return cells

    def animation(self) -> bytes:
        """From nothing of c − b to twice as much, and back."""
        amounts = np.linspace(0, MOST, FRAMES).tolist()
        lanes = [
            Lane(
                label_of(run),
                color_of(run),
                decode(run, torch.stack([self.result(run, amount) for amount in amounts])),
                [f"a + {number(amount)} (c − b)" for amount in amounts],
            )
            for run in self.about.runs
        ]
        return there_and_back(lanes, caption=self.about.caption())

    def table(self) -> dict[str, Column]:
        """The codes of a, b, c and the result."""
        runs = self.about.runs
        return {
            "run": np.repeat([run.name for run in runs], 4),
            "term": np.tile(["a", "b", "c", "result"], len(runs)),
            "name": np.tile([*self.names, self.formula], len(runs)),
            **numbered("z", widened([self.codes(run).numpy() for run in runs])),
        }

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The same as arrays [4,D], and what they decode to."""
        arrays: dict[str, NDArray[Any]] = {"term": np.array(["a", "b", "c", "result"])}
        for run in self.about.runs:
            arrays[f"{run.name}_codes"] = self.codes(run).numpy()
            arrays[f"{run.name}_images"] = decode(run, self.codes(run))
        return arrays


def arithmetic_downloads(shown: Arithmetic) -> list[Download]:
    """All of it."""
    about = shown.about
    return [
        about.picture("The equations", "sum", shown.equations, columns=min(2, len(about.runs))),
        about.animation("More and less of c − b", "amounts", shown.animation),
        about.table("The codes", "sum", shown.table),
        about.arrays("Codes and images", "sum", shown.arrays),
    ]
