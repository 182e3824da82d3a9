"""Values of parameters: checked and parsed by their annotation, each fault a sentence."""

from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from muvae import InvalidInputError
from muvae.parameters import LATER, NOT_SAVED, JsonDataclass, checked, parsed


@dataclass(frozen=True)
class Inner(JsonDataclass):
    depth: int


@dataclass(frozen=True)
class Outer(JsonDataclass):
    inner: Inner
    widths: tuple[int, ...]
    label: str = field(default="shown", metadata=NOT_SAVED)
    added: float = field(default=0.5, metadata=LATER)


def test_json_holds_what_is_nested_and_leaves_out_what_is_not_saved() -> None:
    outer = Outer(Inner(2), (4, 8), label="other")
    assert outer.to_json() == {"inner": {"depth": 2}, "widths": [4, 8], "added": 0.5}


def test_keys_are_all_there_but_for_later_ones_and_no_others() -> None:
    assert Outer.from_json({"inner": Inner(1), "widths": (1,)}).added == 0.5
    with pytest.raises(InvalidInputError, match="Outer lacks the key 'widths'"):
        Outer.from_json({"inner": Inner(1)})
    with pytest.raises(InvalidInputError, match="Outer has an unknown key 'label'"):
        Outer.from_json({"inner": Inner(1), "widths": (1,), "label": "mine"})
    with pytest.raises(InvalidInputError, match="Outer must be a JSON object, not 7"):
        Outer.from_json(7)


Form = Literal["kl", "exp"]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (float, 4, 4.0),
        (float, -0.5, -0.5),
        (int, 3, 3),
        (bool, False, False),
        (str, "a", "a"),
        (float | None, None, None),
        (float | None, 2, 2.0),
        (Form, "exp", "exp"),
        (tuple[int, ...], [64, 32], (64, 32)),
    ],
)
def test_what_fits_is_taken(kind: Any, value: Any, expected: Any) -> None:
    result = checked("p", value, kind)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (float, "4", "p is '4'; it must be a number"),
        (float, True, "p is True; it must be a number"),
        (float, float("nan"), "p is nan; it must be a number"),
        (float, float("inf"), "p is inf; it must be a number"),
        (float, 10**400, "it must be a number"),
        (float, None, "p is None; it must be a number"),
        (int, 2.0, "p is 2.0; it must be a whole number"),
        (int, True, "p is True; it must be a whole number"),
        (bool, 1, "p is 1; it must be true or false"),
        (str, 1, "p is 1; it must be a text"),
        (float | None, "x", "p is 'x'; it must be a number"),
        (Form, "none", "p is 'none'; it must be one of kl, exp"),
        (Form, [1], r"p is \[1\]; it must be one of kl, exp"),
        (tuple[int, ...], 3, "p is 3; it must be a list"),
        (tuple[int, ...], [3, "x"], "p is 'x'; it must be a whole number"),
    ],
)
def test_what_does_not_fit_is_named(kind: Any, value: Any, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        checked("p", value, kind)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (float, "2", 2.0),
        (float, "1e-3", 0.001),
        (int, "-7", -7),
        (bool, "True", True),
        (bool, "false", False),
        (str, "2", "2"),
        (float | None, "None", None),
        (float | None, "null", None),
        (float | None, "4.5", 4.5),
        (Form, "kl", "kl"),
        (tuple[int, ...], "64,32", (64, 32)),
    ],
)
def test_texts_are_parsed_by_the_annotation(kind: Any, text: str, expected: Any) -> None:
    result = parsed("p", text, kind)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (float, "two", "p is 'two'; it must be a number"),
        (float, "nan", "p is 'nan'; it must be a number"),
        (float, "", "p is ''; it must be a number"),
        (int, "2.5", "p is '2.5'; it must be a whole number"),
        (bool, "yes", "p is 'yes'; it must be true or false"),
        (Form, "log", "p is 'log'; it must be one of kl, exp"),
        (tuple[int, ...], "64,x", "p is 'x'; it must be a whole number"),
    ],
)
def test_texts_that_are_no_values_are_named(kind: Any, text: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        parsed("p", text, kind)
