"""pyproject.toml's extras, and the requirements files that pin them; what `import muvae` needs."""

import re
import subprocess
import sys
import tomllib

import pytest
from helpers import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
NAME = re.compile(r"[A-Za-z0-9_-]+")


def pinned(file: str) -> set[str]:
    """What a requirements file pins itself."""
    lines = (REPOSITORY / file).read_text().splitlines()
    return {NAME.match(line)[0] for line in lines if re.match(r"[a-z0-9].*==", line)}  # type: ignore[index]


def names(requirements: list[str]) -> set[str]:
    return {NAME.match(each)[0] for each in requirements}  # type: ignore[index]


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("requirements-serve.txt", names(PROJECT["dependencies"]) | names(EXTRAS["serve"])),
        ("requirements.txt", names(EXTRAS["train"])),
        ("requirements-dev.txt", names(EXTRAS["test"])),
    ],
)
def test_a_requirements_file_pins_an_extra(file: str, wanted: set[str]) -> None:
    assert pinned(file) == wanted


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
