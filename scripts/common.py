"""What the scripts share: flags and what they stand for, settings for speed, provenance."""

import argparse
import ctypes
import datetime
import importlib.metadata
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from muvae import OBJECTIVES, RunConfig
from muvae.datasets.builtin import DATA_ENVIRONMENT, DATASETS
from muvae.datasets.custom import own_name
from muvae.datasets.spec import DatasetSpec
from muvae.errors import CheckpointError, InvalidInputError
from muvae.objectives import PAPER_OBJECTIVES
from muvae.runs.discovery import list_datasets
from muvae.training.loop import StepProgress
from muvae.training.sessions import device_name

GLIBC_M_TRIM_THRESHOLD, GLIBC_M_MMAP_THRESHOLD = -1, -3


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one sentence, without the usage text."""

    def __init__(self, description: str, epilog: str | None = None) -> None:
        super().__init__(
            description=description,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see --help)\n")

    def add_dataset(self) -> None:
        self.add_argument(
            "--dataset",
            default="mnist",
            metavar="NAME",
            help=f"what to work on: {', '.join(DATASETS)}, data of your own that was trained on, "
            "or all (default: %(default)s)",
        )

    def add_data_root(self) -> None:
        self.add_argument(
            "--data-root",
            type=Path,
            metavar="DIR",
            help=f"where datasets lie, or are put (default: ${DATA_ENVIRONMENT}, else data)",
        )

    def add_checkpoints(self) -> None:
        self.add_argument(
            "--checkpoints",
            type=Path,
            default=Path("checkpoints"),
            metavar="DIR",
            help="the folder of finished runs, which the app serves (default: %(default)s)",
        )


def whole_number(low: int) -> Callable[[str], int]:
    """An argparse type: a whole number not under `low`."""

    def parse(text: str) -> int:
        if not text.lstrip("-").isdecimal() or int(text) < low:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {low}")
        return int(text)

    return parse


def chosen_datasets(value: str, checkpoints: Path) -> list[DatasetSpec]:
    """The datasets that --dataset names: built-in ones, and one's own that CHECKPOINTS holds.

    One's own may be named by its path too, as for training.
    """
    entries = list_datasets(checkpoints) if checkpoints.is_dir() else []
    known = dict(DATASETS) | {entry.name: entry.spec for entry in entries if entry.spec}
    if value == "all":
        return [entry.spec for entry in entries if entry.spec] or list(known.values())
    name = own_name(Path(value).resolve()) if value not in known and Path(value).exists() else value
    if broken := next((entry for entry in entries if entry.error and entry.name == name), None):
        raise CheckpointError(f"{broken.error}")
    if name not in known:
        raise InvalidInputError(
            f"there is no dataset {value!r} in {checkpoints}; there are {', '.join(known)}"
        )
    return [known[name]]


def chosen_objectives(values: list[str]) -> list[str]:
    """The objectives that --objective names, each once, in the registry's order."""
    names = set(values)
    if "all" in names:
        names |= set(OBJECTIVES)
    if "paper" in names:
        names |= set(PAPER_OBJECTIVES)
    return [name for name in OBJECTIVES if name in names]


def tune_process(threads: int | None) -> None:
    """Settings that make training faster and leave its results alone."""
    if threads is not None:
        torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    # Huge pages for large tensors, where the kernel gives them on request: 1.1 to 1.4 times faster.
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    # A batch's activations are some MB each. By default glibc maps such blocks afresh and unmaps
    # them when freed, so that every layer pays for page faults; here it keeps them.
    if platform.libc_ver()[0] == "glibc":
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(GLIBC_M_MMAP_THRESHOLD, 32 << 20)
        mallopt(GLIBC_M_TRIM_THRESHOLD, 512 << 20)


def chosen_device(flag: str) -> str:
    """The device that --device names, which must be there."""
    if flag == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=flag)
    except (RuntimeError, AssertionError) as error:
        raise InvalidInputError(f"there is no device {flag!r} here; use --device cpu") from error
    return flag


def bfloat16_available(device: str) -> bool:
    """Whether the device computes bfloat16 in hardware."""
    if device.startswith("cuda"):
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def versions() -> dict[str, str]:
    """Of Python and the packages that decide a result."""
    packages = ("muvae", "torch", "torchvision", "numpy")
    return {"python": platform.python_version()} | {
        name: importlib.metadata.version(name) for name in packages
    }


def provenance(spec: DatasetSpec, device: str, seconds: float) -> dict[str, Any]:
    """Where a run comes from: when, on what and how long it was trained, by and from what."""
    return {
        "finished": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "device": device_name(device),
        "threads": torch.get_num_threads(),
        "training_seconds": round(seconds, 1),
        "data": spec.origin.source,
        "data_sha256": spec.origin.sha256,
        "versions": versions(),
    }


@contextmanager
def progress_bar(config: RunConfig, console: Console, *, disable: bool = False) -> Iterator[Any]:
    """A bar over one epoch's images; yields what `fit` is to call."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[terms]}"),
        TextColumn("epoch left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=disable) as progress:
        task = progress.add_task(config.name, total=None, terms="")
        current = 0

        def on_step(step: StepProgress) -> None:
            nonlocal current
            if step.epoch != current:
                current = step.epoch
                progress.reset(
                    task,
                    total=step.total_images,
                    description=f"{config.name} {step.epoch}/{config.epochs}",
                )
            speed = progress.tasks[0].speed
            rate = f", {speed:.0f} images/s" if speed else ""
            progress.update(
                task,
                completed=step.images,
                terms=f"{step.reconstruction:.1f} + {step.regularization:.1f}{rate}",
            )

        yield on_step
