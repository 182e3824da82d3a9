"""The layers of docs/DESIGN.md, read off the source: who imports whom, and what belongs where.

Two departures from its picture, on purpose: `muvae.runs.files`, `tensor_files`, `leftovers` and
`locks` (atomic, checked files) lie below all that writes files, datasets too; `app.pages`, the list
of pages, lies below all of the app, as links go by it and app/main.py is the script that Streamlit
runs.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from helpers import REPOSITORY

VOCABULARY = {"errors", "types", "parameters", "images"}
FILES = VOCABULARY | {"runs.files", "runs.tensor_files", "runs.leftovers", "runs.locks"}
# What each part of the library may import, beside itself: a module, or a package as a whole.
LIBRARY: dict[str, set[str]] = {
    "errors": set(),
    "types": set(),
    "parameters": {"errors"},
    "images": {"errors", "parameters"},
    "colors": VOCABULARY,
    "runs.locks": VOCABULARY,
    "runs.leftovers": VOCABULARY | {"runs.locks"},
    "runs.files": VOCABULARY | {"runs.leftovers"},
    "runs.tensor_files": VOCABULARY | {"runs.files"},
    "components": VOCABULARY,
    "models": VOCABULARY | {"components"},
    "runs.config": VOCABULARY | {"models", "objectives", "priors"},
    "priors": VOCABULARY | {"components"},
    "objectives": VOCABULARY | {"components", "priors"},
    "datasets.spec": FILES,
    "datasets.readers": VOCABULARY,
    "datasets.builtin": VOCABULARY | {"datasets.spec", "runs.locks"},
    "datasets.test_split": FILES | {"datasets.builtin", "datasets.spec"},
    "datasets.custom": VOCABULARY | {"datasets.builtin", "datasets.spec", "datasets.readers"},
    "analysis.arrays": VOCABULARY,
    "analysis.embeddings": VOCABULARY | {"analysis.arrays"},
    "analysis.metrics": VOCABULARY | {"analysis.arrays"},
    "analysis.latent": VOCABULARY,
    "analysis.sample_quality": VOCABULARY | {"analysis.latent"},
    "analysis.draws": VOCABULARY | {"analysis.metrics"},
    "analysis.sampled_codes": VOCABULARY | {"analysis.draws", "analysis.sample_quality"},
    "analysis.generation": VOCABULARY | {"analysis.draws", "analysis.sample_quality"},
    "runs.history": FILES,
    "runs.manifest": FILES | {"runs.config"},
    "runs.replay": FILES | {"models"},
    "runs.run": VOCABULARY | {"runs.config", "runs.replay", "models", "objectives", "priors"},
    "runs.layouts": FILES | {"runs.config", "runs.run", "models"},
    "runs.folder": FILES
    | {"runs.config", "runs.history", "runs.layouts", "runs.manifest", "runs.replay", "runs.run"}
    | {"components", "models"},
    "runs.writing": FILES
    | {"runs.folder", "runs.history", "runs.manifest", "runs.replay", "runs.run", "models"},
    "training.settings": VOCABULARY | {"components", "runs.config"},
    "training.presets": VOCABULARY
    | {"datasets.spec", "models", "objectives", "runs.config", "training.settings"},
    "runs.discovery": FILES
    | {"runs.folder", "runs.config", "runs.manifest", "datasets.builtin", "datasets.spec"}
    | {"runs.run", "datasets.test_split", "training.presets", "objectives"},
    "training.evaluation": VOCABULARY
    | {"analysis.metrics", "analysis.draws", "models", "objectives", "priors"},
    "training.sessions": VOCABULARY,
    "training.state": FILES
    | {"training.sessions"}
    | {"runs.folder", "runs.run", "runs.config", "runs.history", "runs.replay"}
    | {"components", "models", "objectives", "priors"},
    "training.loop": VOCABULARY
    | {"runs.config", "runs.replay"}
    | {"training.evaluation", "training.sessions", "training.state"}
    | {"models", "objectives"},
    "training.finish": VOCABULARY
    | {"runs.run", "training.evaluation", "training.sessions", "training.state"}
    | {"models", "objectives"}
    | {"analysis.draws", "analysis.sample_quality", "analysis.sampled_codes"},
    "replication": FILES
    | {"runs.discovery", "runs.folder", "runs.config", "datasets.builtin", "datasets.spec"}
    | {"datasets.test_split", "runs.run", "models"}
    | {"training.presets", "training.evaluation", "analysis.metrics", "analysis.latent"}
    | {"analysis.embeddings", "analysis.sample_quality", "objectives", "colors"},
}
# The app, from the ground up: a part may import those of lower numbers, and of its own where it is
# not a page.
APP = {
    "pages": 0,
    "data": 1,
    "ui": 2,
    "state": 2,
    "export": 2,
    "uploads": 2,
    "server": 3,
    "views": 3,
    "main": 4,
    "payloads": 4,
}
LIGHT = {"numpy", "torch", "safetensors", "filelock"}  # what muvae may import when it is imported
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
    for folder in ("muvae", "app", "scripts", "benchmarks")
    for path in (REPOSITORY / folder).rglob("*.py")
)


def imports(tree: ast.AST, known: frozenset[str]) -> Iterator[tuple[ast.stmt, str]]:
    """Each import with the full name of the module; `from a import b` is a.b if that is one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield node, full if full in known else str(node.module)


