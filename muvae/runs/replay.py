"""How a run came to be: replay.safetensors, the test codes and the decoder after chosen epochs.

mean              float16 [E,N,D]   posterior means of the N test images after each of E epochs
log_var           float16 [E,N,D]   their log-variances         } both, or neither: runs in two
weights.<tensor>  float16 [E,...]   the decoder's tensors, as   } dimensions keep just the means,
model.safetensors has them  } after every epoch
metadata          epochs: their numbers as a JSON list; without it they are 1 to E
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from muvae.errors import CheckpointError, InvalidInputError
from muvae.models.ops.fields import Shape
from muvae.runs import tensor_files
from muvae.types import Posterior

WEIGHTS = "weights."
EPOCHS = "epochs"


@dataclass(frozen=True)
class Replay:
    """Test codes of a run after some of its epochs, and the decoder that they were made for.

    `mean` and `log_var` are float16 [E,N,D], `weights` the decoder's tensors by name, float16
    [E,...]. Where just the means were kept, `log_var` is None and there are no weights. Values out
    of float16's range, as log-variances without a lower bound come to be, are at its end.
    """

    epochs: tuple[int, ...]
    mean: Tensor
    log_var: Tensor | None = None
    weights: Mapping[str, Tensor] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.epochs)

    @classmethod
    def of_epoch(
        cls, epoch: int, posterior: Posterior, weights: Mapping[str, Tensor] | None = None
    ) -> "Replay":
        """A single epoch: its codes and decoder, or, without weights, its means alone."""
        if weights is None:
            return cls((epoch,), _half(posterior.mean)[None])
        held = {name: _half(value)[None] for name, value in weights.items()}
        return cls((epoch,), _half(posterior.mean)[None], _half(posterior.log_var)[None], held)

    def followed_by(self, other: "Replay") -> "Replay":
        """It and a later one as one; InvalidInputError if they do not keep the same."""
        if (self.log_var is None) != (other.log_var is None):
            raise InvalidInputError(
                "the replay began with means alone and cannot go on with decoders, nor the other "
                "way round; give --replay as at the start"
            )
        pairs = [(one, other.tensors()[name]) for name, one in self.tensors().items()]
        joined = [torch.cat(pair) for pair in pairs]
        return _of(self.epochs + other.epochs, dict(zip(self.tensors(), joined, strict=True)))

    def posterior(self, epoch: int) -> Posterior:
        """The codes after a kept epoch, float32; InvalidInputError without their log-variances."""
        if self.log_var is None:
            raise InvalidInputError("the replay has no log-variances; train with --replay")
        place = self._place(epoch)
        return Posterior(self.mean[place].float(), self.log_var[place].float())

    def decoder(self, epoch: int) -> dict[str, Tensor]:
        """The decoder's tensors after a kept epoch, float32; none where just means were kept."""
        place = self._place(epoch)
        return {name: value[place].float() for name, value in self.weights.items()}

    def tensors(self) -> dict[str, Tensor]:
        """What replay.safetensors holds."""
        found = {"mean": self.mean}
        if self.log_var is not None:
            found["log_var"] = self.log_var
        return found | {f"{WEIGHTS}{name}": value for name, value in self.weights.items()}

    def _place(self, epoch: int) -> int:
        if epoch not in self.epochs:
            kept = ", ".join(map(str, self.epochs))
            raise InvalidInputError(f"epoch {epoch} is not in the replay; it has {kept}")
        return self.epochs.index(epoch)


def chosen_epochs(count: int, epochs: int) -> tuple[int, ...]:
    """`count` of the epochs 1 to `epochs`, the first and the last, spread evenly on a log scale."""
    if count >= epochs:
        return tuple(range(1, epochs + 1))
    if count == 1:
        return (epochs,)
    chosen = [1]
    for place in range(1, count):
        even = round(epochs ** (place / (count - 1)))
        chosen.append(max(even, chosen[-1] + 1))  # at the low end they would coincide
    return tuple(chosen)


def write_replay(path: Path, replay: Replay) -> None:
    """Write replay.safetensors, atomically."""
    metadata = {EPOCHS: json.dumps(replay.epochs)}
    tensor_files.write_tensors(path, replay.tensors(), metadata)


