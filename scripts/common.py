"""What the scripts share: one-sentence errors, the process's settings for speed, provenance."""

import argparse
import ctypes
import importlib.metadata
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import torch

from muvae import OBJECTIVES, MuvaeError
from muvae.data import DATA_ENVIRONMENT, DATASETS
from muvae.objectives import PAPER_OBJECTIVES

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
            choices=[*DATASETS, "all"],
            default="mnist",
            help="what to work on (default: %(default)s)",
        )

    def add_data_root(self) -> None:
        self.add_argument(
            "--data-root",
            type=Path,
            metavar="DIR",
            help=f"where datasets lie, downloaded if missing (default: ${DATA_ENVIRONMENT}, or data)",
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


def chosen_datasets(value: str) -> list[str]:
    """The datasets that --dataset names."""
    return list(DATASETS) if value == "all" else [value]


def chosen_objectives(values: list[str]) -> list[str]:
    """The objectives that --objective names, each once, in the registry's order."""
    names = set(values)
    if "all" in names:
        names |= set(OBJECTIVES)
    if "paper" in names:
        names |= set(PAPER_OBJECTIVES)
    return [name for name in OBJECTIVES if name in names]


def run_main(main: Callable[[], None]) -> NoReturn:
    """Run a script's main: a mistake of the user's becomes one sentence on stderr and exit 1."""
    try:
        main()
    except MuvaeError as error:
        sys.exit(f"{Path(sys.argv[0]).name}: {error}")
    except KeyboardInterrupt:
        print(f"\n{Path(sys.argv[0]).name}: stopped", file=sys.stderr)
        sys.exit(130)
    sys.exit(0)


def tune_process(threads: int | None) -> None:
    """Settings that make training faster and leave its results alone."""
    if threads is not None:
        torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    # A batch's activations are some MB each. By default glibc maps such blocks afresh and unmaps
    # them when freed, so that every layer pays for page faults; here it keeps them.
    if platform.libc_ver()[0] == "glibc":
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(GLIBC_M_MMAP_THRESHOLD, 32 << 20)
        mallopt(GLIBC_M_TRIM_THRESHOLD, 512 << 20)


def bfloat16_available(device: str) -> bool:
    """Whether the device computes bfloat16 in hardware."""
    if device.startswith("cuda"):
        return torch.cuda.is_bf16_supported(including_emulation=False)
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def versions() -> dict[str, str]:
    """Of Python and the packages that decide a result."""
    packages = ("muvae", "torch", "torchvision", "numpy")
    return {"python": platform.python_version()} | {
        name: importlib.metadata.version(name) for name in packages
    }


def device_name(device: str) -> str:
    """The device in words."""
    if device.startswith("cuda"):
        return str(torch.cuda.get_device_name(device))
    name: Any = torch.cpu.get_capabilities().get("cpu_name") or platform.machine()
    return f"CPU ({name}, {os.cpu_count()} cores)"