@cache
def known_modules() -> frozenset[str]:
    names = (path.removesuffix(".py").replace("/", ".") for path in SOURCES)
    return frozenset(name.removesuffix(".__init__") for name in names)


def part_of(name: str, parts: Iterator[str] | dict[str, set[str]]) -> str | None:
    """The part of the library that a module (without "muvae.") is of: the longest that fits."""
    fitting = [part for part in parts if name == part or name.startswith(f"{part}.")]
    return max(fitting, key=len, default=None)


def allowed(importer: str, module: str) -> bool:
    """Whether the file `importer` may import `module`, one of this repository's."""
    folder, *inner = importer.removesuffix(".py").removesuffix("/__init__").split("/")
    top, _, rest = module.partition(".")
    if folder == "muvae":
        if module == "muvae":  # its front door, for what stands on all of it
            return inner[0] == "replication"
        own = part_of(".".join(inner), LIBRARY)
        if own is None:  # a package's table of contents
            return top == "muvae"
        other = part_of(rest, LIBRARY)
        return top == "muvae" and (other == own or other in LIBRARY[own])
    if folder in ("scripts", "benchmarks"):
        return top in (
            "muvae",
            "bench",
            "common",
            "hostile",
            "load",
            "process",
            "train_plan",
        )
    if top == "muvae":
        return True
    if top != "app":
        return False
    own, other = inner[0], rest.partition(".")[0]
    if own == "views" and other == "views":  # pages know nothing of each other
        return rest.split(".")[1:2] == inner[1:2]
    return own == other or APP[other] < APP[own] or (APP[other], APP[own]) == (2, 2)


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


def home_of(use: str) -> str | tuple[str, ...] | None:
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
    if last in ("safe_open", "load_file", "memmap", "from_file", "open_memmap"):
        return ""  # they map a file, which ends the process where the file shrinks
    if last == "backward":
        return "muvae/training/loop.py"
    if use == "print" or use.startswith(("sys.stdout", "sys.stderr")):
        return ("scripts/", "benchmarks/")
    if use.startswith("st."):
        return "app/data/store.py" if use.startswith("st.cache_") else "app/"
    if last == "save_file":
        return "muvae/runs/tensor_files.py"
    if last in ("write_bytes", "savez", "savez_compressed", "mkstemp", "fsync"):
        return "muvae/runs/files.py"
    return None


HOMES: dict[str, str | tuple[str, ...]] = {
    **dict.fromkeys(("pickle", "dill", "joblib", "shelve", "marshal", "mmap"), ""),
    **dict.fromkeys(("rich", "getopt", "click"), ("scripts/", "benchmarks/")),
    "argparse": ("scripts/", "benchmarks/", "app/server/arguments.py"),
    "streamlit": ("app/", "benchmarks/load/"),  # there for its messages, streamlit.proto
    "plotly": "app/",
    "matplotlib": "muvae/replication/figures/",
}
STREAMLIT_FREE = (
    "app/ui/charts/",
    "app/export/sheets.py",
    "app/export/captions.py",
    "app/data/fingerprints.py",
)
# The plain loop of the benchmark is what most people write: its own backward and all.
EXCEPTIONS = {("benchmarks/bench/training.py", "muvae/training/loop.py")}