def read_replay(
    path: Path, *, epochs: int, images: int, dim: int, decoder: Mapping[str, Shape], sha256: str
) -> Replay:
    """Read replay.safetensors of a run of so many epochs, test images and dimensions.

    `decoder` tells the shapes of the decoder's tensors. CheckpointError names the file and what is
    wrong with it.
    """
    wanted = _wanted(path, epochs, images, dim, decoder)
    tensors, metadata = tensor_files.read_tensors(path, wanted, sha256=sha256)
    return checked(path, replay_epochs(metadata, path, epochs), tensors, decoder)


def check_replay(path: Path, *, epochs: int, dim: int, decoder: Mapping[str, Shape]) -> None:
    """Check what `read_replay` would read, as far as the file's head and length tell."""
    tensor_files.check_tensors(path, _wanted(path, epochs, None, dim, decoder))


def _wanted(
    path: Path, epochs: int, images: int | None, dim: int, decoder: Mapping[str, Shape]
) -> tensor_files.Wanted:
    """The layout of a file whose metadata tell the epochs; None: of any number of images."""

    def wanted(header: tensor_files.Header) -> tuple[tensor_files.Layout, tuple[str, ...]]:
        layout = replay_layout(len(replay_epochs(header.metadata, path, epochs)), dim, decoder)
        own = header.shapes.get("mean", ())
        if images is not None and len(own) == 3 and own[1] != images:
            raise CheckpointError(
                f"{path} is of {own[1]} test images, and the codes are of {images}"
            )
        return layout, optional(layout)

    return wanted


def replay_epochs(metadata: Mapping[str, str], path: Path, epochs: int) -> tuple[int, ...]:
    """The epochs that a file's metadata tells, of a run of `epochs`; all, where it tells none."""
    try:
        kept = json.loads(metadata[EPOCHS]) if EPOCHS in metadata else list(range(1, epochs + 1))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path}: its epochs are no JSON list ({error})") from error
    whole = isinstance(kept, list) and all(type(each) is int for each in kept)
    if not whole or not kept or kept != sorted(set(kept)) or kept[0] < 1 or kept[-1] > epochs:
        raise CheckpointError(
            f"{path}: its epochs are {kept!r:.60}; they must be rising numbers from 1 to {epochs}"
        )
    return tuple(kept)


def replay_layout(epochs: int, dim: int, decoder: Mapping[str, Shape]) -> tensor_files.Layout:
    """The tensors of a replay of so many epochs."""
    shapes: dict[str, tuple[int | None, ...]] = {
        "mean": (epochs, None, dim),
        "log_var": (epochs, None, dim),
        **{f"{WEIGHTS}{name}": (epochs, *shape) for name, shape in decoder.items()},
    }
    return {name: (torch.float16, shape) for name, shape in shapes.items()}


def optional(layout: tensor_files.Layout) -> tuple[str, ...]:
    """What a replay of means alone lacks."""
    return tuple(name for name in layout if name != "mean")


def checked(
    path: Path,
    epochs: tuple[int, ...],
    tensors: Mapping[str, Tensor],
    decoder: Mapping[str, Shape],
) -> Replay:
    """A replay of tensors that fit its layout; all that may be absent is there, or none of it."""
    needed = {"mean", "log_var", *(f"{WEIGHTS}{name}" for name in decoder)}
    if len(tensors) > 1 and (missing := sorted(needed - set(tensors))):
        raise CheckpointError(f"{path} lacks the tensor {missing[0]!r}")
    return _of(epochs, tensors)


def _of(epochs: tuple[int, ...], tensors: Mapping[str, Tensor]) -> Replay:
    weights = {
        name.removeprefix(WEIGHTS): value
        for name, value in tensors.items()
        if name.startswith(WEIGHTS)
    }
    return Replay(epochs, tensors["mean"], tensors.get("log_var"), weights)


def _half(values: Tensor) -> Tensor:
    most = torch.finfo(torch.float16).max
    return values.detach().cpu().clamp(-most, most).half()
