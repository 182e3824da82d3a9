"""What the browser tests drive: the app over small runs, Chromium, and what a page shows."""

import base64
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import patience
import pytest
from helpers import REPOSITORY
from numpy.typing import NDArray
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    ViewportSize,
    expect,
    sync_playwright,
)

from app.ui.tour_cookie import COOKIE
from muvae import OBJECTIVES

PATIENCE = 1000 * patience.PATIENCE  # milliseconds
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
SHOTS = REPOSITORY / "test-results"

expect.set_options(timeout=PATIENCE)

# Settled: the script has run, every grid is drawn and every chart loaded, and for 150 ms nothing
# in the page has changed.
SETTLE = """([quiet, patience]) => new Promise((resolve, reject) => {
  let last = performance.now()
  const begun = last
  const observer = new MutationObserver(() => { last = performance.now() })
  const everything = { subtree: true, childList: true, attributes: true, characterData: true }
  observer.observe(document, everything)
  const done = () => {
    const app = document.querySelector("[data-testid=stApp]")
    const parts = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")]
    const grids = parts.flatMap((part) => [...(part.shadowRoot?.querySelectorAll(".tiles") ?? [])])
    return app?.dataset.testConnectionState === "CONNECTED"
      && app.dataset.testScriptState === "notRunning"
      && document.querySelector("h1, [data-testid=stAlert]")
      && !document.querySelector("[data-testid=stMain] [data-testid=stSkeleton], [data-stale=true]")
      && grids.every((grid) => grid.dataset.ready)
      && parts.every((part) => !part.shadowRoot?.querySelector(".live[aria-busy]"))
      && document.documentElement.dataset.live !== "busy"
      && [...document.querySelectorAll(".js-plotly-plot")].every((plot) => plot._fullLayout)
  }
  // What is drawn is drawn in frames, and on a busy machine they come late.
  const frames = () => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))
  const look = async () => {
    if (performance.now() - begun > patience) {
      const app = document.querySelector("[data-testid=stApp]")
      const { live } = document.documentElement.dataset
      return reject(new Error(`never at rest: live views ${live}, ${JSON.stringify(app?.dataset)}`))
    }
    if (!done()) last = performance.now()
    if (performance.now() - last < quiet) return setTimeout(look, 25)
    const before = last
    await frames()
    if (!done() || last !== before) return setTimeout(look, 25)
    observer.disconnect()
    resolve()
  }
  look()
})"""

# In every document: how many messages of the server have come.
_HEAR = """window.heard = 0
window.WebSocket = class extends WebSocket {
  constructor(...how) {
    super(...how)
    this.addEventListener("message", () => { window.heard += 1 })
  }
}"""
# An address within the open app, and then until the server answers.
_VISIT = """([address, patience]) => new Promise((answered, failed) => {
  const { heard } = window
  const begun = performance.now()
  history.pushState(null, "", address)
  dispatchEvent(new PopStateEvent("popstate", { state: null }))
  const look = () => {
    if (window.heard > heard) answered()
    else if (performance.now() - begun < patience) setTimeout(look, 10)
    else failed(new Error(`no answer to ${address}`))
  }
  look()
})"""

_CANVAS = """canvas => {
  const { width, height } = canvas
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height)
  let grey = ""
  for (let at = 0; at < data.length; at += 4) {
    const [red, green, blue, alpha] = data.subarray(at, at + 4)
    if (red !== green || red !== blue || alpha !== 255) throw new Error("a pixel is not grey")
    grey += String.fromCharCode(red)
  }
  return { width, height, grey: btoa(grey) }
}"""

_GRIDS = """grids => grids.map((grid) => {
  const parts = [...grid.querySelectorAll(".tile")].map((tile) => {
    const canvas = tile.querySelector("canvas")
    const { width, height } = canvas
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height)
    let grey = ""
    for (let at = 0; at < data.length; at += 4) {
      const [red, green, blue, alpha] = data.subarray(at, at + 4)
      if (red !== green || red !== blue || alpha !== 255) throw new Error("a pixel is not grey")
      grey += String.fromCharCode(red)
    }
    const box = canvas.getBoundingClientRect()
    const caption = tile.querySelector(".caption").textContent
    const picked = tile.classList.contains("picked")
    return { width, height, grey: btoa(grey), shown: [box.width, box.height], caption, picked }
  })
  return { label: grid.getAttribute("aria-label"), parts }
})"""

