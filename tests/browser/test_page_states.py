"""The pages' states in Chromium: set by hand, by link, by Back; in one browser and in another.

The scenes are those of tests/app/test_page_states.py, which compares all that Python tells; here it
is what is seen, and what hands, addresses and the browser's history do. One visit a scene.
"""

import re
import time
from collections.abc import Callable
from itertools import zip_longest
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from browser import Server, settle, until, visit
from page_states import SCENES, TEXTS, Scene, other_text, owner
from patience import PATIENCE
from playwright.sync_api import Locator, Page, ViewportSize, expect

from app.pages import page_path
from app.state.context import Context
from app.state.parameters import ClassLabel, Option, Parameter, Real, Switch, Whole
from app.ui.tour_cookie import COOKIE

pytestmark = pytest.mark.browser
pytest_plugins = ("browser_fixtures",)

# What is seen: pictures but for the pad's, texts, the values of controls, lines of charts.
_SEEN = """() => {
  const all = (root) => [...root.querySelectorAll("*")].flatMap(
    (part) => [part, ...(part.shadowRoot ? all(part.shadowRoot) : [])])
  const parts = all(document.querySelector("[data-testid=stMain]"))
    .filter((part) => part.checkVisibility())
  return {
    pictures: parts.filter((part) => part.matches("canvas:not([data-testid=drawpad])"))
      .map((canvas) => canvas.toDataURL()),
    values: parts.filter((part) => part.matches("input, select"))
      .map(({ type, checked, value }) => (["checkbox", "radio"].includes(type) ? checked : value)),
    pressed: parts.filter((part) => part.matches("[aria-pressed=true], [aria-checked=true]"))
      .map((part) => part.textContent),
    texts: parts.filter((part) => part.matches("h1, h2, p, dd, figcaption, .caption, option"))
      .map((part) => part.textContent),
    lines: [...document.querySelectorAll(".js-plotly-plot")].map((plot) =>
      plot._fullData.map(({ name, visible, y }) =>
        // A gap is NaN, and so is equal to none.
        [name, visible, Array.from(y ?? [], (at) => (Number.isNaN(at) ? null : at))])),
  }
}"""
# All of a page is in sight: what is below it may wait until it is seen, as Traverse's planes do.
TALL: ViewportSize = {"width": 1440, "height": 2600}
NUMBER = re.compile(r"\d+\.\d+")
# What hands cannot set in one move; the page is opened with it instead.
BY_LINK = ("points", "zoom-vae", "drawing", "pad", "marker", "panel", "focus", "image", "enlarge")


@pytest.fixture(autouse=True)
def people_who_have_been_here(page: Page, other: Page, server: Server) -> None:
    """The tour does not greet them; and they see all of a page."""
    for each in (page, other):
        each.context.add_cookies([{"name": COOKIE, "value": "1", "url": server.base}])
        each.set_viewport_size(TALL)


def seen(page: Page) -> dict[str, Any]:
    page.mouse.move(2, 2)
    found: dict[str, Any] = page.evaluate(_SEEN)
    return found


def alike(one: Any, other: Any) -> bool:
    """Whether two of what is seen are the same, texts but for one in a number's last digit.

    The server and the browser sum a network's products in orders of their own.
    """
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if not (isinstance(one, str) and isinstance(other, str)) or one.startswith("data:"):
        return bool(one == other)
    if NUMBER.sub("#", one) != NUMBER.sub("#", other):
        return False
    pairs = zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
    return all(
        len(first.partition(".")[2]) == len(second.partition(".")[2])
        and abs(float(first) - float(second)) <= 1.01 * 10 ** -len(first.partition(".")[2])
        for first, second in pairs
    )


def until_seen(page: Page, expected: Callable[[], dict[str, Any]]) -> None:
    """Wait until a page shows this; say what is different where it does not come to that."""
    end = time.monotonic() + PATIENCE
    while not alike(found := seen(page), wanted := expected()) and time.monotonic() < end:
        page.wait_for_timeout(100)
    for kind, values in wanted.items():
        different = [
            (at, one, other)
            for at, (one, other) in enumerate(zip_longest(found[kind], values))
            if not alike(one, other)
        ]
        assert not different, f"{kind}: {different!s:.2000}"
    settle(page)


def until_at(page: Page, url: str) -> None:
    """Wait until a page is at an address, and then until it has settled."""
    end = time.monotonic() + PATIENCE
    while page.url != url and time.monotonic() < end:
        page.wait_for_timeout(100)
    assert page.url == url
    settle(page)


def address(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlparse(page.url).query, keep_blank_values=True)


