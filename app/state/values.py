"""The values of the parameters in a session: kept, fitted to what is served, put into widgets."""

from collections.abc import Container, Hashable
from typing import Any, TypeVar, cast

import streamlit as st

from app.state.choice import DATASET, RUNS
from app.state.context import Context
from app.state.parameters import Parameter

T = TypeVar("T")
# In the session: values by parameter and scope; parameters that this run of the page has used;
# what widgets were given, by key, and what their options depend on.
_VALUES, _USED, _PLACED = "values", "used-parameters", "placed-values"


def context() -> Context:
    """What the chosen dataset and runs are."""
    dataset = _fitted(DATASET, Context())
    chosen = _fitted(RUNS, Context(dataset))
    return Context(dataset, chosen)


def value(parameter: Parameter[T]) -> T:
    """A parameter's value as it can be shown: as it was kept, or else its default."""
    return _fitted(parameter, context())


def use(parameter: Parameter[T]) -> T:
    """The same, of what the page shows: it stands in the address."""
    used()[parameter.name] = parameter
    return value(parameter)


def stored(parameter: Parameter[T]) -> T | None:
    """What was kept, whether or not it can be shown; None where nothing was."""
    return cast("T | None", _values().get(_key(parameter)))


def put(parameter: Parameter[T], new: T) -> None:
    """Keep a value."""
    _values()[_key(parameter)] = new


def restore(parameter: Parameter[T], before: T | None) -> None:
    """Keep what was kept before; None: the default is shown."""
    if before is None:
        reset(parameter)
    else:
        put(parameter, before)


def reset(parameter: Parameter[Any]) -> None:
    """Keep none: the default is shown."""
    _values().pop(_key(parameter), None)


def used() -> dict[str, Parameter[Any]]:
    """The parameters that the page has used in this run of it, by name."""
    found: dict[str, Parameter[Any]] = st.session_state.setdefault(_USED, {})
    return found


def place(parameter: Parameter[Any], *options: Hashable) -> str:
    """Give a widget its value, before it is drawn; its key. `options` are what it depends on.

    The value that somebody has chosen in it since goes before the one that is kept.
    """
    key = parameter.name
    follow(parameter)
    wanted = use(parameter)
    wanted = list(wanted) if isinstance(wanted, tuple) else wanted
    known = _placed().get(key)
    if known is None or known[1] != options or st.session_state.get(key) != wanted:
        st.session_state[key] = wanted
    _placed()[key] = (wanted, options)
    return key


def follow(parameter: Parameter[Any]) -> None:
    """Keep what somebody has chosen in a parameter's widget since it was drawn."""
    key, placed = parameter.name, _placed()
    if key not in placed or key not in st.session_state:
        return
    chosen = st.session_state[key]
    if chosen is None or chosen == placed[key][0]:
        return
    placed[key] = (chosen, placed[key][1])
    if parameter == RUNS:
        now = context()
        chosen = RUNS.changed(stored(RUNS) or (), tuple(chosen), now)
    put(parameter, tuple(chosen) if isinstance(chosen, list) else chosen)


def forget_widgets(*, but: Container[str] = ()) -> None:
    """Forget what widgets were given that are no more there: drawn again, they begin anew."""
    for key in [key for key in _placed() if key not in but]:
        del _placed()[key]


def _fitted(parameter: Parameter[T], context: Context) -> T:
    found = stored(parameter)
    fitted = None if found is None else parameter.fit(found, context)
    return parameter.default(context) if fitted is None else fitted


def _key(parameter: Parameter[Any]) -> tuple[Hashable, ...]:
    return (parameter.name, *(value(each) for each in parameter.scope))


def _values() -> dict[tuple[Hashable, ...], Any]:
    found: dict[tuple[Hashable, ...], Any] = st.session_state.setdefault(_VALUES, {})
    return found


def _placed() -> dict[str, tuple[Any, tuple[Hashable, ...]]]:
    found: dict[str, tuple[Any, tuple[Hashable, ...]]] = st.session_state.setdefault(_PLACED, {})
    return found
