"""The tour in Chromium: first visit, cookie, keyboard, shared stops; and help that can be read."""

import re
from typing import Any

import browser
import pytest
from browser import Server, open_page, settle, until, visit
from playwright.sync_api import Browser, Locator, Page, expect

from app.ui.tour_cookie import COOKIE
from app.ui.tour_findings import FINDINGS

pytestmark = pytest.mark.browser
pytest_plugins = ("browser_fixtures",)

PHONE: dict[str, Any] = {"viewport": browser.PHONE, "color_scheme": "dark", "has_touch": True}
TITLES = ("Reconstruct", "Clusters", "Traverse", "Sample")
# Whether the tour is there as soon as the page's title is, which it would push down later.
_FIRST = """() => {
  const look = new MutationObserver(() => {
    if (!document.querySelector("h1")) return
    window.tourFirst = document.querySelector(".st-key-tour")?.textContent.includes("findings")
    look.disconnect()
  })
  look.observe(document, { subtree: true, childList: true })
}"""
_NAMELESS = """() => {
  const all = (root) => [...root.querySelectorAll("*")].flatMap((part) => part.shadowRoot
    ? [part, ...all(part.shadowRoot)] : [part])
  return all(document)
    .filter((part) => part.getRootNode() !== document && part.checkVisibility())
    .filter((part) => part.matches("button, input, select, [tabindex]"))
    .filter((part) => !part.closest("[title]") && !part.getAttribute("aria-label"))
    .map((part) => part.outerHTML)
}"""


def panel(page: Page) -> Locator:
    return page.locator(".st-key-tour")


def button(page: Page, name: str | re.Pattern[str]) -> Locator:
    return panel(page).get_by_role("button", name=name)


@pytest.mark.parametrize("options", [{"viewport": browser.WIDE}, PHONE], ids=["wide", "phone"])
def test_a_first_visitor_is_led_and_a_second_is_left_alone(
    server: Server, chromium: Browser, options: dict[str, Any]
) -> None:
    with browser.own_window(chromium, **options) as (page, watch):
        page.add_init_script(f"({_FIRST})()")
        open_page(page, server.base)
        expect(button(page, "Close")).to_be_visible()
        assert page.evaluate("window.tourFirst")
        button(page, re.compile("^1 · ")).click()
        for at, title in enumerate(TITLES):
            expect(panel(page)).to_contain_text(f"{at + 1} of {len(FINDINGS)} · ")
            expect(page.get_by_role("heading", level=1)).to_have_text(title)
            settle(page)
            browser.assert_sound(page)
            browser.shoot(page, f"tour-{at + 1}-{page.viewport_size}")
            if at + 1 < len(TITLES):
                button(page, "Next").click()
        assert page.context.cookies() == [] or COOKIE not in cookies(page)
        button(page, "End").click()
        until(page, lambda: COOKIE in cookies(page))
        assert button(page, "End").count() == 0
        cookie = cookies(page)[COOKIE]
        assert (cookie["value"], cookie["sameSite"], cookie["path"]) == ("seen", "Lax", "/")
        open_page(page, server.base)
        assert panel(page).get_by_role("button").count() == 0
        assert watch.problems == []


def cookies(page: Page) -> dict[str, Any]:
    return {cookie["name"]: cookie for cookie in page.context.cookies()}


def test_a_stop_is_shared_by_its_address_alone(page: Page, other: Page, server: Server) -> None:
    open_page(page, server.base)
    button(page, re.compile("^3 · ")).click()
    until(page, lambda: "strip=" in page.url or "z=" in page.url)
    other.goto(page.url)
    settle(other)
    assert panel(other).get_by_role("button").count() == 0
    assert other.get_by_role("heading", level=1).text_content() == "Traverse"
    assert browser.choices(other) == browser.choices(page)
    values = (
        "() => [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')]"
        ".flatMap((part) => [...part.shadowRoot.querySelectorAll('input')])"
        ".map((input) => input.value)"
    )
    assert other.evaluate(values) == page.evaluate(values)


def test_it_is_led_by_the_keyboard(page: Page, server: Server) -> None:
    open_page(page, server.base, "training", split="train")
    tour = page.get_by_test_id("stSidebar").get_by_role("button", name="Tour")
    tour.focus()
    tour.press("Enter")
    first = button(page, re.compile("^1 · "))
    expect(first).to_be_visible()
    first.focus()
    first.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Reconstruct")
    settle(page)
    button(page, "Close").press("Enter")
    until(page, lambda: panel(page).get_by_role("button").count() == 0)


@pytest.mark.parametrize("page", [None, PHONE], ids=["wide", "phone"], indirect=True)
def test_a_term_is_one_click_away(page: Page, server: Server) -> None:
    open_page(page, server.base, "traverse")
    help_ = page.get_by_role("button", name="Help", exact=True)
    help_.focus()
    help_.press("Enter")
    term = page.get_by_role("link", name="Active units")
    expect(term).to_be_visible()
    with page.context.expect_page() as opened:
        term.click()
    other = opened.value
    settle(other)
    expect(other.get_by_role("heading", name="Active units")).to_be_in_viewport()
    other.close()
    browser.assert_sound(page)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        *((path, {}) for path in ("traverse", "sample", "clusters", "interpolate", "arithmetic")),
        ("toy_plane", {}),
        ("", {"choose": "draw"}),
    ],
)
def test_every_control_of_a_live_view_says_what_it_is(
    page: Page, server: Server, path: str, query: dict[str, str]
) -> None:
    visit(page, server.base, path, **query)
    assert page.evaluate(_NAMELESS) == []


@pytest.mark.parametrize("page", [None, PHONE], ids=["wide", "phone"], indirect=True)
def test_what_a_link_asks_in_vain_is_said_once_and_can_be_dismissed(
    page: Page, server: Server
) -> None:
    query = {
        "seed": "abc",
        "sigma-vae": "inf",
        "samples": "16",
        "x": "<img src=x onerror=alert(1)>",
    }
    open_page(page, server.base, "sample", **query)
    toast = page.get_by_test_id("stToast")
    expect(toast).to_have_count(1)
    expect(toast).to_contain_text("seed=abc")
    expect(toast).to_contain_text("x=<img src=x")
    assert page.locator("img[src=x]").count() == 0
    assert "seed" not in page.url
    assert "inf" not in page.url
    assert "samples=16" in page.url
    before = page.get_by_role("heading", level=1).bounding_box()
    toast.get_by_role("button", name="Close").click()
    expect(toast).to_have_count(0)
    assert page.get_by_role("heading", level=1).bounding_box() == before
    page.goto(page.url)
    settle(page)
    expect(toast).to_have_count(0)
