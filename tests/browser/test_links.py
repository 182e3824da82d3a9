"""A link shows in another browser what a pointer did; test_page_states.py has other controls."""

from collections.abc import Callable

import browser
import pytest
from browser import Server, open_page, until
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
pytest_plugins = ("browser_fixtures",)


def drawings(page: Page) -> list[str]:
    """All that is drawn on canvases but the pad, which shows a link's picture, not its strokes."""
    return page.evaluate(
        """() => {
          const all = (root) => [...root.querySelectorAll("canvas"),
            ...[...root.querySelectorAll("*")].flatMap(
              (element) => (element.shadowRoot ? all(element.shadowRoot) : []))]
          return all(document)
            .filter((canvas) => canvas.checkVisibility() && canvas.dataset.testid !== "drawpad")
            .map((canvas) => canvas.toDataURL())
        }"""
    )


def pick_image(page: Page) -> None:
    browser.tile(page, "Test images", 4).click()
    until(page, lambda: "image=" in page.url)


def draw_stroke(page: Page) -> None:
    box = page.get_by_test_id("drawpad").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 80, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 200, steps=6)
    page.mouse.up()
    until(page, lambda: "drawing=" in page.url)


def select_points(page: Page) -> None:
    canvas = page.get_by_test_id("map-vae")
    box = canvas.bounding_box()
    assert box is not None
    page.keyboard.down("Shift")
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    for across, down in ((0.98, 0.02), (0.98, 0.6), (0.02, 0.6), (0.02, 0.02)):
        page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"], steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    until(page, lambda: "points=" in page.url)
    page.mouse.move(2, 2)


def zoom_and_hide(page: Page) -> None:
    canvas = page.get_by_test_id("map-vae")
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.4 * box["height"])
    page.mouse.wheel(0, -700)
    page.get_by_test_id("class-3").click()
    until(page, lambda: "zoom-vae=" in page.url and "hidden=3" in page.url)
    page.mouse.move(2, 2)


@pytest.mark.parametrize(
    ("path", "query", "change"),
    [
        ("", {"choose": "by index", "indices": "3-9"}, pick_image),
        ("", {"choose": "draw"}, draw_stroke),
        ("clusters", {"map": "PCA"}, select_points),
        ("clusters", {"map": "t-SNE"}, zoom_and_hide),
    ],
    ids=["image", "drawing", "points", "zoom"],
)
def test_a_link_shows_the_same_in_another_browser(
    page: Page,
    other: Page,
    server: Server,
    path: str,
    query: dict[str, str],
    change: Callable[[Page], None],
) -> None:
    open_page(page, server.base, path, dataset="Fashion-MNIST", **query)
    before = drawings(page)
    change(page)
    until(page, lambda: drawings(page) != before)
    browser.settle(page)
    other.goto(page.url)
    browser.settle(other)
    until(other, lambda: drawings(other) == drawings(page))


def test_the_link_is_copied(server: Server, chromium: Browser) -> None:
    options = {"viewport": browser.WIDE, "permissions": ["clipboard-read", "clipboard-write"]}
    with browser.own_window(chromium, **options) as (page, watch):
        open_page(page, server.base, "traverse", z="0.5")
        page.get_by_role("button", name="Copy link").click()
        until(page, lambda: page.get_by_text("Copied", exact=True).count() == 1)
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.url
        assert "z=0.5" in copied
        assert watch.problems == []
