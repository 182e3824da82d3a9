"""A headless Chromium as the benchmarks open it."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from common import Parser

from bench.server import PATIENCE
from muvae.errors import InvalidInputError, MuvaeError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE: "ViewportSize" = {"width": 1440, "height": 900}


@dataclass
class Watch:
    """Errors in the pages' consoles, uncaught ones included."""

    errors: list[str] = field(default_factory=list)

    def attach(self, page: "Page") -> None:
        """Hear of a page's errors."""
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _hear(self, message: "ConsoleMessage") -> None:
        if message.type == "error":
            self.errors.append(message.text)


def add_browser(parser: Parser) -> None:
    """Add the flags that all benchmarks in a browser have."""
    parser.add_checkpoints()
    parser.add_argument(
        "--chromium", metavar="PATH", help="the browser (default: $CHROMIUM, else chromium)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every number there")


@contextlib.contextmanager
def chromium(flag: str | None) -> Iterator["Browser"]:
    """A headless Chromium, open; InvalidInputError says what is missing."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise InvalidInputError(
            "this needs playwright; install it with: pip install -r requirements-dev.txt"
        ) from error
    name = flag or os.environ.get("CHROMIUM") or "chromium"
    path = shutil.which(name)
    if path is None:
        raise InvalidInputError(f"there is no browser {name!r}; name a Chromium with --chromium")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        except Error as error:
            raise InvalidInputError(f"{path} does not start as a headless Chromium") from error
        try:
            yield browser
        except Error as error:
            raise MuvaeError(f"the browser gave up: {error.message.splitlines()[0]}") from error
        finally:
            browser.close()


def new_page(browser: "Browser", watch: Watch, **options: Any) -> "Page":
    """An empty page in a profile of its own, whose cache is empty."""
    context = browser.new_context(viewport=WIDE, **options)
    context.set_default_timeout(1000 * PATIENCE)
    page = context.new_page()
    watch.attach(page)
    return page