# Every visible line of text in the page's main part, shadow roots and SVG included.
_OVERLAPS = """() => {
  const lines = []
  const collect = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT)
    for (let node = walker.currentNode; node; node = walker.nextNode()) {
      if (node.shadowRoot) collect(node.shadowRoot)
      const parent = node.parentElement
      if (node.nodeType !== Node.TEXT_NODE || !node.data.trim() || !parent) continue
      if (parent.closest("style, script, .katex-mathml")) continue  // the last: for screen readers
      if (!parent.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue
      const range = document.createRange()
      range.selectNodeContents(node)
      for (const box of range.getClientRects()) {
        if (box.width > 1 && box.height > 1) lines.push({ node, text: node.data.trim(), box })
      }
    }
  }
  collect(document.querySelector("[data-testid=stMain]"))
  const found = []
  const shared = (one, other, low, high) =>
    Math.min(one.box[high], other.box[high]) - Math.max(one.box[low], other.box[low])
  lines.forEach((one, index) => lines.slice(index + 1).forEach((other) => {
    const width = shared(one, other, "left", "right")
    const height = shared(one, other, "top", "bottom")
    const texts = `${one.text} / ${other.text}`
    const formula = one.node.parentElement.closest(".katex")  // its parts lie as TeX lays them
    if (formula?.contains(other.node)) return
    if (one.node !== other.node && width > 2 && height > 4) found.push(texts)
  }))
  return found
}"""

WIDTHS = """() => [document.documentElement, document.querySelector("[data-testid=stMain]")].map(
  (element) => element.scrollWidth - element.clientWidth)"""


_COLORS = """canvas => {
  const { width, height } = canvas
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height)
  let bytes = ""
  for (let at = 0; at < data.length; at += 1) bytes += String.fromCharCode(data[at])
  return { width, height, colors: btoa(bytes) }
}"""

_TRACES = """() => [...document.querySelectorAll(".js-plotly-plot")].map((plot) =>
  Object.fromEntries(plot._fullData.filter(({ meta }) => meta).map((trace) => [trace.meta, {
    x: [...trace.x], y: [...trace.y],
  }])))"""


@dataclass(frozen=True)
class Grid:
    """A grid of images as the browser shows it: pictures uint8 [N,28,28] read from its canvases."""

    label: str
    pictures: NDArray[np.uint8]
    captions: tuple[str, ...]
    picked: tuple[int, ...]

    @property
    def indices(self) -> list[int]:
        """The test images that the captions name, as in "#42"."""
        return [int(caption.split()[0].removeprefix("#")) for caption in self.captions]


