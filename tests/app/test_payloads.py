"""What Python sends to JavaScript: the generated types are those of today's Python."""

from pathlib import Path
from typing import TypedDict

import pytest
from helpers import REPOSITORY

from app.pages import PAGES
from app.payloads import javascript, javascript_path, payload_modules

MODULES = payload_modules()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_generated_file_is_up_to_date(path: Path) -> None:
    generated = javascript_path(path)
    assert generated.exists(), "make types writes it"
    assert generated.read_text(encoding="utf-8") == javascript(path, MODULES[path]), "make types"


def test_every_widget_has_one_and_none_is_left_over() -> None:
    app = REPOSITORY / "app"
    widgets = {app / "views" / page.name / "widget.py" for page in PAGES}
    assert {path for path in widgets if path.exists()} <= MODULES.keys()
    assert {*app.rglob("*.payload.js")} == {javascript_path(path) for path in MODULES}


class Inner(TypedDict):
    """A part of it."""

    numbers: list[float]
    pair: tuple[int, str]


class Payload(TypedDict):
    """All of it."""

    inner: list[Inner]
    perhaps: Inner | None
    names: dict[str, bool]


def test_types_and_shape_say_what_the_typed_dict_says() -> None:
    text = javascript(REPOSITORY / "app" / "views" / "some" / "widget.py", Payload)
    for line in (
        " * @typedef {object} Inner",
        " * @property {number[]} numbers",
        " * @property {[number, string]} pair",
        " * @typedef {object} Payload",
        " * @property {Inner[]} inner",
        " * @property {Inner | null} perhaps",
        " * @property {Record<string, boolean>} names",
    ):
        assert f"{line}\n" in text
    assert text.index("Inner") < text.index("Payload")
    inner = """{
      object: {
        numbers: { list: "number" },
        pair: { tuple: ["integer", "string"] },
      },
    }"""
    assert text.endswith(
        f"""export const SHAPE = {{
  object: {{
    inner: {{ list: {inner} }},
    perhaps: {{ any: [{inner}, "null"] }},
    names: {{ map: "boolean" }},
  }},
}}
"""
    )


def test_a_name_that_jsdoc_reads_otherwise_is_refused() -> None:
    class Number(TypedDict):
        """To tsc, any number."""

        value: float

    class Payload(TypedDict):
        """A payload with it."""

        amount: Number

    with pytest.raises(TypeError, match="Number"):
        javascript(REPOSITORY / "app" / "widget.py", Payload)


def test_what_json_has_no_place_for_is_refused() -> None:
    class Payload(TypedDict):
        """Bytes have no place in JSON."""

        pixels: bytes

    with pytest.raises(TypeError, match="bytes"):
        javascript(REPOSITORY / "app" / "widget.py", Payload)
