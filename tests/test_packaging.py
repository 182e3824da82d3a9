"""pyproject.toml's extras and the requirements files that lock them; what `import muvae` needs."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from helpers import REPOSITORY
from patience import PATIENCE

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
NAME = re.compile(r"[A-Za-z0-9_-]+")
HASHES = re.compile(r"--hash=sha256:([0-9a-f]{64})\b")
# PyTorch has a file of its own, so that another build of it can be put in its place.
TORCH = "requirements-torch.txt"


def locked(file: str) -> dict[str, tuple[str, set[str]]]:
    """Version and hashes of each package in a requirements file."""
    text = (REPOSITORY / file).read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not re.match(r"\s*#", line)]
    found = {}
    for line in lines:
        pinned = re.match(r"([a-z0-9-]+)==(\S+) ", line + " ")
        assert pinned, f"{file}: {line}"
        found[pinned[1]] = (pinned[2], set(HASHES.findall(line)))
    return found


def names(requirements: list[str]) -> set[str]:
    return {NAME.match(each)[0] for each in requirements}  # type: ignore[index]


@pytest.mark.parametrize(
    ("file", "extras"),
    [
        ("requirements-serve.txt", ["serve"]),
        ("requirements.txt", ["serve", "train"]),
        ("requirements-dev.txt", ["serve", "train", "test"]),
    ],
)
def test_what_extras_ask_for_is_locked_with_hashes(file: str, extras: list[str]) -> None:
    found = locked(file) | locked(TORCH)
    wanted = names(PROJECT["dependencies"]).union(*(names(EXTRAS[extra]) for extra in extras))
    assert wanted - set(found) == set()
    assert {name for name, (_, hashes) in found.items() if not hashes} == set()
    whole = locked("requirements-dev.txt")
    assert {name: whole[name] for name in locked(file)} == locked(file)


def test_nothing_of_the_cuda_build_is_outside_its_file() -> None:
    cuda = {name for name in locked(TORCH) if name not in ("torch", "torchvision")}
    assert cuda
    assert not cuda & set(locked("requirements-dev.txt"))
    assert all(re.match(r"triton$|nvidia-|cuda-", name) for name in cuda)


def test_the_cpu_build_is_of_the_same_versions() -> None:
    there = locked("requirements-torch-cpu.txt")
    assert set(there) == {"torch", "torchvision"}
    for name, (version, _) in there.items():
        assert version.partition("+")[0] == locked(TORCH)[name][0]


@pytest.mark.parametrize("file", ["Makefile", "Dockerfile", "README.md", "docs/DEPLOY.md"])
def test_packages_come_from_one_index_and_are_checked(file: str) -> None:
    """A second index could answer for any package. What a list names is installed by hash."""
    text = (REPOSITORY / file).read_text().replace("\\\n", " ")
    assert "extra-index-url" not in text
    text = text.replace("$(LOCKED)", "pip install --require-hashes")
    lines = re.findall(r"(?:pip install|\$\(PIP\)).*?-r requirements\S*", text)
    assert lines
    for line in lines:
        torch_alone = "--no-deps" in line and "--index-url" in line
        plain = file == "README.md"  # which pip reads the hashes of as well
        assert "--require-hashes" in line or torch_alone or plain, line


def test_the_list_of_what_serves_is_whole(tmp_path: Path) -> None:
    """`make sbom`: CycloneDX, with each locked package, its version and its hashes."""
    for name in ("Makefile", "pyproject.toml", *map(str, REPOSITORY.glob("requirements*.txt"))):
        shutil.copy(REPOSITORY / name, tmp_path)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "cyclonedx-py").symlink_to(
        Path(sys.executable).parent / "cyclonedx-py"
    )
    for stamp in ("bin/pip", ".installed", ".installed-dev"):
        (tmp_path / ".venv" / stamp).touch()
    done = subprocess.run(
        ["make", "sbom"], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stdout + done.stderr
    listed = json.loads((tmp_path / "build" / "sbom.json").read_text())
    assert listed["bomFormat"] == "CycloneDX"
    found = {}
    for part in listed["components"]:
        hashes = [each for place in part["externalReferences"] for each in place["hashes"]]
        assert {each["alg"] for each in hashes} == {"SHA-256"}
        found[part["name"]] = (part["version"], {each["content"] for each in hashes})
    assert found == locked("requirements-serve.txt") | locked(TORCH)


def test_the_library_is_imported_without_what_the_extras_add() -> None:
    """As where nothing else is installed: an import of what an extra brings fails."""
    modules = [
        path.relative_to(REPOSITORY).with_suffix("").as_posix().replace("/", ".")
        for path in sorted((REPOSITORY / "muvae").rglob("*.py"))
        if "figures" not in path.parts  # which draw with Matplotlib
    ]
    absent = (
        "plotly",
        "streamlit",
        "matplotlib",
        "rich",
        "sklearn",
        "torchvision",
        "umap",
        "rjsmin",
    )
    code = f"""
import sys
for name in {absent}:
    sys.modules[name] = None
for name in {modules}:
    __import__(name.removesuffix(".__init__"))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_the_package_says_that_it_is_typed() -> None:
    assert (REPOSITORY / "muvae" / "py.typed").exists()
