"""Scripts called in the tests' own process: a new one takes two seconds to load torch."""

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from helpers import REPOSITORY


@dataclass(frozen=True)
class Called:
    """What came of a script: its exit status, and what it wrote."""

    status: int
    output: str
    errors: str


@pytest.fixture
def call_script(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Called]:
    """Calls the script of a name with flags, as its file does when it is run."""
    monkeypatch.syspath_prepend(REPOSITORY / "scripts")

    def call(name: str, *flags: object) -> Called:
        script = importlib.import_module(name)
        monkeypatch.setattr(sys, "argv", [f"scripts/{name}.py", *map(str, flags)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            script.run_main(script.main)
        printed, code = capsys.readouterr(), ended.value.code
        if isinstance(code, str):  # which the interpreter writes, and exits with 1
            return Called(1, printed.out, f"{printed.err}{code}\n")
        return Called(int(code or 0), printed.out, printed.err)

    return call
