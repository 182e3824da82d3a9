"""Image sizes come from a dataset's or a run's ImageSpec: no other code knows MNIST's 28 by 28."""

import re

from helpers import REPOSITORY

ALLOWED = {
    "muvae/datasets/builtin.py": "the table of the built-in datasets, whose images are 28 by 28",
    "muvae/replication/paper.py": "an accuracy in the paper's Table 1, 95.28",
}
SIZES = re.compile(r"\b(28|784)\b")
SOURCES = [
    path
    for folder in ("muvae", "app")
    for path in sorted((REPOSITORY / folder).rglob("*"))
    if path.suffix in (".py", ".js", ".css")
]


def test_no_other_file_holds_the_size_of_an_mnist_image() -> None:
    assert len(SOURCES) > 100
    found = {}
    for path in SOURCES:
        name = path.relative_to(REPOSITORY).as_posix()
        lines = path.read_text(encoding="utf-8").splitlines()
        if name not in ALLOWED and (sized := [line for line in lines if SIZES.search(line)]):
            found[name] = sized
    assert found == {}


def test_every_exception_is_needed() -> None:
    for name, reason in ALLOWED.items():
        assert SIZES.search((REPOSITORY / name).read_text(encoding="utf-8")), reason