def widget(page: Page, parameter: Parameter[Any], text: str) -> None:
    """Set a parameter by its widget, as hands do."""
    root = page.locator(f".st-key-{parameter.name}")
    match parameter:
        case Option() | ClassLabel() if root.locator("input[role=combobox]").count():
            root.locator("input[role=combobox]").click()
            page.get_by_role("option", name=text, exact=True).click()
        case Option():
            root.get_by_text(text, exact=True).click()
        case Switch():
            root.locator("label").first.click()
        case Whole() if root.locator("input[type=number]").count():
            field = root.locator("input[type=number]")
            field.fill(text)
            field.press("Enter")
        case Whole() | Real():
            slide(root.get_by_role("slider"), float(text))
        case _:
            field = root.locator("input")
            field.fill(text)
            field.press("Enter")


def slide(thumb: Locator, value: float) -> None:
    """Move a slider with the arrow keys."""
    for _ in range(200):
        now = float(thumb.get_attribute("aria-valuenow") or thumb.input_value())
        if abs(now - value) < 1e-6:
            return
        thumb.press("ArrowRight" if now < value else "ArrowLeft")
    pytest.fail(f"the slider does not come to {value}")


def fill(testid: str, value: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_test_id(testid).fill(value)


def click_legend(page: Page) -> None:
    at = 1  # β-VAE's
    page.locator(".legendtoggle").nth(at).click()


# Live views' controls: to the other value, and back to the default.
LIVE: dict[str, tuple[Callable[[Page], None], Callable[[Page], None]]] = {
    "amount": (fill("amount", "1.2"), fill("amount", "1")),
    "epoch": (
        lambda page: page.locator(".replay input").fill("1"),
        lambda page: page.locator(".replay input").fill("3"),
    ),
    "hidden": (
        lambda page: page.get_by_test_id("class-3").click(),
        lambda page: page.get_by_test_id("class-3").click(),
    ),
    "hidden-runs": (click_legend, click_legend),
    "sigma": (
        lambda page: page.get_by_label("σ of all").fill("1.2"),
        lambda page: page.get_by_label("σ of all").fill("1"),
    ),
    "sigma-vae": (fill("sigma-vae", "2.5"), fill("sigma-vae", "1")),
    "strip": (
        lambda page: page.get_by_test_id("dim-1").focus(),
        lambda page: page.get_by_test_id("dim-0").focus(),
    ),
    "t": (fill("scrub", "0.7"), fill("scrub", "0.5")),
    "z": (fill("dim-1", "0.5"), fill("dim-1", "0")),
}


def set_by_hand(page: Page, scene: Scene, name: str, text: str, *, back: bool) -> None:
    """Set a parameter to a text, or `back` to its default, and wait for the address to say so."""
    if name in LIVE:
        LIVE[name][back](page)
    else:
        parameter = owner(scene.page, name)
        usual = parameter.write(parameter.default(context()), context()) if back else text
        widget(page, parameter, usual)
    wanted = None if back else [text]
    page.wait_for_function(
        "([name, text]) => new URL(location.href).searchParams.get(name) === text",
        arg=[name, wanted and wanted[0]],
    )


def context() -> Context:
    return Context("mnist", ("vae", "beta-vae", "mu-vae-1", "mu-vae-2"))


@pytest.mark.parametrize("scene", SCENES, ids=lambda it: f"{it.page} {' '.join(it.names)}"[:60])
def test_hands_links_and_history_show_the_same(
    page: Page, other: Page, server: Server, monkeypatch: pytest.MonkeyPatch, checkpoints: Any,
    scene: Scene,
) -> None:  # fmt: skip
    monkeypatch.setenv("MUVAE_CHECKPOINTS", str(checkpoints))
    texts = {name: other_text(scene.page, name, context()) for name in scene.names}
    linked = {name: text for name, text in texts.items() if name in BY_LINK}
    moved = {name: text for name, text in texts.items() if name not in linked}
    if scene.page == "results":
        linked, moved = texts, {}
    path = page_path(scene.page)
    gate = dict(scene.gate) | linked
    if "the drawing" in gate.values():
        gate["drawing"] = TEXTS["drawing"]
    visit(page, server.base, path, **gate)
    expect(page.locator(".stale")).to_have_count(0)  # of where the page was before
    before = seen(page)
    for name, text in moved.items():
        set_by_hand(page, scene, name, text, back=False)
    settle(page)
    link, there = page.url, seen(page)
    assert {name: address(page).get(name) for name in texts} == {k: [v] for k, v in texts.items()}
    assert not moved or there != before
    if scene is next(each for each in SCENES if each.page == scene.page):
        other.goto(link)
        settle(other)
    else:
        visit(other, server.base, path, **{name: text for name, (text,) in address(page).items()})
    until_seen(other, lambda: seen(page))
    assert address(other) == address(page)
    elsewhere = "Sample" if scene.page != "sample" else "Interpolate"  # which are soon drawn
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=elsewhere).click()
    until(page, lambda: page.get_by_role("heading", level=1).text_content() == elsewhere)
    page.go_back()  # one step: the click has made one entry
    until_at(page, link)
    until_seen(page, lambda: seen(other))
    for name, text in moved.items():
        set_by_hand(page, scene, name, text, back=True)
    until_seen(page, lambda: before)
