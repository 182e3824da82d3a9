"""The parameters of every page, as the pages' own folders list them."""

from functools import cache
from importlib import import_module
from typing import Any

from app.pages import PAGES, find_page
from app.state.choice import COMMON
from app.state.parameters import Parameter


@cache
def own_parameters(page: str) -> tuple[Parameter[Any], ...]:
    """What a page shows (PARAMETERS): an address that names one not asks for its default."""
    found: tuple[Parameter[Any], ...] = import_module(find_page(page).parameters).PARAMETERS
    return found


@cache
def held_parameters(page: str) -> tuple[Parameter[Any], ...]:
    """What people hold and a page can show (HELD): an address that names none leaves it be."""
    return tuple(getattr(import_module(find_page(page).parameters), "HELD", ()))


def page_parameters(page: str) -> tuple[Parameter[Any], ...]:
    """All that stands in a page's address, in this order."""
    return (*COMMON, *own_parameters(page), *held_parameters(page))


def is_known(name: str) -> bool:
    """Whether some page has a parameter under a name."""
    return any(each.owns(name) for page in PAGES for each in page_parameters(page.name))
