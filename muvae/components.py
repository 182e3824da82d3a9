"""What a run is put together from by name: objectives and priors, each a dataclass of parameters.

A component may own torch modules: a discriminator, pseudo-inputs, a decoder's variance, or a
multiplier in a buffer. It says how they are made; whoever trains or loads a run makes them, and
hands them back with `with_parts`. So a component stays a value, and its modules are saved, moved
to a device and optimised as the networks are.
"""

import contextlib
import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Self, TypeVar

import torch
from torch import nn

from muvae.errors import InvalidInputError
from muvae.parameters import (
    NOT_SAVED,
    JsonDataclass,
    annotations,
    checked,
    checked_keys,
    parsed,
    require,
    saved_fields,
)
from muvae.types import Autoencoder

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class Component(JsonDataclass):
    """A frozen dataclass of parameters with a registered name; its fields are its JSON.

    Every value is checked against its field's annotation. `parts` are the modules that it owns, by
    name, once they are made; they are neither compared nor part of its JSON.
    """

    kind: ClassVar[str]

    name: str
    parts: Mapping[str, nn.Module] = field(
        default_factory=dict, metadata=NOT_SAVED, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        for name, annotation in annotations(type(self)).items():
            if name != "parts":
                # Frozen, but a number such as 4 in JSON becomes the 4.0 that the field is of.
                object.__setattr__(self, name, checked(name, getattr(self, name), annotation))
        expected = "1 to 64 of a-z, 0-9, '.', '_' and '-', starting with a letter or digit"
        require(NAME.fullmatch(self.name) is not None, "name", self.name, expected)

    @property
    def parameters(self) -> dict[str, Any]:
        """Its parameters' values by name."""
        names = (field.name for field in saved_fields(type(self)))
        return {name: getattr(self, name) for name in names if name != "name"}

    def make_parts(self, vae: Autoencoder) -> Mapping[str, nn.Module]:
        """The modules that it owns in a run with these networks, by name, as they are to begin.

        Torch's default initialisation is drawn from the run's seed. Names have no dots.
        """
        del vae
        return {}

    def adam(self, part: str) -> Mapping[str, Any]:
        """Keyword arguments of a part's own Adam that are not those of the run (`lr`, `betas`)."""
        del part
        return {}

    def with_parts(self, parts: Mapping[str, nn.Module]) -> Self:
        """The same with its modules, out of what `made_parts` returned."""
        prefix = f"{self.kind}."
        own = {k.removeprefix(prefix): v for k, v in parts.items() if k.startswith(prefix)}
        return dataclasses.replace(self, parts=own)


C = TypeVar("C", bound=Component)


def made_parts(
    components: tuple[Component, ...], vae: Autoencoder, seed: int
) -> dict[str, nn.Module]:
    """The modules that components own, newly made, as `objective.discriminator`.

    They are drawn from the seed, whatever the state of torch's global generator, which stays.
    """
    made = {}
    with torch.random.fork_rng(devices=()):
        for component in components:
            torch.default_generator.manual_seed(seed)
            for name, module in component.make_parts(vae).items():
                made[f"{component.kind}.{name}"] = module
    return made


def changed(component: C, texts: Mapping[str, str]) -> C:
    """A component with some parameters set from texts, as `--set beta=2` gives them.

    InvalidInputError names a parameter that it does not have, or a text that is no value of one.
    """
    kinds, known = annotations(type(component)), component.parameters
    title = f"the {component.kind} {component.name!r}"
    if unknown := next((name for name in texts if name not in known), None):
        there = f"it has {', '.join(known)}" if known else "it has none"
        raise InvalidInputError(f"{title} has no parameter {unknown!r}; {there}")
    try:
        values = {name: parsed(name, text, kinds[name]) for name, text in texts.items()}
        return dataclasses.replace(component, **values)
    except InvalidInputError as error:
        raise InvalidInputError(f"{title}: {error}") from error


class Registry(Mapping[str, C], Generic[C]):
    """Components of a kind by name, in display order, each with its usual parameters."""

    def __init__(self, kind: str, components: tuple[C, ...]) -> None:
        self.kind = kind
        self._components: dict[str, C] = {}
        for component in components:
            self.add(component)

    def __getitem__(self, name: str) -> C:
        return self._components[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._components)

    def __len__(self) -> int:
        return len(self._components)

    def add(self, component: C) -> None:
        """Have a component be known by its name, which must not be taken."""
        if component.name in self._components:
            raise InvalidInputError(f"there is another {self.kind} {component.name!r} already")
        self._components[component.name] = component

    @contextlib.contextmanager
    def including(self, *components: C) -> Iterator[None]:
        """Have components be known within a block, and after it no more."""
        before = dict(self._components)
        try:
            for component in components:
                self.add(component)
            yield
        finally:
            self._components = before

    def named(self, name: object) -> C:
        """A component by its name; InvalidInputError lists the names there are."""
        if not isinstance(name, str) or name not in self._components:
            raise InvalidInputError(
                f"there is no {self.kind} {name!r:.80}; the {self.kind}s are {', '.join(self)}"
            )
        return self._components[name]

    def from_json(self, values: object) -> C:
        """The component of `{"name": ..., parameters}`; InvalidInputError names what is wrong.

        All parameters must be there: a default that changes changes no run.
        """
        if not isinstance(values, Mapping) or "name" not in values:
            raise InvalidInputError(
                f"the {self.kind} must be a JSON object with a name, not {values!r:.40}"
            )
        preset = self.named(values["name"])
        title = f"the {self.kind} {preset.name!r}"
        keys = checked_keys(type(preset), values, title)
        try:
            return dataclasses.replace(preset, **keys)
        except InvalidInputError as error:
            raise InvalidInputError(f"{title}: {error}") from error
