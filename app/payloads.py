"""What Python sends to JavaScript: types for tsc, and shapes by which the browser checks it.

A component's module `name.py` says it as a TypedDict `Payload`. Beside it lies `name.payload.js`,
written by `make types` (python -m app.payloads) and held up to date by tests/app/test_payloads.py:
JSDoc types, and the same as SHAPE, by which web/dom/payload.js checks what live views get.
"""

import json
from importlib import import_module
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

APP = Path(__file__).resolve().parent
_TAKEN = {"Array", "Boolean", "Function", "Number", "Object", "String", "Symbol"}
_PLAIN = {str: "string", bool: "boolean", int: "integer", float: "number", NoneType: "null"}


def payload_modules() -> dict[Path, type]:
    """The Payload of every module of the app that has one, by the module's path."""
    found = {}
    for path in sorted(APP.rglob("*.py")):
        if "\nclass Payload(TypedDict):\n" in path.read_text(encoding="utf-8"):
            name = ".".join(("app", *path.relative_to(APP).with_suffix("").parts))
            found[path] = import_module(name).Payload
    return found


def javascript_path(path: Path) -> Path:
    """The generated file of a module."""
    return path.with_suffix(".payload.js")


def javascript(path: Path, payload: type) -> str:
    """The text of the generated file of a module."""
    blocks = [_typedef(record) for record in _records(payload)]
    return (
        f"// What Python sends to this view. Made of {path.name} by `make types`: edit that.\n\n"
        + "".join(f"/**\n{block}\n */\n\n" for block in blocks)
        + '/** @type {import("'
        + _to_root(path)
        + 'web/dom/payload.js").Shape} */\n'
        + f"export const SHAPE = {_literal(_shape(payload))}\n"
    )


def _to_root(path: Path) -> str:
    return "../" * (len(path.relative_to(APP).parts) - 1)


def _records(payload: type) -> list[type]:
    """The TypedDicts of a payload, each after those that it is made of."""
    found: list[type] = []

    def visit(kind: Any) -> None:
        if is_typeddict(kind):
            for inner in get_type_hints(kind).values():
                visit(inner)
            if kind not in found:
                found.append(kind)
        else:
            for inner in get_args(kind):
                visit(inner)

    visit(payload)
    return found


def _typedef(record: type) -> str:
    if record.__name__ in _TAKEN:
        raise TypeError(f"JSDoc takes {record.__name__} for a type of its own: name it otherwise")
    about = (record.__doc__ or "").strip().splitlines()[0]
    lines = [f" * {about}", f" * @typedef {{object}} {record.__name__}"]
    lines += [
        f" * @property {{{_typescript(kind)}}} {name}"
        for name, kind in get_type_hints(record).items()
    ]
    return "\n".join(lines)


def _typescript(kind: Any) -> str:
    if kind in _PLAIN:
        return "number" if kind is int else _PLAIN[kind]
    if is_typeddict(kind):
        return str(kind.__name__)
    arguments = get_args(kind)
    match get_origin(kind):
        case origin if origin is list:
            inner = _typescript(arguments[0])
            return f"({inner})[]" if "|" in inner else f"{inner}[]"
        case origin if origin is tuple:
            return f"[{', '.join(map(_typescript, arguments))}]"
        case origin if origin is dict:
            return f"Record<string, {_typescript(arguments[1])}>"
        case origin if origin is Literal:
            return " | ".join(json.dumps(value) for value in arguments)
        case origin if origin in (Union, UnionType):
            return " | ".join(map(_typescript, arguments))
    raise TypeError(f"{kind} has no place in a payload")


def _shape(kind: Any) -> Any:
    if kind in _PLAIN:
        return _PLAIN[kind]
    if is_typeddict(kind):
        return {"object": {name: _shape(each) for name, each in get_type_hints(kind).items()}}
    arguments = get_args(kind)
    match get_origin(kind):
        case origin if origin is list:
            return {"list": _shape(arguments[0])}
        case origin if origin is tuple:
            return {"tuple": [_shape(each) for each in arguments]}
        case origin if origin is dict:
            return {"map": _shape(arguments[1])}
        case origin if origin is Literal:
            return {"oneOf": list(arguments)}
        case origin if origin in (Union, UnionType):
            return {"any": [_shape(each) for each in arguments]}
    raise TypeError(f"{kind} has no place in a payload")


def _literal(shape: Any, margin: str = "") -> str:
    """A shape as JavaScript has it, the keys of objects one a line."""
    if isinstance(shape, dict):
        [(word, inner)] = shape.items()
        if word == "object":
            lines = [
                f"{margin}    {key}: {_literal(value, margin + '    ')},\n"
                for key, value in inner.items()
            ]
            return f"{{\n{margin}  object: {{\n{''.join(lines)}{margin}  }},\n{margin}}}"
        return f"{{ {word}: {_literal(inner, margin)} }}"
    if isinstance(shape, list):
        return f"[{', '.join(_literal(each, margin) for each in shape)}]"
    return json.dumps(shape, ensure_ascii=False)


def main() -> None:
    """Write the generated file of every module."""
    for path, payload in payload_modules().items():
        javascript_path(path).write_text(javascript(path, payload), encoding="utf-8")


if __name__ == "__main__":
    main()
