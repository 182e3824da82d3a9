"""A run's parameters set by name, as `train.py --set beta=2` does, and the name that tells them."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from muvae.components import Component, changed
from muvae.errors import InvalidInputError
from muvae.parameters import annotations, parsed
from muvae.runs.config import RUN_NAME, RunConfig

# The parts of a configuration whose parameters can be set, by the names that go before a dot.
PARTS = ("objective", "latent", "prior", "encoder", "decoder", "optimizer")
PLAIN = ("batch_size",)
_NETWORKS = {"encoder", "decoder"}
_OWN_FLAGS = ("latent.dim", "optimizer.name")


def parameters(config: RunConfig) -> dict[str, Any]:
    """The parameters that can be set and their values, by names such as `objective.beta`."""
    found: dict[str, Any] = {name: getattr(config, name) for name in PLAIN}
    for part in PARTS:
        for name, value in _values(getattr(config, part)).items():
            if f"{part}.{name}" not in _OWN_FLAGS:
                found[f"{part}.{name}"] = value
    return found


def with_settings(config: RunConfig, settings: Mapping[str, str]) -> RunConfig:
    """A configuration with parameters set from texts, by their names: `beta` or `objective.beta`.

    A name that encoder and decoder share sets both. InvalidInputError names what is no parameter,
    what several parts have, or a text that is no value.
    """
    by_part: dict[str, dict[str, str]] = {}
    for name, text in settings.items():
        for full in _full_names(config, name):
            part, _, own = full.rpartition(".")
            by_part.setdefault(part, {})[own] = text
    for part, texts in by_part.items():
        if part:
            config = dataclasses.replace(config, **{part: _changed(getattr(config, part), texts)})
        else:
            config = _changed(config, texts)
    return config


def name_of(config: RunConfig, base: RunConfig, label: str) -> str:
    """A run's name: `label`, then each parameter in which it differs from `base`, and its value.

    No two configurations on one base have one name. InvalidInputError: there is no name for it.
    """
    values, usual = parameters(config), parameters(base)
    differing = {name: value for name, value in values.items() if value != usual.get(name)}
    name = label
    for full, value in differing.items():
        part, _, own = full.rpartition(".")
        twin = {"encoder": "decoder", "decoder": "encoder"}.get(part)
        if twin and f"{twin}.{own}" in differing and differing[f"{twin}.{own}"] == value:
            if part == "decoder":
                continue  # the encoder's word stands for both
            shown = own
        else:
            shown = own if len(_matching(values, own)) == 1 else full
        # After a digit, where the value begins would not be seen: beta2 = 0.9, or beta = 20.9.
        name += f"-{shown}{'_' if shown[-1].isdigit() else ''}{_text(value)}"
    for short, value, plain in (
        ("z", config.latent.dim, base.latent.dim),
        ("seed", config.seed, 0),
        ("limit", config.limit, None),
    ):
        if value != plain:
            name += f"-{short}{value}"
    if not RUN_NAME.fullmatch(name):
        raise InvalidInputError(f"{name!r} cannot be a run's name; give one with --name")
    return name


def _full_names(config: RunConfig, name: str) -> list[str]:
    known = parameters(config)
    found = [name] if name in known else _matching(known, name)
    if not found:
        raise InvalidInputError(
            f"there is no parameter {name!r}; {config.objective.name} has {', '.join(known)}"
        )
    if len(found) > 1 and {full.rpartition(".")[0] for full in found} != _NETWORKS:
        raise InvalidInputError(f"{name!r} may be {' or '.join(found)}; give one of these")
    return found


def _matching(known: Mapping[str, Any], own: str) -> list[str]:
    return [full for full in known if full.rpartition(".")[2] == own]


def _values(part: Any) -> dict[str, Any]:
    if isinstance(part, Component):
        return part.parameters
    return {field.name: getattr(part, field.name) for field in dataclasses.fields(part)}


def _changed(part: Any, texts: Mapping[str, str]) -> Any:
    """A dataclass with some fields set from texts."""
    if isinstance(part, Component):
        return changed(part, texts)
    kinds = annotations(type(part))
    return dataclasses.replace(
        part, **{name: parsed(name, text, kinds[name]) for name, text in texts.items()}
    )


def _text(value: Any) -> str:
    """A value in a run's name, of which no two have the same."""
    if isinstance(value, tuple):
        return "x".join(map(_text, value))
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, float):
        return repr(value).removesuffix(".0").replace("+", "")
    return str(value)
