"""The layers of DESIGN.md, read off the source: who imports whom, and which code belongs where.

Where this table departs from the one in DESIGN.md, on purpose: `errors` may be imported by all;
`files` (the primitives of atomic, checked files; it sweeps `leftovers`), `arrays` (checks of
arrays) and `manifest`, `history` and `state` (run.json, history.csv and the state of an unfinished
run, split off from `checkpoints` and `training`) are modules of their own; `evaluation` is the
measuring half of `training`, `catalog` the listing half of `checkpoints`, `leftovers` its repairing
one; `description` (dataset.json), `own_data` and `own_files` (data of one's own) are split off from
`data`; `experiments` holds the paper's settings; and `checkpoints` knows the objectives, whose
order and names it goes by.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import REPOSITORY

VOCABULARY = {"errors", "types"}
LIBRARY: dict[str, set[str]] = {
    "errors": set(),
    "types": set(),
    "arrays": VOCABULARY,
    "colors": VOCABULARY,
    "config": VOCABULARY,
    "files": VOCABULARY | {"leftovers"},
    "models": VOCABULARY | {"config"},
    "objectives": VOCABULARY | {"config"},
    "description": VOCABULARY | {"config", "files"},
    "data": VOCABULARY | {"description", "files"},
    "own_files": VOCABULARY,
    "own_data": VOCABULARY | {"data", "description", "own_files"},
    "embeddings": VOCABULARY | {"arrays"},
    "metrics": VOCABULARY | {"arrays"},
    "latent": VOCABULARY,
    "generation": VOCABULARY | {"latent"},
    "paper": set(),
    "replication": VOCABULARY | {"catalog", "data", "experiments", "objectives", "paper"},
    "history": VOCABULARY | {"files"},
    "manifest": VOCABULARY | {"files", "config", "objectives"},
    "leftovers": VOCABULARY,
    "checkpoints": VOCABULARY
    | {"files", "config", "history", "leftovers", "manifest", "models", "objectives"},
    "catalog": VOCABULARY
    | {"checkpoints", "config", "data", "description", "experiments", "leftovers", "manifest"}
    | {"objectives"},
    "experiments": VOCABULARY | {"config", "objectives"},
    "evaluation": VOCABULARY | {"data", "metrics", "models", "objectives"},
    "state": VOCABULARY | {"checkpoints", "files", "config", "history", "models"},
    "training": VOCABULARY
    | {"checkpoints", "config", "data", "evaluation", "models", "objectives", "state"},
}
LIGHT = {"numpy", "torch", "safetensors"}  # what muvae may import when it is imported
HEAVY = {
    "torchvision",
    "umap",
    "numba",
    "sklearn",
    "scipy",
    "streamlit",
    "pandas",
    "plotly",
    "matplotlib",
}
SOURCES = sorted(
    path.relative_to(REPOSITORY).as_posix()
    for folder in ("muvae", "app", "scripts")
    for path in (REPOSITORY / folder).rglob("*.py")
)


def imports(tree: ast.AST, known: set[str]) -> Iterator[tuple[ast.stmt, str]]:
    """Each import with the full name of the module; `from a import b` is a.b if that is one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield node, full if full in known else str(node.module)


def known_modules() -> set[str]:
    names = (path.removesuffix(".py").replace("/", ".") for path in SOURCES)
    return {name.removesuffix(".__init__") for name in names}


def allowed(importer: str, module: str) -> bool:
    """Whether the file `importer` may import `module`, one of this repository's."""
    folder, *_ = importer.split("/")
    top, _, rest = module.partition(".")
    part = rest.partition(".")[0]
    if folder == "muvae":
        own = importer.split("/")[1].removesuffix(".py")
        return top == "muvae" and (own == "__init__" or part == own or part in LIBRARY[own])
    if folder == "scripts":
        return top in ("muvae", "bench", "common", "load", "replication", "train_plan")
    # The app: pages on top, which know nothing of each other; then what they share.
    if top == "muvae":
        return True
    match importer.split("/")[1]:
        case "views":
            return top == "app" and part not in ("views", "main")
        case "components":
            return part == "components"
        case "figures":
            return part == "figures"
        case "exports":
            return part == "exports"
        case "cache.py":
            return part == "stamps"
        case "stamps.py":
            return False
        case "main.py":
            return top == "app"
        case _:
            return top == "app" and part not in ("views", "main")


