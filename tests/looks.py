"""How pages look to everyone: WCAG's level AA by axe-core, and that nothing jumps while loading."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import axe_playwright_python
import browser
from browser import settle, until
from playwright.sync_api import Page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
# Results' wide tables scroll sideways on a phone; browsers make such boxes focusable themselves
# (Chrome 130, Firefox long since), which axe-core does not know.
ALL = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "rules": {
        "heading-order": {"enabled": True},
        "scrollable-region-focusable": {"enabled": False},
    },
    "resultTypes": ["violations"],
}
COLORS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}

# What has moved without anybody's doing, as the browser counts it: the share of the window that
# moved times how far. The Web Vitals call 0.1 good; a busy machine draws in more steps.
JUMPS = """window.jumps = []
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.jumps.push(entry.value)
}).observe({ type: "layout-shift", buffered: true })"""
MOST_JUMPS = 0.15


def violations(page: Page, rules: Mapping[str, Any] = ALL) -> list[str]:
    """What axe-core finds fault with, a line each; `rules` are its options."""
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("rules => axe.run(document, rules)", rules)
    return [
        f"{rule['id']}: {node['target']} {node['html'][:120]} {node['failureSummary'][:200]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def jumps(page: Page) -> float:
    """How much has jumped since the page was opened, with JUMPS as its script."""
    page.wait_for_timeout(300)
    settle(page)
    return float(sum(page.evaluate("window.jumps")))


def assert_accessible(page: Page, scheme: str) -> None:
    """In light or dark, nothing that axe-core finds fault with; nothing covers anything else."""
    _show(page, scheme)
    assert violations(page) == []
    browser.assert_sound(page)


def assert_contrasts(page: Page, scheme: str) -> None:
    """In the other of light and dark, the colours are told apart: all else is the same in both."""
    _show(page, scheme)
    assert violations(page, COLORS) == []


def _show(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    until(page, lambda: browser.theme(page) == scheme)
