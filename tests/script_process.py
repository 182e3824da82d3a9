"""A process that has loaded the scripts and runs them in forks of itself, on small, made data.

It reads a JSON object a line: name, flags, folder to run in, and how far files may grow, past which
the system refuses to write them (null: no limit). It answers with one: status, output, errors.
"""

import importlib
import json
import os
import resource
import signal
import sys
from typing import Any

import torch
from helpers import REPOSITORY, import_what_training_needs, make_split

from muvae import Split
from muvae.analysis.embeddings import pca

SCRIPTS = ("train", "embed", "measure", "figures", "report", "results", "migrate")


def load_split(name: str, root: object, *, train: bool) -> Split:
    """Made images in place of a dataset's."""
    del name, root
    return make_split(40 if train else 20, seed=int(train))


def plane(means: Any, seed: int) -> Any:
    """A map that takes no time."""
    del seed
    return pca(means)


def prepared() -> dict[str, Any]:
    """The scripts as modules, by name."""
    sys.path.insert(0, str(REPOSITORY / "scripts"))
    scripts = {name: importlib.import_module(name) for name in SCRIPTS}
    scripts["train"].load_split = load_split  # type: ignore[attr-defined]
    scripts["embed"].METHODS = {"tsne": plane, "umap": plane}  # type: ignore[attr-defined]
    import_what_training_needs()
    torch.set_num_threads(1)
    return scripts


def run(script: Any, asked: dict[str, Any]) -> None:
    """Run a script in the folder, under the limit; it ends the process."""
    os.chdir(asked["folder"])
    sys.argv = [f"scripts/{asked['name']}.py", *asked["flags"]]
    if asked["most"] is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # an error rather than the end
        resource.setrlimit(resource.RLIMIT_FSIZE, (asked["most"], asked["most"]))
    script.run_main(script.main)


def forked(script: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """The same in a fork; what came of it."""
    (output, to_output), (errors, to_errors) = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        os.dup2(to_output, 1)
        os.dup2(to_errors, 2)
        for name in ("stdout", "stderr"):  # which may have been files, and no pipes
            old = getattr(sys, name)
            setattr(sys, name, os.fdopen(old.fileno(), "w", encoding=old.encoding, closefd=False))
        try:
            run(script, asked)
        except SystemExit as end:  # what the interpreter does with it
            if isinstance(end.code, str):
                sys.stderr.write(f"{end.code}\n")
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(1 if isinstance(end.code, str) else int(end.code or 0))
        os._exit(99)  # with a traceback, which nobody is to see
    for descriptor in (to_output, to_errors):
        os.close(descriptor)
    texts = {}
    for name, descriptor in (("output", output), ("errors", errors)):
        with os.fdopen(descriptor, encoding="utf-8") as pipe:
            texts[name] = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {"status": status, **texts}


def main() -> None:
    """Answer each line."""
    scripts = prepared()
    for line in sys.stdin:
        asked = json.loads(line)
        sys.stdout.write(json.dumps(forked(scripts[asked["name"]], asked)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
