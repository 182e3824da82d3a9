"""What most tests of the pages serve; a module that needs something else has its own of a name."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def checkpoints(served_checkpoints: Path) -> Path:
    return served_checkpoints
