"""What the server keeps between reruns: of which folder, and of one state of it at a time."""

import pytest
from helpers import SHIPPED

from app.data import store


def test_without_a_word_the_shipped_runs_are_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MUVAE_CHECKPOINTS", raising=False)
    assert store.checkpoints_dir() == SHIPPED
    assert {"mnist", "fashion-mnist"} <= set(store.datasets())
