"""The registry of cards: what the app says of objectives, by their class.

Adding one is a file here and a line below. An objective without a card is shown with its name, its
parameters and the first line of its docstring.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from app.ui.markdown import plain
from app.ui.objective_cards.beta import beta_card
from app.ui.objective_cards.card import Card
from app.ui.objective_cards.elbo import elbo_card
from app.ui.objective_cards.mu import mu_card
from muvae.objectives import Objective
from muvae.objectives.beta import BetaElbo
from muvae.objectives.elbo import Elbo
from muvae.objectives.mu import MuElbo

# Each takes an objective of its own class, which a mapping cannot say.
CARDS: Mapping[type[Objective], Callable[[Any], Card]] = {
    Elbo: elbo_card,
    BetaElbo: beta_card,
    MuElbo: mu_card,
}


def card_of(objective: Objective) -> Card:
    """The card of an objective, or what can be said without one."""
    make = CARDS.get(type(objective))
    return _plain_card(objective) if make is None else make(objective)


def _plain_card(objective: Objective) -> Card:
    viewing = ("sample_std", "traversal")
    own = {name: value for name, value in objective.parameters.items() if name not in viewing}
    values = (f"{name} = {_value(value)}" for name, value in own.items())
    first_line, *_ = (inspect.getdoc(type(objective)) or "").splitlines() or [""]
    return Card(
        family=plain(objective.label),
        summary=", ".join(values) or objective.name,
        description=plain(first_line),
    )


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
