"""How pages look to everyone: WCAG's level AA by axe-core, and that nothing jumps while loading."""

from pathlib import Path
from typing import Any

import axe_playwright_python
import browser
import pytest
from browser import Server, open_page, own_window, settle, until
from playwright.sync_api import Browser, Page, ViewportSize

from app.pages import PAGES

pytestmark = pytest.mark.browser
pytest_plugins = ("browser_fixtures",)

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "heading-order"]
# Results' wide tables scroll sideways on a phone; browsers make such boxes focusable themselves
# (Chrome 130, Firefox long since), which axe-core does not know.
EXCEPT = {"scrollable-region-focusable": {"enabled": False}}
ALL_PAGES = {("" if page is PAGES[0] else page.name): page.title for page in PAGES}

# What has moved without anybody's doing, as the browser counts it: the share of the window that
# moved times how far. The Web Vitals call 0.1 good; a busy machine draws in more steps.
JUMPS = """window.jumps = []
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.jumps.push(entry.value)
}).observe({ type: "layout-shift", buffered: true })"""
MOST_JUMPS = 0.15


def violations(page: Page) -> list[str]:
    """What axe-core finds fault with, a line each."""
    page.evaluate(AXE)
    options = {"runOnly": {"type": "tag", "values": LEVELS[:-1]}, "rules": EXCEPT}
    found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    options = {"runOnly": {"type": "rule", "values": LEVELS[-1:]}}
    order: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{rule['id']}: {node['target']} {node['html'][:120]} {node['failureSummary'][:200]}"
        for rule in found["violations"] + order["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("path", ALL_PAGES, ids=ALL_PAGES.values())
def test_page_meets_level_aa_in_both_themes(page: Page, server: Server, path: str) -> None:
    open_page(page, server.base, path)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        until(page, lambda: browser.theme(page) == scheme)  # noqa: B023
        assert violations(page) == []


def test_axe_finds_what_is_wrong(page: Page, server: Server) -> None:
    open_page(page, server.base, "results")
    assert violations(page) == []
    paragraph = page.get_by_test_id("stMain").locator("p").first
    paragraph.evaluate("paragraph => { paragraph.style.color = '#ccc' }")
    assert [line for line in violations(page) if line.startswith("color-contrast")]


@pytest.mark.parametrize("size", [browser.WIDE, browser.PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("path", ALL_PAGES, ids=ALL_PAGES.values())
def test_nothing_jumps_while_a_page_loads(
    chromium: Browser, server: Server, path: str, size: ViewportSize
) -> None:
    with own_window(chromium, viewport=size) as (page, watch):
        page.add_init_script(JUMPS)
        open_page(page, server.base, path)
        page.wait_for_timeout(300)
        settle(page)
        jumps = sum(page.evaluate("window.jumps"))
        assert jumps <= MOST_JUMPS
        push = "main => { main.firstElementChild.style.marginTop = '300px' }"
        page.get_by_test_id("stMainBlockContainer").evaluate(push)
        until(page, lambda: sum(page.evaluate("window.jumps")) > jumps + 0.05)
    assert watch.problems == []