def name_of(node: ast.AST) -> str:
    """The dotted name of an expression, empty where it is something else."""
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def uses(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name and attribute that is used, dotted, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            yield node.lineno, name_of(node)


def home_of(use: str) -> str | None:
    """Files that may use a name: a prefix of their paths; None where all may, "" where none may."""
    last = use.rpartition(".")[2]
    if use in (
        "eval",
        "exec",
        "compile",
        "__import__",
        "torch.load",
        "torch.save",
        "pickle_module",
    ):
        return ""
    if last == "backward":
        return "muvae/training.py"
    if use == "print" or use.startswith(("sys.stdout", "sys.stderr")):
        return "scripts/"
    if use.startswith("st."):
        return "app/cache.py" if use.startswith("st.cache_") else "app/"
    if last in ("write_bytes", "save_file", "savez", "savez_compressed", "mkstemp", "fsync"):
        return "muvae/files.py"
    return None


HOMES: dict[str, str | tuple[str, ...]] = {
    **dict.fromkeys(("pickle", "dill", "joblib", "shelve", "marshal"), ""),
    **dict.fromkeys(("rich", "getopt", "click"), "scripts/"),
    "argparse": ("scripts/", "app/arguments.py"),
    "streamlit": ("app/", "scripts/load/"),  # there for its messages, streamlit.proto
    "plotly": "app/",
    "matplotlib": "scripts/replication/",
}
STREAMLIT_FREE = ("app/figures/", "app/exports/", "app/offers/")
# The plain loop of the benchmark is what most people write: its own backward and all.
EXCEPTIONS = {("scripts/bench/training.py", "muvae/training.py")}


def violations(path: str, source: str) -> list[str]:
    """What a file does that its layer does not do, each with its line."""
    tree = ast.parse(source)
    known = known_modules()
    found = []
    for node, module in imports(tree, known):
        top = module.partition(".")[0]
        ours = top in ("muvae", "app", "common", "replication") or f"scripts.{top}" in known
        if ours and not allowed(path, module):
            found.append(f"{node.lineno}: imports {module}")
        if (home := HOMES.get(top)) is not None and not (home and path.startswith(home)):
            found.append(f"{node.lineno}: imports {module}")
        if top == "streamlit" and path.startswith(STREAMLIT_FREE):
            found.append(f"{node.lineno}: imports {module}")
        third_party = not ours and top not in sys.stdlib_module_names
        if path.startswith("muvae/") and third_party and node in tree.body and top not in LIGHT:
            found.append(f"{node.lineno}: imports {module} when it is imported itself")
    for line, use in uses(tree):
        home = home_of(use)
        if (
            home is not None
            and not (home and path.startswith(home))
            and (path, home) not in EXCEPTIONS
        ):
            found.append(f"{line}: uses {use}")
    return found


@pytest.mark.parametrize("path", SOURCES)
def test_a_file_keeps_to_its_layer(path: str) -> None:
    assert violations(path, (REPOSITORY / path).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("muvae/models/vae.py", "from muvae.objectives import OBJECTIVES"),
        ("muvae/objectives/elbo.py", "from muvae import models"),
        ("muvae/objectives/elbo.py", "import muvae.data"),
        ("muvae/data.py", "def f():\n    from muvae.checkpoints import load_run"),
        ("muvae/checkpoints.py", "from muvae.training import fit"),
        ("muvae/metrics.py", "from muvae.embeddings import pca"),
        ("muvae/config.py", "from muvae import files"),
        ("muvae/types.py", "from muvae import Run"),
        ("muvae/training.py", "from app.cache import run"),
        ("muvae/training.py", "import common"),
        ("muvae/training.py", "print('epoch')"),
        ("muvae/training.py", "import argparse"),
        ("muvae/training.py", "from rich.console import Console"),
        ("muvae/data.py", "import torchvision.datasets"),
        ("muvae/evaluation.py", "loss.total.backward()"),
        ("muvae/checkpoints.py", "import pickle"),
        ("muvae/checkpoints.py", "torch.load(path, weights_only=True)"),
        ("muvae/checkpoints.py", "torch.save(state, path)"),
        ("muvae/checkpoints.py", "path.write_bytes(b'')"),
        ("muvae/objectives/__init__.py", "objective = eval(name)"),
        ("app/figures/maps.py", "import streamlit as st"),
        ("app/figures/maps.py", "from app.cache import run"),
        ("app/exports/picture.py", "import streamlit as st"),
        ("app/exports/picture.py", "from app.offers.about import About"),
        ("app/offers/about.py", "import streamlit as st"),
        ("app/offers/about.py", "from app.views.sample import spread"),
        ("app/cache.py", "from app.figures import maps"),
        ("app/views/sample.py", "from app.views.traverse import draw"),
        ("app/views/sample.py", "from app.views import traverse"),
        ("app/views/sample.py", "@st.cache_data\ndef f(): pass"),
        ("app/components/tiles.py", "from app import cache"),
        ("app/main.py", "from common import versions"),
        ("app/panels.py", "import train"),
        ("scripts/embed.py", "from app.cache import run"),
        ("scripts/embed.py", "from train import main"),
        ("scripts/embed.py", "import streamlit"),
        ("scripts/embed.py", "import matplotlib"),
        ("scripts/replication/maps.py", "from figures import main"),
        ("scripts/replication/maps.py", "from app.figures.colors import run_color"),
        ("muvae/metrics.py", "from replication.maps import tsne_maps"),
        ("app/cache.py", "from replication.maps import tsne_maps"),
        ("scripts/embed.py", "loss.backward()"),
    ],
)
def test_what_a_layer_does_not_do_is_seen(path: str, source: str) -> None:
    assert violations(path, source)