def violations(path: str, source: str) -> list[str]:
    """What a file does that its layer does not do, each with its line."""
    tree = ast.parse(source)
    known = known_modules()
    found = []
    for node, module in imports(tree, known):
        top = module.partition(".")[0]
        ours = top in ("muvae", "app") or {f"scripts.{top}", f"benchmarks.{top}"} & known
        if ours and not allowed(path, module):
            found.append(f"{node.lineno}: imports {module}")
        if (home := HOMES.get(top)) is not None and not (home and path.startswith(home)):
            found.append(f"{node.lineno}: imports {module}")
        if top == "streamlit" and path.startswith(STREAMLIT_FREE):
            found.append(f"{node.lineno}: imports {module}")
        third_party = not ours and top not in sys.stdlib_module_names
        figures = path.startswith("muvae/replication/figures/")
        top_level = third_party and node in tree.body and not figures
        if path.startswith("muvae/") and top_level and top not in LIGHT:
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
        ("muvae/objectives/elbo.py", "import muvae.datasets.builtin"),
        ("muvae/datasets/builtin.py", "def f():\n    from muvae.runs.folder import load_run"),
        ("muvae/runs/folder.py", "from muvae.training.loop import fit"),
        ("muvae/analysis/metrics.py", "from muvae.analysis.embeddings import pca"),
        ("muvae/runs/config.py", "from muvae.runs import files"),
        ("muvae/types.py", "from muvae import Run"),
        ("muvae/training/loop.py", "from app.data.store import run"),
        ("muvae/training/loop.py", "import common"),
        ("muvae/training/loop.py", "print('epoch')"),
        ("muvae/training/loop.py", "import argparse"),
        ("muvae/training/loop.py", "from rich.console import Console"),
        ("muvae/datasets/builtin.py", "import torchvision.datasets"),
        ("muvae/training/evaluation.py", "loss.total.backward()"),
        ("muvae/runs/folder.py", "import pickle"),
        ("muvae/runs/folder.py", "torch.load(path, weights_only=True)"),
        ("muvae/runs/folder.py", "torch.save(state, path)"),
        ("muvae/runs/tensor_files.py", "with safetensors.safe_open(path, framework='pt'): pass"),
        ("muvae/runs/tensor_files.py", "safetensors.torch.load_file(path)"),
        ("muvae/runs/files.py", "import mmap"),
        ("muvae/runs/folder.py", "path.write_bytes(b'')"),
        ("muvae/objectives/__init__.py", "objective = eval(name)"),
        ("app/ui/charts/bars.py", "import streamlit as st"),
        ("app/data/store.py", "from app.state.url import show"),
        ("app/export/sheets.py", "import streamlit as st"),
        ("app/export/sheets.py", "from app.views.sample.downloads import spread"),
        ("app/export/captions.py", "import streamlit as st"),
        ("app/export/captions.py", "from app.views.sample.page import spread"),
        ("app/data/store.py", "from app.ui.charts import bars"),
        ("app/views/sample/page.py", "from app.views.traverse.page import draw"),
        ("app/views/sample/page.py", "from app.views import traverse"),
        ("app/views/sample/page.py", "@st.cache_data\ndef f(): pass"),
        ("app/ui/tiles.py", "from app.server import asgi"),
        ("app/main.py", "from common import versions"),
        ("app/ui/run_header.py", "import train"),
        ("scripts/embed.py", "from app.data.store import run"),
        ("scripts/embed.py", "from train import main"),
        ("scripts/embed.py", "import streamlit"),
        ("scripts/embed.py", "import matplotlib"),
        ("muvae/replication/figures/maps.py", "from common import Parser"),
        ("muvae/replication/figures/maps.py", "from app.ui.colors import run_color"),
        ("muvae/analysis/metrics.py", "from muvae.replication.figures.maps import tsne_maps"),
        ("app/data/store.py", "import matplotlib"),
        ("scripts/embed.py", "loss.backward()"),
    ],
)
def test_what_a_layer_does_not_do_is_seen(path: str, source: str) -> None:
    assert violations(path, source)


# What turns text into a page's elements. Of data, nothing ever is; the style sheets are the app's.
HTML = re.compile(
    r"unsafe_allow_html=True|\bst\.html\(|\.(inner|outer)HTML\b|insertAdjacentHTML|document\.write\b"
    r"|createContextualFragment|DOMParser|\.srcdoc\b|\beval\(|new Function\b"
)
HTML_OF_ITS_OWN: dict[str, list[str]] = {}


# The engine runs in pages, in workers and in Node.
PAGE = re.compile(r"\b(document|window)\.|\b(HTML\w+|ImageData)\b|\.\./dom/|\.\./\.\./views/")


def test_the_engine_does_not_touch_the_page() -> None:
    found = {
        path.name: match[0]
        for path in (REPOSITORY / "app" / "web" / "engine").glob("*.js")
        if (match := PAGE.search(re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text(), flags=re.S)))
    }
    assert found == {}


@pytest.mark.parametrize("line", ["document.title", 'import { el } from "../dom/elements.js"'])
def test_what_touches_the_page_is_seen(line: str) -> None:
    assert PAGE.search(line)


@pytest.mark.parametrize("suffix", ["py", "js"])
def test_no_text_becomes_html(suffix: str) -> None:
    found = {
        path.relative_to(REPOSITORY).as_posix(): [it[0] for it in HTML.finditer(path.read_text())]
        for path in (REPOSITORY / "app").rglob(f"*.{suffix}")
    }
    own = {path: uses for path, uses in HTML_OF_ITS_OWN.items() if path.endswith(suffix)}
    assert {path: uses for path, uses in found.items() if uses} == own


def test_every_module_of_the_library_is_in_the_table() -> None:
    modules = {
        path.removeprefix("muvae/").removesuffix(".py").replace("/", ".")
        for path in SOURCES
        if path.startswith("muvae/") and not path.endswith("__init__.py")
    }
    assert {module for module in modules if part_of(module, LIBRARY) is None} == set()
    assert {
        part for part in LIBRARY if not any(part_of(m, {part: set()}) for m in modules)
    } == set()


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
        "import sys, muvae, muvae.runs.folder, muvae.datasets.builtin, muvae.analysis.embeddings, "
        f"muvae.analysis.latent, muvae.analysis.metrics; print(*sorted({HEAVY} & set(sys.modules)))"
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