@dataclass
class Server:
    """The app's process, where it listens, and the log of its standard error."""

    process: subprocess.Popen[bytes]
    base: str
    log: Path
    _read: int = 0

    def tracebacks(self) -> str:
        """What the server has logged since the last call, if that holds a traceback."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        new, self._read = text[self._read :], len(text)
        return new if "Traceback" in new else ""


class Watch:
    """What goes wrong in a page: errors in its console, uncaught ones, requests that fail."""

    def __init__(self, page: Page) -> None:
        self.problems: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"uncaught: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a question that the page itself has dropped
            self.problems.append(f"{request.url}: {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.problems.append(f"{response.url}: {response.status}")


@contextlib.contextmanager
def serve(checkpoints: Path, log: Path, prelude: str = "") -> Iterator[Server]:
    """Start the app on a free port and wait until it is healthy; stop it at the end.

    `prelude` is Python that the server's process runs before anything else.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = f"{prelude}\nfrom streamlit.web.cli import main\nmain()"
    command = [sys.executable, "-c", program, "run", "app/main.py"]
    flags = ["--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}"]
    environment = os.environ | {"MUVAE_CHECKPOINTS": str(checkpoints), "PYTHONUNBUFFERED": "1"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command + flags, cwd=REPOSITORY, env=environment, stdout=output, stderr=output
        )
    server = Server(process, f"http://127.0.0.1:{port}", log)
    try:
        _wait_healthy(server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_healthy(server: Server, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while server.process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{server.base}/_stcore/health"):
            return
        time.sleep(0.2)
    pytest.fail(f"the app does not start:\n{server.log.read_text()}", pytrace=False)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Headless Chromium: $CHROMIUM, else the one on the path."""
    path = shutil.which(os.environ.get("CHROMIUM") or "chromium")
    if path is None:
        pytest.fail("no Chromium: install it or name one in $CHROMIUM; make test does", False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextlib.contextmanager
def own_window(chromium: Browser, **options: Any) -> Iterator[tuple[Page, Watch]]:
    """A page in a browser context of its own, with these options, and who watches it."""
    context = chromium.new_context(**options)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.add_init_script(_HEAR)
    yield page, Watch(page)
    context.close()


@contextlib.contextmanager
def left_as_found(page: Page) -> Iterator[None]:
    """Around a test with a page that others use too: what it routes and listens to ends with it.

    A script that runs in every document cannot be taken back, and is refused.
    """
    listen, heard = page.on, list[tuple[Any, Any]]()

    def note(event: Any, listener: Any) -> None:
        heard.append((event, listener))
        listen(event, listener)

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a script in every document needs a page of its own: own_window")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "on", note)
        patch.setattr(page, "add_init_script", refuse)
        yield
    for event, listener in heard:
        page.remove_listener(event, listener)
    page.unroute_all(behavior="ignoreErrors")


@contextlib.contextmanager
def borrowed(
    opened: tuple[Page, Watch], server: Server, options: Mapping[str, Any], *, keep: bool
) -> Iterator[Page]:
    """Around a test with a page that others use too: each finds it as it was opened.

    But for what it shows, if that is to be kept: it is the server's, and nothing has failed in it.
    """
    page, watch = opened
    if not page.url.startswith(f"{server.base}/"):
        page.goto("about:blank")  # whoever served the last page may be gone
    page.set_viewport_size(options.get("viewport", WIDE))
    page.emulate_media(color_scheme=options.get("color_scheme", "light"))
    page.context.clear_cookies(name=COOKIE)
    watch.problems.clear()
    kept = False
    try:
        with left_as_found(page):
            yield page
        assert watch.problems == []
        kept = keep
    finally:
        if not kept:
            page.goto("about:blank")  # the app asks its server for news as long as it is open


def settle(page: Page, quiet: float = 150) -> None:
    """Wait until the page shows all that it is going to."""
    page.evaluate(SETTLE, [quiet, PATIENCE])


def until(page: Page, condition: Callable[[], bool]) -> None:
    """Wait until something is so, and then until the page has settled."""
    end = time.monotonic() + PATIENCE / 1000
    while not condition():
        assert time.monotonic() < end, "what was waited for has not come"
        page.wait_for_timeout(50)
    settle(page)


def open_page(page: Page, base: str, path: str = "", **query: str | int | list[str]) -> None:
    """Go to a page of the app by its address, as from a link, and wait until it has settled."""
    page.goto(f"{base}/{path}" + (f"?{urlencode(query, True)}" if query else ""))
    settle(page)


def visit(page: Page, base: str, path: str = "", **query: str | int | list[str]) -> None:
    """Go to a page of the app by its address, within the app if it is open, as by Back.

    That takes a third of a load. What people hold (a drawing) and what lies open stays: for tests
    to which neither matters.
    """
    app = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
    if not page.url.startswith(f"{base}/") or not app.count():
        open_page(page, base, path, **query)
        return
    settle(page)  # a view that has still to tell where it rests would go over it
    address = f"/{path}" + (f"?{urlencode(query, True)}" if query else "")
    page.evaluate(_VISIT, [address, PATIENCE])
    settle(page)


def grids(page: Page, label: str | None = None) -> list[Grid]:
    """The grids of images on the page, or those of one label, in order."""
    selector = ".tiles" + (f'[aria-label="{label}"]' if label else "")
    found: list[dict[str, Any]] = page.locator(selector).evaluate_all(_GRIDS)
    result = []
    for grid in found:
        parts = grid["parts"]
        assert all(min(part["shown"]) >= 16 for part in parts), f"{grid['label']}: too small to see"
        pictures = [
            np.frombuffer(base64.b64decode(part["grey"]), np.uint8).reshape(
                part["height"], part["width"]
            )
            for part in parts
        ]
        result.append(
            Grid(
                label=grid["label"],
                pictures=np.stack(pictures),
                captions=tuple(part["caption"] for part in parts),
                picked=tuple(place for place, part in enumerate(parts) if part["picked"]),
            )
        )
    return result


def grid(page: Page, label: str) -> Grid:
    """The one grid of images with a label."""
    (found,) = grids(page, label)
    return found


def canvas(locator: Locator) -> NDArray[np.uint8]:
    """The grey levels of a canvas, uint8 [height, width]."""
    found = locator.evaluate(_CANVAS)
    pixels = np.frombuffer(base64.b64decode(found["grey"]), np.uint8)
    return pixels.reshape(found["height"], found["width"])


def tile(page: Page, label: str, place: int) -> Locator:
    """One image of a grid, to be clicked."""
    return page.locator(f'.tiles[aria-label="{label}"] > .tile').nth(place)


def map_canvas(page: Page, run: str) -> Locator:
    """The canvas of a run's map, once it is drawn as the page asks for it."""
    found = page.get_by_test_id(f"map-{run}")
    expect(found).to_have_attribute("data-ready", "true")
    return found


def map_places(page: Page, run: str, points: NDArray[np.float32]) -> NDArray[np.float64]:
    """Where a run's map shows points [N,2], in CSS pixels from the canvas's top left [N,2]."""
    view = json.loads(map_canvas(page, run).get_attribute("data-view") or "{}")
    origin, scale = np.array([view["left"], view["top"]]), view["scale"]
    places: NDArray[np.float64] = origin + points * np.array([scale, -scale])
    return places


def map_colors(page: Page, run: str) -> NDArray[np.int64]:
    """The pixels of a run's map, RGB [height, width, 3]."""
    found = map_canvas(page, run).evaluate(_COLORS)
    pixels = np.frombuffer(base64.b64decode(found["colors"]), np.uint8)
    shape = (found["height"], found["width"], 4)
    return pixels.reshape(shape)[..., :3].astype(np.int64)


def traces(page: Page) -> list[dict[str, Any]]:
    """What every chart draws, by the traces' meta; those without one are left out."""
    found: list[dict[str, Any]] = page.evaluate(_TRACES)
    return found


def choices(page: Page) -> tuple[str, list[str]]:
    """What the sidebar says is chosen: the dataset's title, the runs' labels."""
    sidebar = page.get_by_test_id("stSidebar")
    chosen = sidebar.get_by_role("radio", checked=True)
    dataset = chosen.locator("xpath=ancestor-or-self::label").text_content() or ""
    tags = sidebar.get_by_role("button", name=re.compile("^Remove "))
    labels = [tag.get_attribute("aria-label") or "" for tag in tags.all()]
    return dataset, [label.removeprefix("Remove ") for label in labels]


def choose_dataset(page: Page, title: str) -> None:
    """Choose a dataset in the sidebar."""
    page.get_by_test_id("stSidebar").locator("label").filter(has_text=title).click()


def shown_runs(page: Page) -> list[str]:
    """The runs that the page shows, by headings, the titles of maps, or legends."""
    main = page.get_by_test_id("stMain")
    titles = "p > strong, .heading > strong, .annotation-text, .legendtext"
    texts = main.locator(titles).all_text_contents()
    labels = [objective.label for objective in OBJECTIVES.values()]
    found = (label for text in texts for label in labels if text.startswith(label))
    return list(dict.fromkeys(found))


def theme(page: Page) -> str:
    """Whether the page is light or dark."""
    color = page.get_by_test_id("stApp").evaluate("app => getComputedStyle(app).backgroundColor")
    red, green, blue = map(int, re.findall(r"\d+", color)[:3])
    return "light" if red + green + blue > 384 else "dark"


def shoot(page: Page, name: str) -> None:
    """Keep a screenshot under a test's name, and the theme's."""
    SHOTS.mkdir(exist_ok=True)
    words = re.sub(r"(^|-)test_", r"\1", f"{name}-{theme(page)}")
    file = re.sub(r"[^\w-]+", "-", words)
    page.screenshot(path=SHOTS / f"{file}.png")


def assert_sound(page: Page) -> None:
    """The page shows no exception and no error, fits its width, and no text lies on other text."""
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_test_id("stAlertContentError").all_text_contents() == []
    assert page.evaluate(WIDTHS) == [0, 0], "the page is wider than the window"
    assert page.evaluate(_OVERLAPS) == []
