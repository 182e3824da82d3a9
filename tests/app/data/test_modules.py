"""What is sent of the JavaScript modules."""

import re

import pytest

from app.data.modules import APP, modules

MODULES = sorted(modules())
TEMPLATE = re.compile(r"`[^`]*`")


def test_every_module_is_sent() -> None:
    assert [path.relative_to(APP).as_posix() for path in sorted(APP.rglob("*.js"))] == MODULES
    assert "web/engine/kernel.js" in MODULES


@pytest.mark.parametrize("name", MODULES)
def test_only_comments_are_left_out(name: str) -> None:
    """Line by line: each is sent as it is, or is part of a comment and empty."""
    own = (APP / name).read_text(encoding="utf-8").split("\n")
    sent = modules()[name].decode().split("\n")
    assert len(sent) == len(own)
    left_out = [line.strip() for line, other in zip(own, sent, strict=True) if line != other]
    assert all(line.startswith(("//", "/*", "*")) or line.endswith("*/") for line in left_out)
    assert all(other in ("", line) for line, other in zip(own, sent, strict=True))


@pytest.mark.parametrize("name", MODULES)
def test_no_text_of_several_lines_loses_one_that_looks_like_a_comment(name: str) -> None:
    own = (APP / name).read_text(encoding="utf-8")
    for text in TEMPLATE.findall(modules()[name].decode()):
        assert text in own


def test_comments_are_not_sent() -> None:
    total = sum(map(len, modules().values()))
    assert total < 0.8 * sum((APP / name).stat().st_size for name in MODULES)
    assert not re.search(r"^\s*(//|/\*)", modules()["web/engine/quads.js"].decode(), re.MULTILINE)