# What turns text into a page's elements. Of data, nothing ever is: the one link that Markdown
# cannot say is escaped (app/links.py), and the style sheets are the app's own.
HTML = re.compile(
    r"unsafe_allow_html=True|\bst\.html\(|\.(inner|outer)HTML\b|insertAdjacentHTML|document\.write\b"
    r"|createContextualFragment|DOMParser|\.srcdoc\b|\beval\(|new Function\b"
)
HTML_OF_ITS_OWN = {
    "app/views/objectives.py": ["unsafe_allow_html=True"],
}


@pytest.mark.parametrize("suffix", ["py", "js"])
def test_no_text_becomes_html(suffix: str) -> None:
    found = {
        path.relative_to(REPOSITORY).as_posix(): [it[0] for it in HTML.finditer(path.read_text())]
        for path in (REPOSITORY / "app").rglob(f"*.{suffix}")
    }
    own = {path: uses for path, uses in HTML_OF_ITS_OWN.items() if path.endswith(suffix)}
    assert {path: uses for path, uses in found.items() if uses} == own


def test_every_module_of_the_library_is_in_the_table() -> None:
    modules = {path.split("/")[1].removesuffix(".py") for path in SOURCES if path[:5] == "muvae"}
    assert modules == {*LIBRARY, "__init__"}


def test_the_table_has_no_circles() -> None:
    left = {module: set(below) for module, below in LIBRARY.items()}
    while ready := [module for module, below in left.items() if not below]:
        for module in ready:
            del left[module]
        for below in left.values():
            below.difference_update(ready)
    assert not left


@pytest.mark.parametrize("path", SOURCES)
def test_a_file_can_be_read_in_one_go(path: str) -> None:
    assert len((REPOSITORY / path).read_text(encoding="utf-8").splitlines()) <= 250


def test_the_library_can_be_imported_without_heavy_packages() -> None:
    """Neither by its front door nor by what the app serves from."""
    code = (
        "import sys, muvae, muvae.checkpoints, muvae.data, muvae.embeddings, muvae.latent, "
        f"muvae.metrics; print(*sorted({HEAVY} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd="/"
    )
    assert result.stdout.strip() == ""


def test_the_front_door_is_a_table_of_contents() -> None:
    """muvae/__init__.py imports names and lists them, all of them and no others."""
    tree = ast.parse((REPOSITORY / "muvae" / "__init__.py").read_text(encoding="utf-8"))
    imported: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            imported |= {alias.name for alias in node.names}
        else:
            assert isinstance(node, ast.Expr | ast.Assign)
    import muvae

    assert set(muvae.__all__) == imported
    assert list(muvae.__all__) == sorted(
        muvae.__all__, key=lambda n: (not n.isupper(), n[0].islower(), n)
    )


def test_paths_are_those_of_this_repository() -> None:
    assert "muvae/objectives/mu.py" in SOURCES
    assert "app/main.py" in SOURCES
    assert "scripts/train.py" in SOURCES
    assert Path(__file__).resolve().parent == REPOSITORY / "tests"
